import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignRow } from '../../../test/oracles/assign-row.ts'
import type { Arm, Routing } from '../model.ts'
import { compileRouting, type Share } from './routing.ts'
import type { RequestField } from './signature.ts'

const field = (name: string, type: RequestField['type']): RequestField => ({
  name,
  type,
  role: 'key',
  nullable: true,
  description: null,
})
const request = [field('customer', 'string'), field('shop', 'int64'), field('country', 'string')]

interface NamedTarget {
  readonly arm: Arm
  readonly digest: string
}

interface World {
  readonly routing: Routing
  readonly loaded: ReadonlySet<string>
  readonly armsOff: boolean
}

function routerOf({ routing, loaded, armsOff }: World) {
  return compileRouting<NamedTarget>({
    routing,
    request,
    armsOff,
    targets: {
      champion: { arm: 'champion', digest: 'champion' },
      arms: routing.arms.map(({ arm, digest }) => (loaded.has(digest) ? { arm, digest } : undefined)),
      holdback: { arm: 'holdback', digest: routing.holdback?.digest ?? 'chain' },
    },
  })
}

/** Cuts of the buckets, dealt to champion, two challengers and control in turn: ranges are disjoint. */
const arms = fc
  .tuple(fc.uniqueArray(fc.integer({ min: 1, max: 9999 }), { maxLength: 12 }), fc.integer({ min: 0, max: 3 }))
  .map(([cuts, first]) => {
    const edges = [0, ...cuts.sort((a, b) => a - b), 10_000]
    const dealt = edges.slice(1).map((to, at) => [(at + first) % 4, [edges[at] ?? 0, to]] as const)
    const rangesOf = (owner: number) =>
      dealt.flatMap(([to, range]) => (to === owner ? [range as readonly [number, number]] : []))
    return [
      { arm: 'challenger' as const, digest: 'x', ranges: rangesOf(1) },
      { arm: 'control' as const, digest: 'control', ranges: rangesOf(2) },
      { arm: 'challenger' as const, digest: 'y', ranges: rangesOf(3) },
    ]
  })
const customer = fc.constantFrom('ana', 'ben', 'zoë', '', 'a\u001fb')
const shop = fc.bigInt({ min: -3n, max: 3n })
const heldBack = fc.record({
  salt: fc.constant('holdback-fraud'),
  width: fc.integer({ min: 0, max: 5000 }),
  digest: fc.constantFrom(null, 'baseline'),
})
const pin = fc.record({
  unit: fc.oneof(
    customer.map(name => [name]),
    fc.tuple(customer, shop.map(String)).map(parts => [...parts]),
  ),
  arm: fc.constantFrom('champion' as const, 'challenger' as const),
})
const routing = fc
  .record({
    seq: fc.nat(),
    salt: fc.constantFrom('fraud-1', 'fraud-2'),
    unit: fc.constantFrom(['customer'], ['customer', 'shop'], []),
    arms: fc.oneof(arms, fc.constant([])),
    held: fc.option(heldBack),
    pins: fc.array(pin, { maxLength: 3 }),
    exclude: fc.constantFrom([], [{ column: 'country', op: 'eq' as const, value: 'IT' }]),
  })
  .map(
    ({ held, ...rest }): Routing => ({ ...rest, shadows: [], warm: [], ...(held ? { holdback: held } : {}) }),
  )
const world: fc.Arbitrary<World> = fc.record({
  routing,
  loaded: fc.subarray(['x', 'y', 'control']).map(names => new Set(names)),
  armsOff: fc.boolean(),
})
const row = fc.record({
  customer: fc.option(fc.oneof(customer, fc.uuid()), { freq: 8 }),
  shop,
  country: fc.constantFrom('IT', 'FR', null),
})

describe('routing', () => {
  it('sends every row where the specification says, once', () => {
    fc.assert(
      fc.property(world, fc.array(row, { maxLength: 20 }), fc.uuid(), (made, rows, requestId) => {
        const shares = routerOf(made).assign(rows, requestId)
        const found = shares.flatMap(share => answersOf(share, rows.length))
        expect(found.map(({ row: at }) => at).sort((a, b) => a - b)).toEqual(rows.map((_, at) => at))
        for (const { row: at, ...answer } of found)
          expect(answer).toEqual(assignRow(made.routing, rows[at] ?? {}, { requestId, ...made }))
      }),
      { numRuns: 500 },
    )
  })

  it('an arm that grows keeps every unit it has, and takes none from another', () => {
    const units = Array.from({ length: 3000 }, (_, i) => ({ customer: `c${i}`, shop: 1n, country: null }))
    const at = (percent: number) => {
      const width = percent * 100
      const made = {
        armsOff: false,
        loaded: new Set(['x', 'control']),
        routing: {
          ...{ seq: 1, salt: 'fraud-1', unit: ['customer'], shadows: [], pins: [], exclude: [], warm: [] },
          arms: [
            { arm: 'challenger' as const, digest: 'x', ranges: [[0, width] as const] },
            { arm: 'control' as const, digest: 'control', ranges: [[9900, 10_000] as const] },
          ],
        },
      }
      const shares = routerOf(made).assign(units, 'r')
      const of = (arm: Arm) =>
        new Set(
          shares.flatMap(({ target, drawn }) => (target.arm === arm ? (drawn ?? []) : [])).map(d => d.row),
        )
      return { challenger: of('challenger'), control: of('control') }
    }
    let before = at(1)
    for (let percent = 2; percent <= 50; percent++) {
      const now = at(percent)
      expect([...before.challenger].filter(unit => !now.challenger.has(unit))).toEqual([])
      expect(now.control).toEqual(before.control)
      before = now
    }
    expect(before.challenger.size / units.length).toBeCloseTo(0.5, 1)
  })

  it('refuses a unit that no request can tell', () => {
    const made = (unit: readonly string[]) => ({
      armsOff: false,
      loaded: new Set<string>(),
      routing: {
        ...{ seq: 1, salt: 's', shadows: [], pins: [], exclude: [], warm: [] },
        unit,
        arms: [{ arm: 'challenger' as const, digest: 'x', ranges: [] }],
      },
    })
    expect(() => routerOf(made(['account']))).toThrow(/"account" is not in the request/)
  })
})

function answersOf({ target, drawn, assignment, reason }: Share<NamedTarget>, rows: number) {
  const all = drawn ?? Array.from({ length: rows }, (_, at) => ({ row: at, bucket: null, reason }))
  return all.map(each => ({
    row: each.row,
    arm: target.arm,
    digest: target.digest,
    bucket: each.bucket,
    reason: each.reason,
    salt: assignment?.salt ?? '',
    sticky: assignment?.sticky ?? false,
  }))
}
