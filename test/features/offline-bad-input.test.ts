import { spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import { duckdb } from '../../src/adapters/engines/duckdb/testing/fixture.ts'
import type { FeatureViewData, SourceData } from '../../src/definitions/model.ts'
import { copySources, historical, type OfflineEngine } from '../../src/features/index.ts'
import { parseTimestamp } from '../../src/kernel/time.ts'
import type { Field, Value } from '../../src/kernel/values/index.ts'

const engine = createDuckDBEngine({ threads: 2 })
const folder = mkdtempSync(join(tmpdir(), 'fettle-bad-input-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string): string => join(folder, name)

const columns: Field[] = [
  { name: 'k', type: 'string' },
  { name: 'e', type: 'timestamp' },
  { name: 'v', type: 'float64' },
]

function source(path: string, more: Partial<SourceData> = {}): SourceData {
  const from = path.endsWith('.csv') ? ({ kind: 'csv', path } as const) : ({ kind: 'parquet', path } as const)
  return { kind: 'source', name: 'given', from, columns, eventTime: 'e', knownAt: { kind: 'event' }, ...more }
}

const view: FeatureViewData = {
  kind: 'featureView',
  name: 'view',
  entity: 'x',
  source: 'given',
  keys: ['k'],
  at: 'at',
  knownTime: 'cutoff',
  features: [{ kind: 'lookup', name: 'v', column: 'v', type: 'float64' }],
}

function ask(
  given: SourceData,
  rows: Value[][] = [['a', parseTimestamp('2024-01-02T00:00:00Z') ?? 0n]],
  by: OfflineEngine = engine,
) {
  return historical(by, {
    sources: [given],
    views: [view],
    lookups: [{ view: 'view', as: 'view', keys: ['k'], features: ['v'] }],
    fullNames: false,
    spine: {
      fields: [
        { name: 'k', type: 'string' },
        { name: 't', type: 'timestamp' },
      ],
      rows,
    },
    time: 't',
    projectFolder: folder,
  })
}

async function write(name: string, select: string): Promise<void> {
  await duckdb(`COPY (${select}) TO '${at(name)}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`)
}

describe('a source that cannot be read as declared', () => {
  it('is named when its file is missing', async () => {
    await expect(ask(source('nowhere.parquet'))).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      details: { source: 'given', file: 'nowhere.parquet' },
    })
  })

  it('is named when its file is cut off, or damaged where only a later query looks', async () => {
    const rows =
      "SELECT 'a' AS k, TIMESTAMP '2024-01-01' + to_seconds(i) AS e, hash(i) / 3.0 AS v FROM range(20000) t(i)"
    await write('cut.parquet', rows)
    truncateSync(at('cut.parquet'), 5000)
    await expect(ask(source('cut.parquet'))).rejects.toMatchObject({
      code: 'SOURCE_BAD_VALUE',
      details: { source: 'given', file: 'cut.parquet' },
    })
    await write('holes.parquet', rows)
    const bytes = readFileSync(at('holes.parquet'))
    bytes.fill(0xff, 4, Math.floor(bytes.length * 0.9))
    writeFileSync(at('holes.parquet'), bytes)
    await expect(ask(source('holes.parquet'))).rejects.toMatchObject({ details: { file: 'holes.parquet' } })
  })

  it('says what each column was and is when one is gone or changed its type', async () => {
    await write('changed.parquet', "SELECT 'a' AS k, 'yesterday' AS e")
    await expect(ask(source('changed.parquet'))).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      details: {
        columns: [
          { column: 'e', was: 'timestamp', is: 'VARCHAR' },
          { column: 'v', was: 'float64', is: null },
        ],
      },
    })
  })
})

