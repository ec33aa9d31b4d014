import { expect, test } from 'vitest'
import { amnestyUntil } from './amnesty.ts'

const times = { leaseMs: 30_000, heartbeatMs: 10_000, reapMs: 5_000 }
const s = (seconds: number): bigint => BigInt(seconds) * 1_000_000n

test.each([
  ['a punctual scan changes nothing', s(0), 5, s(0)],
  ['a scan a little late changes nothing', s(0), 15, s(0)],
  ['a scan more than a heartbeat late gives one lease', s(0), 16, s(46)],
  ['an amnesty is never cut short', s(100), 16, s(100)],
])('%s', (_name, current, now, until) => {
  expect(amnestyUntil(current, { last: s(0), now: s(now) }, times)).toBe(until)
})
