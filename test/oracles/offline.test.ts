import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import type { FeatureViewData, SourceData, WindowFeatureData } from '../../src/definitions/model.ts'
import { historical, type OfflineEngine } from '../../src/features/index.ts'
import { encodeNative, type Field, type Value } from '../../src/kernel/values/index.ts'
import { naiveAsOf } from './naive-as-of.ts'
import { naiveWindow } from './naive-windows.ts'

const hour = 3_600_000_000n
const engine: OfflineEngine = createDuckDBEngine({ threads: 2 })
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fettle-oracle-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Few distinct instants, so that ties and edges ± 1 µs are common; some before 1970. */
const instant = fc
  .tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -1, max: 1 }))
  .map(([hours, edge]) => BigInt(hours) * hour + BigInt(edge))
const orNull = <Kind>(arbitrary: fc.Arbitrary<Kind>): fc.Arbitrary<Kind | null> =>
  fc.option(arbitrary, { nil: null, freq: 8 })
const text = orNull(fc.constantFrom('a', 'a|', '', 'b'))
const number = orNull(fc.integer({ min: -5, max: 5 }).map(BigInt))
const float = orNull(fc.constantFrom(0, -0, 1.5, Number.NaN, -2, Number.POSITIVE_INFINITY))

const columns: Field[] = [
  { name: 'k1', type: 'string' },
  { name: 'k2', type: 'int64' },
  { name: 'e', type: 'timestamp' },
  { name: 'known', type: 'timestamp' },
  { name: 'v', type: 'int64' },
  { name: 'f', type: 'float64' },
  { name: 'gone', type: 'bool' },
  { name: 'id', type: 'string' },
]
const row = fc
  .tuple(
    text,
    orNull(fc.constantFrom(1n, 2n)),
    orNull(instant),
    orNull(instant),
    number,
    float,
    orNull(fc.constantFrom(false, false, true)),
    text,
  )
  .map(each => each as Value[])
const spine = fc.array(
  fc.tuple(text, orNull(fc.constantFrom(1n, 2n)), instant).map(each => each as Value[]),
  { minLength: 1, maxLength: 12 },
)
const spineFields: Field[] = [
  { name: 'k1', type: 'string' },
  { name: 'k2', type: 'int64' },
  { name: 't', type: 'timestamp' },
]
const base: SourceData = {
  kind: 'source',
  name: 'given',
  from: { kind: 'parquet', path: '' },
  columns,
  eventTime: 'e',
  knownAt: { kind: 'column', column: 'known' },
}

let file = 0
async function stored(rows: readonly (readonly Value[])[]): Promise<string> {
  const path = join(folder, `${file++}.parquet`)
  const session = await engine.open({ projectFolder: folder })
  await session.addRows('given', { fields: columns, rows })
  await session.writeParquet('SELECT * FROM given', path)
  await session.close()
  return path
}

async function ask(source: SourceData, view: FeatureViewData, rows: readonly Value[][]) {
  const lookup = {
    view: view.name,
    as: view.name,
    keys: ['k1', 'k2'],
    features: view.features.map(feature => feature.name),
  }
  return historical(engine, {
    sources: [source],
    views: [view],
    lookups: [lookup],
    fullNames: false,
    spine: { fields: spineFields, rows },
    time: 't',
    projectFolder: folder,
  })
}

const plain: FeatureViewData = {
  kind: 'featureView',
  name: 'view',
  entity: 'x',
  source: 'given',
  keys: ['k1', 'k2'],
  at: 'at',
  knownTime: 'cutoff',
  features: [],
}

describe('the engine against the naive loops', () => {
  it('as of: ties, nulls, duplicates, composite keys, late rows, tombstones, edges', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 40 }),
        spine,
        fc.record({
          before: fc.boolean(),
          latest: fc.boolean(),
          lookback: fc.boolean(),
          deleted: fc.boolean(),
        }),
        async (rows, queries, setting) => {
          const source = {
            ...base,
            from: { kind: 'parquet', path: await stored(rows) } as const,
            ...(setting.deleted ? { deleted: 'gone' } : {}),
          }
          const view: FeatureViewData = {
            ...plain,
            at: setting.before ? 'before' : 'at',
            knownTime: setting.latest ? 'latest' : 'cutoff',
            ...(setting.lookback ? { lookback: '2h' } : {}),
            features: (['v', 'f'] as const).map(name => ({
              kind: 'lookup',
              name,
              column: name,
              type: name === 'v' ? 'int64' : 'float64',
            })),
          }
          const result = await ask(source, view, queries)
          for (const [index, feature] of (['v', 'f'] as const).entries()) {
            const query = {
              source,
              rows,
              keys: ['k1', 'k2'],
              column: feature,
              before: setting.before,
              latest: setting.latest,
              ...(setting.lookback ? { lookback: 2n * hour } : {}),
            }
            const wanted = queries.map(([k1 = null, k2 = null, t]) => naiveAsOf(query, [k1, k2], t as bigint))
            const type = feature === 'v' ? 'int64' : 'float64'
            expect(result.rows.map(each => encodeNative(type, each[index] ?? null))).toEqual(
              wanted.map(each => encodeNative(type, each.value)),
            )
            expect(result.statuses[index]).toBe(wanted.map(each => each.status).join(''))
          }
        },
      ),
      { numRuns: 25, seed: 20010101 },
    )
  })

  it('windows: edges, hops, late rows, versions, nulls, shuffled physical order', async () => {
    const features: WindowFeatureData[] = (['count', 'sum', 'mean', 'min', 'max', 'last'] as const).flatMap(
      op =>
        (['1h', '2h', 'all'] as const).map(
          window =>
            ({
              kind: 'window',
              name: `${op}_${window}`,
              op,
              column: 'v',
              window,
              hop: window === '2h' ? '1h' : '5m',
              type: op === 'mean' ? 'float64' : 'int64',
            }) as const,
        ),
    )
    features.push({ kind: 'window', name: 'rows', op: 'count', window: '3h', hop: '1us', type: 'int64' })
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 40 }),
        spine,
        fc.record({ versions: fc.boolean(), assumed: fc.boolean() }),
        async (rows, queries, setting) => {
          const times = setting.assumed ? { knownAt: { kind: 'event' } as const } : {}
          const source: SourceData = {
            ...base,
            ...times,
            from: { kind: 'parquet', path: await stored(rows) },
            ...(setting.versions ? { eventId: 'id' } : {}),
          }
          const result = await ask(source, { ...plain, features }, queries)
          for (const [index, feature] of features.entries()) {
            const wanted = queries.map(([k1 = null, k2 = null, t]) =>
              k1 === null || k2 === null
                ? null
                : naiveWindow({ source, rows, keys: ['k1', 'k2'], feature }, [k1, k2], t as bigint),
            )
            expect([
              feature.name,
              ...result.rows.map(each => encodeNative(feature.type, each[index] ?? null)),
            ]).toEqual([feature.name, ...wanted.map(value => encodeNative(feature.type, value))])
          }
        },
      ),
      { numRuns: 25, seed: 20010102 },
    )
  })
})
