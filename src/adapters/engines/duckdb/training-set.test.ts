import { copyFileSync, existsSync, readdirSync, symlinkSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type {
  FeatureViewData,
  OnDemandData,
  SourceData,
  TrainingSetData,
} from '../../../definitions/model.ts'
import {
  type BuildOptions,
  buildTrainingSet,
  collectRows,
  compileOnDemand,
  type TrainingSetClosure,
} from '../../../features/index.ts'
import { parseTimestamp } from '../../../kernel/time.ts'
import type { Field, Value } from '../../../kernel/values/index.ts'
import { createDuckDBEngine, type DuckDBLimits } from './index.ts'
import { duckdb, engine, testFolder } from './testing/fixture.ts'

const folder = testFolder()
afterAll(folder.remove)
const muchLater = parseTimestamp('2124-01-01T00:00:00Z') ?? 0n
const asOf = parseTimestamp('2024-02-01T00:00:00Z') ?? 0n

const columns: Field[] = [
  { name: 'n', type: 'int64' },
  { name: 'k', type: 'string' },
  { name: 't', type: 'timestamp' },
  { name: 'known', type: 'timestamp' },
  { name: 'v', type: 'float64' },
]

/** Every hour of January an event of one of seven keys, known an hour later; every eleventh key is null, every fifth row comes twice. */
function events(path: string, { rows = 744, order = 'n', value = 'sin(i) * 100' } = {}): Promise<void> {
  const all = `SELECT i AS n, CASE WHEN i % 11 = 0 THEN NULL ELSE 'k' || i % 7 END AS k, TIMESTAMP '2024-01-01' + to_hours(i) AS t, TIMESTAMP '2024-01-01' + to_hours(i + 1) AS known, ${value} AS v FROM range(${rows}) r(i)`
  return duckdb(
    `COPY (SELECT * FROM (SELECT * FROM (${all}) UNION ALL SELECT * FROM (${all}) WHERE n % 5 = 0) ORDER BY ${order}) TO '${join(folder.path, path)}' (ROW_GROUP_SIZE 2048)`,
  )
}

function sourceAt(path: string): SourceData {
  return {
    kind: 'source',
    name: 'events',
    from: { kind: 'parquet', path },
    columns,
    eventTime: 't',
    knownAt: { kind: 'column', column: 'known' },
  }
}

const view: FeatureViewData & { version: number } = {
  kind: 'featureView',
  name: 'recent',
  version: 1,
  entity: 'key',
  source: 'events',
  keys: ['k'],
  at: 'at',
  knownTime: 'cutoff',
  features: (['count', 'mean', 'sum'] as const).map(op => ({
    kind: 'window',
    name: op,
    op,
    column: 'v',
    window: '2d',
    hop: '1h',
    type: op === 'count' ? 'int64' : 'float64',
  })),
}

const ratio: OnDemandData = {
  kind: 'onDemand',
  name: 'ratio',
  inputs: [
    { name: 'amount', from: 'request', type: 'float64' },
    { name: 'mean', from: 'feature', lookup: 'recent', feature: 'mean', type: 'float64' },
  ].map(input => (input.name === 'amount' ? { ...input, name: 'v' } : input)) as OnDemandData['inputs'],
  outputs: [{ name: 'share', type: 'float64' }],
  compute: 'i => ({ share: i.mean === null || i.v === null ? null : Math.sin(i.v / i.mean) })',
}

const set: TrainingSetData = {
  kind: 'trainingSet',
  name: 'set',
  spine: { source: 'events', time: 't' },
  columns: ['n', 'k', 't', 'v'],
  request: ['v'],
  lookups: [{ view: 'recent', as: 'recent', keys: ['k'], features: ['count', 'mean', 'sum'] }],
  onDemand: ['ratio'],
  label: { kind: 'column', name: 'high', known: 'maturity', column: 'v', op: 'gt', value: 0 },
  labelMaturity: '1d',
  splits: [],
  embargo: true,
  fullNames: false,
  keepUnlabelled: false,
}

let builds = 0
interface Asked extends Partial<BuildOptions> {
  readonly path?: string
  readonly set?: Partial<TrainingSetData>
  readonly limits?: DuckDBLimits
}

function build({ path = 'events.parquet', set: change = {}, limits, ...options }: Asked = {}) {
  const closure: TrainingSetClosure = {
    trainingSet: { ...set, ...change },
    entities: [],
    sources: [sourceAt(path)],
    views: [view],
    onDemand: [ratio],
  }
  const outputFolder = join(folder.path, `set-${builds++}`)
  const used = limits ? createDuckDBEngine(limits) : engine
  const manifest = buildTrainingSet(used, closure, {
    asOf,
    projectFolder: folder.path,
    outputFolder,
    onProgress: () => undefined,
    signal: new AbortController().signal,
    now: asOf,
    ...options,
  })
  return { manifest, outputFolder }
}

async function refused(asked: Asked, code: string): Promise<void> {
  const { manifest, outputFolder } = build(asked)
  await expect(manifest).rejects.toMatchObject({ code })
  expect(existsSync(outputFolder)).toBe(false)
  expect(existsSync(`${outputFolder}.partial`)).toBe(false)
}

async function storedRows(path: string, fields: readonly Field[]): Promise<Value[][]> {
  const session = await engine.open({ projectFolder: folder.path })
  try {
    return await collectRows(session.readParquet(path, fields), fields)
  } finally {
    await session.close()
  }
}

describe('a training set', () => {
  it('is the same bytes when it is built again, whatever the threads', async () => {
    await events('events.parquet')
    const first = await build().manifest
    for (const threads of [1, 2]) {
      const again = await build({ limits: { threads } }).manifest
      expect([again.id, again.checksum, again.files]).toEqual([first.id, first.checksum, first.files])
    }
  })

  it('does not depend on the order of rows in the files', async () => {
    await events('events.parquet')
    const { checksum } = await build().manifest
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1e6 }), async seed => {
        await events('shuffled.parquet', { order: `hash(n * 31 + ${seed})` })
        expect((await build({ path: 'shuffled.parquet', limits: { threads: 1 } }).manifest).checksum).toBe(
          checksum,
        )
      }),
      { numRuns: 4, seed: 7 },
    )
  })

  it('keeps null and duplicate keys, and rows add up to the spine', async () => {
    await events('events.parquet')
    const manifest = await build().manifest
    const excluded = Object.values(manifest.excluded).reduce((sum, count) => sum + count, 0)
    expect([manifest.spineRows, manifest.rows + excluded]).toEqual([744 + 149, 744 + 149])
    expect(manifest.statuses['count']?.['F']).toBeGreaterThan(60)
  })

  it('holds on-demand features equal to the function called directly', async () => {
    await events('events.parquet')
    const { manifest, outputFolder } = build()
    const fields = (await manifest).columns
    const rows = await storedRows(join(outputFolder, 'part-0.parquet'), fields)
    const at = (name: string): number => fields.findIndex(field => field.name === name)
    const call = compileOnDemand(ratio)
    const wanted = rows.map(row => call({ v: row[at('v')] ?? null, mean: row[at('mean')] ?? null })['share'])
    expect(rows.map(row => row[at('share')])).toEqual(wanted)
    expect(wanted.filter(value => value !== null).length).toBeGreaterThan(500)
  })

  it('knows nothing that is later than as-of', async () => {
    await events('future.parquet', { rows: 5000 })
    await events('past.parquet')
    const [future, past] = [build({ path: 'future.parquet' }), build({ path: 'past.parquet' })]
    expect((await future.manifest).checksum).toBe((await past.manifest).checksum)
  })

  it('is refused with one class, an empty spine, and when every row is excluded', async () => {
    await events('events.parquet')
    const label = { ...set.label, value: 1000 } as TrainingSetData['label']
    await refused({ set: { label } }, 'LABEL_ONE_CLASS')
    expect((await build({ set: { label }, allowOneClass: true }).manifest).rows).toBeGreaterThan(0)
    await refused({ set: { labelMaturity: '300d' } }, 'NO_ROWS_LEFT')
    await refused(
      { set: { spine: { ...set.spine, where: [{ column: 'n', op: 'lt', value: 0 }] } } },
      'EMPTY_SPINE',
    )
    await duckdb(
      `COPY (SELECT * FROM '${join(folder.path, 'events.parquet')}' LIMIT 0) TO '${join(folder.path, 'none.parquet')}'`,
    )
    await refused({ path: 'none.parquet' }, 'EMPTY_SPINE')
  })

  it('is refused when a source changes during the build', async () => {
    await events('moving.parquet')
    await events('moved.parquet', { rows: 745 })
    const { manifest, outputFolder } = build({
      path: 'moving.parquet',
      onProgress: ({ message }) => {
        if (message === 'writing')
          copyFileSync(join(folder.path, 'moved.parquet'), join(folder.path, 'moving.parquet'))
      },
    })
    await expect(manifest).rejects.toMatchObject({ code: 'SOURCE_CHANGED' })
    expect(existsSync(outputFolder)).toBe(false)
  })

  it('stops within two seconds and leaves nothing', async () => {
    await events('large.parquet', { rows: 300_000 })
    const temporaryFolder = folder.path
    const stop = new AbortController()
    let aborted = 0
    const { manifest, outputFolder } = build({
      path: 'large.parquet',
      limits: { threads: 2, temporaryFolder },
      asOf: muchLater,
      signal: stop.signal,
      onProgress: ({ message }) => {
        if (message !== 'spine and label' || aborted > 0) return
        aborted = performance.now()
        stop.abort(new Error('cancelled by the test'))
      },
    })
    await expect(manifest).rejects.toThrow('cancelled by the test')
    expect(performance.now() - aborted).toBeLessThan(2000)
    expect([existsSync(outputFolder), existsSync(`${outputFolder}.partial`)]).toEqual([false, false])
    expect((await readdir(temporaryFolder)).filter(name => name.startsWith('fettle-duckdb-'))).toEqual([])
  })

  it('says when there is no space to spill or to write, and leaves nothing', async () => {
    await events('larger.parquet', { rows: 200_000 })
    const limits = { threads: 1, memoryLimit: '24MB', temporaryLimit: '1MB', temporaryFolder: folder.path }
    await refused({ path: 'larger.parquet', limits, asOf: muchLater }, 'OUT_OF_SPACE')
    expect(readdirSync(folder.path).filter(name => name.startsWith('fettle-duckdb-'))).toEqual([])
    // Linux's /dev/full fails every write as a full disk does.
    const full = join(folder.path, 'full.parquet')
    symlinkSync('/dev/full', full)
    const session = await engine.open({ projectFolder: folder.path })
    await expect(session.writeParquet('SELECT 1 AS n', full)).rejects.toMatchObject({ code: 'OUT_OF_SPACE' })
    await session.close()
  })
})
