import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import type {
  FeatureViewData,
  SourceData,
  WindowFeatureData,
  WindowOperator,
} from '../../src/definitions/model.ts'
import { historical, type OfflineEngine, operatorType } from '../../src/features/index.ts'
import type { Field, Value } from '../../src/kernel/values/index.ts'
import { naiveWindow } from './naive-windows.ts'

const hour = 3_600_000_000n
const whole: OfflineEngine = createDuckDBEngine({ threads: 2 })
/** The same engine with room for the rows of one key at a time. */
const inParts: OfflineEngine = {
  ...whole,
  open: async options => ({ ...(await whole.open(options)), sweepBytes: 1 }),
}
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fettle-operators-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const operators: readonly WindowOperator[] = [
  'count',
  'count_distinct',
  'approx_count_distinct',
  'sum',
  'mean',
  'var_pop',
  'var_samp',
  'stddev_pop',
  'stddev_samp',
  'min',
  'max',
  'first',
  'last',
  'first_k',
  'last_k',
  'top_k',
  'bottom_k',
  'mode',
  'histogram',
  'quantile',
  'approx_quantile',
  'any',
  'all',
  'since_last',
]

const columns: Field[] = [
  { name: 'k', type: 'string' },
  { name: 'e', type: 'timestamp' },
  { name: 'known', type: 'timestamp' },
  { name: 'v', type: 'int64' },
  { name: 'b', type: 'bool' },
  { name: 'id', type: 'string' },
]

function featureOf(
  op: WindowOperator,
  window: string,
  where?: WindowFeatureData['where'],
): WindowFeatureData {
  const column = op === 'since_last' ? {} : { column: op === 'any' || op === 'all' ? 'b' : 'v' }
  const extra = { ...(op.endsWith('_k') ? { k: 2 } : {}), ...(op.includes('quantile') ? { p: 0.5 } : {}) }
  const body = { name: `${op}_${window}${where ? '_where' : ''}`, op, window, hop: '1h', ...column, ...extra }
  return { kind: 'window', ...body, ...(where ? { where } : {}), type: operatorType(body, columns) }
}

const features = operators.flatMap(op => [featureOf(op, '3h'), featureOf(op, 'all')])
features.push(
  ...(['count', 'sum', 'mean', 'min', 'max', 'first', 'last'] as const).map(op =>
    featureOf(op, '3h', { column: 'v', op: 'ge', value: 0 }),
  ),
)

const instant = fc
  .tuple(fc.integer({ min: -3, max: 6 }), fc.integer({ min: -1, max: 1 }))
  .map(([hours, edge]) => BigInt(hours) * hour + BigInt(edge))
const orNull = <Kind>(arbitrary: fc.Arbitrary<Kind>): fc.Arbitrary<Kind | null> =>
  fc.option(arbitrary, { nil: null, freq: 9 })
const key = orNull(fc.constantFrom('a', 'b', 'c', ''))
const row = fc
  .tuple(
    key,
    orNull(instant),
    orNull(instant),
    orNull(fc.integer({ min: -4, max: 4 }).map(BigInt)),
    orNull(fc.boolean()),
    orNull(fc.constantFrom('1', '2', '3', '4', '5', '6', '7', '8')),
  )
  .map(each => each as Value[])
const spine = fc.array(
  fc.tuple(key, instant).map(each => each as Value[]),
  { minLength: 1, maxLength: 20 },
)

let file = 0
async function stored(rows: readonly (readonly Value[])[]): Promise<string> {
  const path = join(folder, `${file++}.parquet`)
  const session = await whole.open({ projectFolder: folder })
  await session.addRows('given', { fields: columns, rows })
  await session.writeParquet('SELECT * FROM given', path)
  await session.close()
  return path
}

const view: FeatureViewData = {
  kind: 'featureView',
  name: 'view',
  entity: 'x',
  source: 'given',
  keys: ['k'],
  at: 'at',
  knownTime: 'cutoff',
  features,
}

function ask(engine: OfflineEngine, source: SourceData, rows: readonly Value[][]) {
  return historical(engine, {
    sources: [source],
    views: [view],
    lookups: [{ view: 'view', as: 'view', keys: ['k'], features: features.map(({ name }) => name) }],
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

/** Doubles within the bound of features.md §4.6; everything else exactly. */
function expectEqual(name: string, found: Value, wanted: Value): void {
  if (typeof wanted === 'number' && typeof found === 'number')
    expect([name, Math.abs(found - wanted) <= 1e-12 * (1 + Math.abs(wanted))]).toEqual([name, true])
  else expect([name, found]).toEqual([name, wanted])
}

describe('every window operator against the naive loop', () => {
  it.each([
    ['late rows, known by a column of their own', {}],
    ['versions of events, some retracted by moving to other keys', { eventId: 'id' }],
    ['rows known an hour after they happen', { knownAt: { kind: 'delay', delay: '1h' } as const }],
  ])('%s; at once and in parts', async (_, setting) => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 60 }), spine, async (rows, queries) => {
        const source: SourceData = {
          kind: 'source',
          name: 'given',
          from: { kind: 'parquet', path: await stored(rows) },
          columns,
          eventTime: 'e',
          knownAt: { kind: 'column', column: 'known' },
          ...setting,
        }
        const [once, parts] = [await ask(whole, source, queries), await ask(inParts, source, queries)]
        expect(parts).toEqual(once)
        for (const [at, feature] of features.entries()) {
          for (const [index, [k = null, t]] of queries.entries()) {
            const wanted =
              k === null ? null : naiveWindow({ source, rows, keys: ['k'], feature }, [k], t as bigint)
            expectEqual(feature.name, once.rows[index]?.[at] ?? null, wanted)
          }
        }
      }),
      { numRuns: 12, seed: 20010103 },
    )
  })
})
