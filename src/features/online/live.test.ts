import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type NaiveEvent, naiveWindow } from '../../../test/oracles/windows-online.ts'
import { memoryOnlineStore } from '../../../test/support/memory-online-store.ts'
import type { SourceData, WindowFeatureData } from '../../definitions/model.ts'
import type { Value, ValueType } from '../../kernel/values/index.ts'
import { operatorType } from '../offline/windows/operators.ts'
import { materialize } from './materialize.ts'
import { memoryScan } from './memory-scan.ts'
import type { OnlineView } from './model.ts'
import type { OnlineStore } from './ports.ts'
import { pushSource } from './push.ts'
import { prepareFeatures } from './read.ts'
import { windowOperators } from './window-plan.ts'

const minute = 60_000_000n
const start = 1_000_000n * minute
const columns = [
  { name: 'key', type: 'string' },
  { name: 'at', type: 'timestamp' },
  { name: 'known', type: 'timestamp' },
  { name: 'id', type: 'int64' },
  { name: 'gone', type: 'bool' },
  { name: 'i', type: 'int64' },
  { name: 'f', type: 'float64' },
  { name: 's', type: 'string' },
  { name: 'b', type: 'bool' },
] as const satisfies readonly { name: string; type: ValueType }[]
const source: SourceData = {
  kind: 'source',
  name: 'events',
  from: { kind: 'push' },
  columns,
  eventTime: 'at',
  knownAt: { kind: 'column', column: 'known' },
  eventId: 'id',
  deleted: 'gone',
}
/** As a run reads it: the journal's rows with their sequences. */
const journal: SourceData = {
  ...source,
  from: { kind: 'parquet', path: 'journal' },
  columns: [...columns, { name: '__ingest_sequence', type: 'int64' }],
  sequence: '__ingest_sequence',
}

const operands: Partial<Record<string, readonly string[]>> = {
  sum: ['i', 'f'],
  mean: ['i', 'f'],
  histogram: ['s'],
  any: ['b'],
  all: ['b'],
  quantile: ['f'],
  approx_quantile: ['i'],
  var_pop: ['f'],
  var_samp: ['i'],
  stddev_pop: ['i'],
  stddev_samp: ['f'],
}
const features = windowOperators.flatMap((op): WindowFeatureData[] =>
  (operands[op] ?? ['i', 's']).flatMap(column =>
    ['30m', '3h', 'all'].map((window, index) => {
      const body = {
        name: `${op}_${column}_${window}`,
        op,
        ...(op === 'since_last' ? {} : { column }),
        window,
        hop: ['1m', '30m', '1d'][index] ?? '',
        k: 2 + index,
        p: 0.3,
        limit: 2,
        ...(index === 1 ? { where: { column: 'i', op: 'gt' as const, value: -2 } } : {}),
      }
      return { kind: 'window' as const, ...body, type: operatorType(body, columns) }
    }),
  ),
)
const view: OnlineView = {
  kind: 'featureView',
  name: 'activity',
  entity: null,
  source: 'events',
  keys: ['key'],
  at: 'at',
  knownTime: 'cutoff',
  features,
  version: 1,
  semanticHash: 'x',
}

const row = fc.record({
  key: fc.constantFrom('a', 'b'),
  /** Minutes before the write; negative: ahead. */
  age: fc.oneof(fc.integer({ min: -4, max: 40 }), fc.integer({ min: -4, max: 400 })),
  late: fc.integer({ min: -4, max: 30 }),
  id: fc.option(fc.bigInt({ min: 0n, max: 12n }), { freq: 2 }),
  gone: fc.option(fc.boolean(), { freq: 1 }),
  i: fc.option(fc.bigInt({ min: -4n, max: 4n })),
  f: fc.option(fc.oneof(fc.double(), fc.constantFrom(0.1, 0.2, -0))),
  s: fc.option(fc.constantFrom('x', 'y', 'z', '')),
  b: fc.option(fc.boolean()),
})
const step = fc.record({
  after: fc.integer({ min: 0, max: 200 }),
  kind: fc.constantFrom('push', 'push', 'push again', 'materialize', 'journal only'),
  rows: fc.array(row, { maxLength: 90, size: 'max' }),
})

