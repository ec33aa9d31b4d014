import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FrontCounts, StepCounters } from './model.ts'
import { countSince } from './step-counters.ts'

const arm = { arm: 'challenger', release: 2, slow: 0, degraded: 0 }

function counts(fronts: Readonly<Record<string, number>>, full = 0): FrontCounts {
  const arms = Object.entries(fronts).map(([router, requests]) => ({
    ...arm,
    ...{ router, requests, errors: Math.floor(requests / 2) },
  }))
  return { arms, shadow: { scored: 0, drops: { full } }, routers: [] }
}

describe('what the fronts counted since a step began', () => {
  it('is the sum of what came, though fronts restart, come and stay silent', () => {
    const change = fc.array(
      fc.record({ a: fc.nat(50), b: fc.nat(50), restart: fc.boolean(), silent: fc.boolean() }),
      { minLength: 1, maxLength: 20 },
    )
    fc.assert(
      fc.property(change, changes => {
        const fronts = { a: 1000, b: 1000 }
        let counters: StepCounters = countSince('s', counts(fronts), undefined)
        let came = 0
        for (const { a, b, restart, silent } of changes) {
          // A front that restarts loses what it had counted since the last look.
          if (restart) fronts.a = 0
          fronts.a += a
          fronts.b += b
          came += a + b
          if (!silent || restart) counters = countSince('s', counts(fronts), counters)
          else counters = countSince('s', null, counters)
        }
        counters = countSince('s', counts(fronts), counters)
        expect(counters.sum).toHaveLength(1)
        expect(counters.sum[0]?.requests).toBeLessThanOrEqual(came)
        if (!changes.some(each => each.restart)) expect(counters.sum[0]?.requests).toBe(came)
      }),
    )
  })

  it('begins anew with a step, where the fronts first answer', () => {
    const first = countSince('one', counts({ a: 100 }), undefined)
    const later = countSince('one', counts({ a: 130 }), first)
    expect(later.sum[0]?.requests).toBe(30)
    const silent = countSince('two', null, later)
    const begun = countSince('two', counts({ a: 150 }), silent)
    expect(begun.sum).toEqual([])
    expect(countSince('two', counts({ a: 155 }), begun).sum[0]?.requests).toBe(5)
  })

  it('counts lost shadows over all steps', () => {
    const first = countSince('one', counts({}, 7), undefined)
    const second = countSince('one', counts({}, 9), first)
    expect(countSince('two', counts({}, 1), second).drops).toEqual({ full: 3 })
  })
})