describe('times', () => {
  it('finer than microseconds are refused with their number, and rounded down where floor is declared', async () => {
    await write(
      'nanos.parquet',
      "SELECT 'a' AS k, make_timestamp_ns(n) AS e, n / 1.0 AS v FROM (VALUES (-1::BIGINT), (1500), (2000)) t(n)",
    )
    await expect(ask(source('nanos.parquet'))).rejects.toMatchObject({
      code: 'SOURCE_BAD_VALUE',
      details: { column: 'e', count: 2 },
    })
    const seen = await ask(source('nanos.parquet', { floor: 'us' }), [
      ['a', -2n],
      ['a', -1n],
      ['a', 0n],
      ['a', 1n],
      ['a', 2n],
    ])
    expect(seen.rows).toEqual([[null], [-1], [-1], [1500], [2000]])
  })

  it('of texts are rounded down too', async () => {
    writeFileSync(at('fine.csv'), 'k,e,v\na,2024-01-01T00:00:00.0000019Z,1\n')
    await expect(ask(source('fine.csv'))).rejects.toMatchObject({ code: 'SOURCE_BAD_VALUE' })
    const time = parseTimestamp('2024-01-01T00:00:00.000001Z') ?? 0n
    const seen = await ask(source('fine.csv', { floor: 'us' }), [
      ['a', time - 1n],
      ['a', time],
    ])
    expect(seen.statuses).toEqual(['FP'])
  })

  it('whose zone is null are counted as skipped, not lost in silence', async () => {
    writeFileSync(
      at('zones.csv'),
      'k,e,v,zone\na,2024-01-01T01:00:00,1,Europe/Amsterdam\na,2024-01-01T02:00:00,2,\na,2024-01-01T00:30:00Z,3,\n',
    )
    const zoned = source('zones.csv', {
      columns: [...columns, { name: 'zone', type: 'string' }],
      zone: { column: 'zone' },
    })
    const { rows, skipped } = await ask(zoned)
    expect(skipped).toEqual({ view: { null_key: 0, null_event_time: 1, null_zone: 1 } })
    expect(rows).toEqual([[3]])
  })
})

describe('a copy that Fettle keeps', () => {
  it('has a version of its own, stays when the original changes, and is one file for equal rows', async () => {
    await write('moving.parquet', "SELECT 'a' AS k, TIMESTAMP '2024-01-01' AS e, 1.5::DOUBLE AS v")
    const request = {
      sources: [source('moving.parquet', { copy: true })],
      projectFolder: folder,
      copyFolder: at('copies'),
    }
    const first = await copySources(engine, request)
    const again = await copySources(engine, request)
    expect(again).toEqual(first)
    expect(first.versions['given']).toMatch(/^files:[0-9a-f]{64}$/)
    await write('moving.parquet', "SELECT 'a' AS k, TIMESTAMP '2024-01-01' AS e, 2.5::DOUBLE AS v")
    const second = await copySources(engine, request)
    expect(second.versions['given']).not.toBe(first.versions['given'])
    const [old, renewed] = [first.sources[0], second.sources[0]]
    expect(old && (await ask(old)).rows).toEqual([[1.5]])
    expect(renewed && (await ask(renewed)).rows).toEqual([[2.5]])
    expect(readdirSync(at('copies/given')).length).toBe(2)
  })
})

describe('memory and temporary files', () => {
  it('out of space names the limit and leaves no temporary file', async () => {
    const small = createDuckDBEngine({
      memoryLimit: '40MB',
      temporaryLimit: '1MB',
      temporaryFolder: at('spill'),
    })
    const session = await small.open({ projectFolder: folder })
    const heavy = session.run(
      'CREATE TEMP TABLE t AS SELECT i, hash(i) AS h FROM range(4000000) t(i) ORDER BY h',
    )
    await expect(heavy).rejects.toMatchObject({ code: 'OUT_OF_SPACE' })
    await expect(heavy).rejects.toThrow('40MB')
    await session.close()
    expect(readdirSync(at('spill'))).toEqual([])
    await expect(
      createDuckDBEngine({ memoryLimit: 'lots' }).open({ projectFolder: folder }),
    ).rejects.toMatchObject({
      code: 'BAD_PARAMETER',
    })
  })

  it('temporary files of a killed process are removed at the next start', async () => {
    const ended = spawn(process.execPath, ['-e', ''])
    await new Promise(done => ended.on('exit', done))
    const abandoned = at(`spill2/fettle-duckdb-${ended.pid}-abc`)
    const running = at(`spill2/fettle-duckdb-${process.ppid}-abc`)
    for (const path of [abandoned, running]) mkdirSync(path, { recursive: true })
    const session = await createDuckDBEngine({ temporaryFolder: at('spill2') }).open({
      projectFolder: folder,
    })
    expect([existsSync(abandoned), existsSync(running)]).toEqual([false, true])
    await session.close()
  })
})
