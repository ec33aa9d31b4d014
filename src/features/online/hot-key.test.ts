import { expect, it } from 'vitest'
import { memoryOnlineStore } from '../../../test/support/memory-online-store.ts'
import type { SourceData } from '../../definitions/model.ts'
import type { Value } from '../../kernel/values/index.ts'
import type { OnlineView } from './model.ts'
import { pushSource } from './push.ts'
import { prepareFeatures } from './read.ts'

const minute = 60_000_000n
const hour = 60n * minute
const start = 480_000n * hour
const source: SourceData = {
  kind: 'source',
  name: 'events',
  from: { kind: 'push' },
  columns: [
    { name: 'key', type: 'int64' },
    { name: 'at', type: 'timestamp' },
    { name: 'x', type: 'int64' },
  ],
  eventTime: 'at',
  knownAt: { kind: 'ingest' },
}
const view: OnlineView = {
  kind: 'featureView',
  name: 'hot',
  entity: null,
  source: 'events',
  keys: ['key'],
  at: 'at',
  knownTime: 'cutoff',
  version: 1,
  semanticHash: 'h',
  features: (['count', 'sum', 'max'] as const).map(op => ({
    kind: 'window',
    name: op,
    op,
    ...(op === 'count' ? {} : { column: 'x' }),
    window: '1h',
    hop: '5m',
    type: 'int64',
  })),
}

it('keeps every event of a hot key over many runs, and forgets what is past', async () => {
  const store = memoryOnlineStore()
  const pushed: { readonly at: bigint; readonly x: bigint }[] = []
  const prepared = prepareFeatures(store, {
    request: [],
    lookups: [{ view: 'hot', as: 'hot', keys: ['key'], features: ['count', 'sum', 'max'] }],
    fullNames: false,
    views: [view],
    sources: [source],
    onDemand: [],
  })
  const push = async (now: bigint, count: number): Promise<void> => {
    const events = Array.from({ length: count }, (_, i) => ({
      at: now - BigInt((i * 7919) % 600) * 1_000_000n - 1n,
      x: BigInt((pushed.length + i) % 1009),
    }))
    await pushSource(store, {
      views: [view],
      source,
      now,
      rows: events.map(({ at, x }): Value[] => [1n, at, x]),
      sequences: events.map((_, i) => BigInt(pushed.length + i + 1)),
    })
    pushed.push(...events)
  }
  const check = async (q: bigint): Promise<void> => {
    const left = q - hour - ((q - hour) % (5n * minute))
    const seen = pushed.filter(({ at }) => at >= left && at < q).map(({ x }) => x)
    const { values } = await prepared.read([{ key: 1n }], q)
    const sum = seen.reduce<bigint>((total, x) => total + x, 0n)
    const max = seen.reduce<bigint>((most, x) => (x > most ? x : most), -1n)
    expect(values[0]).toEqual([BigInt(seen.length), sum, max])
  }
  for (let batch = 0n; batch < 40n; batch++) {
    await push(start + batch * 20_000_000n, 500)
    if (batch % 8n === 0n) await check(start + batch * 20_000_000n + 1n)
  }
  await check(start + 14n * minute)
  await check(start + 65n * minute)
  const stored = async (): Promise<number> => {
    const keys = await store.list(Buffer.from([0x03]), { limit: 1_000 })
    const found = await store.readMany(keys)
    return found.reduce((total, bytes) => total + (bytes?.length ?? 0), 0)
  }
  const before = await stored()
  for (let batch = 0n; batch < 60n; batch++) await push(start + 3n * hour + batch * minute, 500)
  await check(start + 4n * hour)
  expect(await stored()).toBeLessThan(2 * before)
}, 30_000)
