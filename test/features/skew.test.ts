import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import { compareWithReplay, type LoggedRow, materialize, prepareFeatures } from '../../src/features/index.ts'
import { memoryStore } from '../../src/features/online/memory-store.ts'
import type { OnlineStore } from '../../src/features/online/ports.ts'
import type { Value } from '../../src/kernel/values/index.ts'
import { writeRows } from '../../src/vectors/play-features.ts'
import { hour, sampleSource, sampleView, windowView } from '../conformance/online-store/sample.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-skew-'))
const engine = createDuckDBEngine({ threads: 2 })
const start = 500_000n * hour
const keys = 40

const latest = sampleView({ maxAge: '6h', freshness: '2h' })
const served = {
  request: [
    { name: 'id', type: 'int64' as const },
    { name: 'part', type: 'string' as const },
  ],
  lookups: [latest, windowView].map(view => ({
    view: view.name,
    as: view.name,
    keys: ['id', 'part'],
    features: view.features.map(feature => feature.name),
  })),
  fullNames: true,
  views: [latest, windowView],
  sources: [sampleSource],
  onDemand: [
    {
      kind: 'onDemand' as const,
      name: 'per',
      inputs: [
        {
          name: 'total',
          from: 'feature' as const,
          lookup: 'recent',
          feature: 'total',
          type: 'int64' as const,
        },
      ],
      outputs: [{ name: 'per_hour', type: 'float64' as const }],
      compute: 'i => ({ per_hour: i.total === null ? null : Number(i.total) / 24 })',
    },
  ],
}

/** Rows over two days, some late, some deleted, some with nulls. */
function rows(): Value[][] {
  return Array.from({ length: 2_000 }, (_, n) => {
    const event = start - BigInt((n * 7919) % 2880) * 60_000_000n
    const late = n % 5 === 0 ? BigInt(n % 4) * hour : 0n
    const i = n % 11 === 0 ? null : BigInt((n * 31) % 97)
    const given: Readonly<Record<string, Value>> = {
      id: BigInt(n % keys),
      part: `p${(n % keys) % 3}`,
      event,
      known: event + late,
      gone: n % 97 === 0,
      i,
      f: i === null ? null : Number(i) / 7 - 3,
      s: n % 13 === 0 ? null : `text ${n}`,
      b: n % 2 === 0,
      l: [`a${n % 3}`, 'b'],
    }
    return sampleSource.columns.map(({ name }) => given[name] ?? null)
  })
}

/** What a front would log: features of every key, read from the store at q. */
async function logged(store: OnlineStore, times: readonly bigint[]): Promise<LoggedRow[]> {
  const prepared = prepareFeatures(store, served)
  const all: LoggedRow[] = []
  for (const asOf of times) {
    const requests = Array.from({ length: keys + 1 }, (_, id) => ({ id: BigInt(id), part: `p${id % 3}` }))
    const found = await prepared.read(requests, asOf)
    requests.forEach((request, row) => {
      const answers = prepared.names.map(
        (name, column) =>
          [
            name,
            {
              value: found.values[row]?.[column] ?? null,
              status: found.statuses[row]?.[column] ?? ('ERROR' as const),
              eventTime: found.eventTimes[row]?.[column] ?? null,
            },
          ] as const,
      )
      all.push({ id: `${asOf}-${row}`, asOf, request, answers: new Map(answers) })
    })
  }
  return all
}

async function filled(now: bigint, deferUntil: bigint): Promise<OnlineStore> {
  const store = memoryStore()
  await materialize(
    engine,
    store,
    { entities: [], sources: [sampleSource], views: [latest, windowView] },
    {
      now,
      deferUntil,
      projectFolder: folder,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    },
  )
  return store
}

const compare = (log: readonly LoggedRow[], minRequests = 1) =>
  compareWithReplay(engine, served, log, { projectFolder: folder, minRequests })