interface Written {
  readonly sequence: bigint
  readonly values: readonly Value[]
}

const cell = (values: readonly Value[], name: string): Value =>
  values[columns.findIndex(column => column.name === name)] ?? null

/** Every row written counts, whatever became of the write: the law says which. */
function naiveEvents(written: readonly Written[], key: string): NaiveEvent[] {
  const versions = written.map(each => ({
    ...each,
    known: cell(each.values, 'known') as bigint,
    id: cell(each.values, 'id'),
  }))
  return versions.flatMap(each => {
    if (cell(each.values, 'gone') === true || cell(each.values, 'key') !== key) return []
    const later = versions.filter(
      other =>
        each.id !== null &&
        other.id === each.id &&
        (other.known > each.known || (other.known === each.known && other.sequence > each.sequence)),
    )
    const until = later.reduce<bigint | null>(
      (least, { known }) => (least === null || known < least ? known : least),
      null,
    )
    const values = Object.fromEntries(columns.map(({ name }) => [name, cell(each.values, name)]))
    return [
      {
        event: cell(each.values, 'at') as bigint,
        known: each.known,
        until,
        order: Number(each.sequence),
        row: values,
      },
    ]
  })
}

async function fill(store: OnlineStore, written: readonly Written[], now: bigint): Promise<void> {
  const rows = written.map(({ sequence, values }) => [...values, sequence])
  await materialize(
    memoryScan({ fields: journal.columns, rows }),
    store,
    { entities: [], sources: [journal], views: [view] },
    { now, projectFolder: '.', onProgress: () => {}, signal: new AbortController().signal },
  )
}

async function check(store: OnlineStore, written: readonly Written[], q: bigint): Promise<void> {
  const lookup = {
    view: 'activity',
    as: 'activity',
    keys: ['key'],
    features: features.map(each => each.name),
  }
  const prepared = prepareFeatures(store, {
    request: [{ name: 'key', type: 'string' }],
    lookups: [lookup],
    fullNames: false,
    views: [view],
    sources: [source],
    onDemand: [],
  })
  const found = await prepared.read([{ key: 'a' }, { key: 'b' }], q)
  expect(found.errors).toEqual([])
  for (const [index, key] of ['a', 'b'].entries()) {
    const events = naiveEvents(written, key)
    features.forEach((feature, j) => {
      expect(found.values[index]?.[j], `${key} ${feature.name} at ${q}`).toEqual(
        naiveWindow(feature, columns, events, { q, latest: false }),
      )
    })
  }
}

describe('a window view that is written to', () => {
  it('equals the naive loop: late, corrected, moved and retracted events, replays and runs in any order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async steps => {
        const store = memoryOnlineStore()
        const written: Written[] = []
        let now = start
        let missing = false
        for (const { after, kind, rows } of steps) {
          now += BigInt(after) * minute
          const batch = rows.map((each, index) => ({
            sequence: BigInt(written.length + index + 1),
            values: [
              each.key,
              now - BigInt(each.age) * minute,
              now - BigInt(each.late) * minute,
              each.id,
              each.gone,
              each.i,
              each.f,
              each.s,
              each.b,
            ],
          }))
          const request = {
            views: [view],
            source,
            rows: batch.map(each => each.values),
            sequences: batch.map(each => each.sequence),
            now,
          }
          if (kind === 'materialize') {
            await fill(store, written, now)
            missing = false
          } else {
            written.push(...batch)
            if (kind === 'journal only') missing = true
            else await pushSource(store, request)
            if (kind === 'push again') await pushSource(store, request)
          }
          if (missing) continue
          if (kind === 'materialize' || written.length > 0)
            for (const ahead of [0n, 3n, 90n]) await check(store, written, now + ahead * minute)
        }
      }),
      { numRuns: 20 },
    )
  }, 60_000)
})