describe('skew of served features', () => {
  beforeAll(() =>
    writeRows(engine, join(folder, 'sample.parquet'), { fields: sampleSource.columns, rows: rows() }),
  )
  afterAll(async () => {
    await engine.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const quarters = Array.from({ length: 6 }, (_, n) => start - 8n * hour + BigInt(n) * (hour / 4n) * 5n)

  it('is exactly nothing where store and definitions agree, at every instant after the load', async () => {
    const log = await logged(await filled(start - 8n * hour, start), quarters)
    const report = await compare(log)
    expect(report.features.flatMap(each => each.worst)).toEqual([])
    expect(report).toMatchObject({ verdict: 'pass', requests: log.length, warnings: [] })
    expect(report.features.map(each => each.equal)).toEqual(report.features.map(() => log.length))
    expect(report.features.map(each => each.feature)).toContain('per_hour')
    const seen = new Set(log.flatMap(row => [...row.answers.values()].map(answer => answer.status)))
    expect([...seen].sort()).toEqual(['NOT_FOUND', 'NULL_VALUE', 'OUTSIDE_MAX_AGE', 'PRESENT'])
    expect(await compare(log, 10_000)).toMatchObject({ verdict: 'inconclusive' })
  })

  it('calls lag what the store will know soon, within the freshness the view declares', async () => {
    const log = await logged(await filled(start - 8n * hour, start - 8n * hour), [start - 7n * hour])
    const of = (report: Awaited<ReturnType<typeof compare>>, name: string) =>
      report.features.find(each => each.feature === name)
    const onlyLatest = log.map(row => ({
      ...row,
      answers: new Map([...row.answers].filter(([name]) => name.startsWith('latest__'))),
    }))
    const report = await compare(onlyLatest)
    const found = of(report, 'latest__i')
    expect(found?.lag).toBeGreaterThan(3)
    expect(report.verdict).toBe('pass')
    expect(report.warnings.join()).toMatch(/answers of latest__i were behind their source/)
    const unfresh = { ...served, views: [sampleView({ maxAge: '6h' }), windowView] }
    const strict = await compareWithReplay(engine, unfresh, onlyLatest, {
      projectFolder: folder,
      minRequests: 1,
    })
    expect(of(strict, 'latest__i')?.lag).toBe(0)
    expect(strict.verdict).toBe('fail')
  })

  it('finds a record that was changed under the store, with both sides of the ten worst', async () => {
    const store = await filled(start - 8n * hour, start)
    const log = (await logged(store, quarters)).map((row): LoggedRow => {
      const answers = new Map(row.answers)
      const answer = answers.get('recent__total')
      if (row.request['id'] === 7n && answer !== undefined && typeof answer.value === 'bigint')
        answers.set('recent__total', { ...answer, value: answer.value + 1n })
      return { ...row, answers }
    })
    const report = await compare(log)
    expect(report.verdict).toBe('fail')
    const found = report.features.find(each => each.feature === 'recent__total')
    expect(found).toMatchObject({ view: 'recent@v1', mismatch: quarters.length, lag: 0 })
    expect(found?.smape).toBeGreaterThan(0)
    expect(found?.worst.length).toBe(quarters.length)
    for (const row of found?.worst ?? []) {
      expect(row.request).toEqual({ id: 7, part: 'p1' })
      expect(row.logged.value).toBe((row.replayed.value as number) + 1)
    }
    const others = report.features.filter(each => each.feature !== 'recent__total')
    expect(others.map(each => each.equal)).toEqual(others.map(() => log.length))
  })

  it('finds a definition that is computed differently', async () => {
    const log = await logged(await filled(start - 8n * hour, start), quarters)
    const shorter = {
      ...windowView,
      features: windowView.features.map(each =>
        each.kind === 'window' && each.name === 'total' ? { ...each, window: '12h' } : each,
      ),
    }
    const report = await compareWithReplay(engine, { ...served, views: [latest, shorter] }, log, {
      projectFolder: folder,
      minRequests: 1,
    })
    expect(report.verdict).toBe('fail')
    const found = report.features.find(each => each.feature === 'recent__total')
    expect(found?.mismatch).toBeGreaterThan(50)
    expect(found?.worst.length).toBe(10)
    expect(found?.days.reduce((sum, day) => sum + day.requests, 0)).toBe(log.length)
  })
})
