import { expect, it } from 'vitest'
import { createHistogram } from './histogram.ts'

it('quantiles are within five per cent', () => {
  const histogram = createHistogram()
  expect(histogram.quantile(0.5)).toBeNull()
  for (let micros = 1; micros <= 10_000; micros++) histogram.record(micros)
  for (const p of [0.5, 0.9, 0.99]) {
    const ratio = (histogram.quantile(p) ?? 0) / (p * 10_000)
    expect(ratio).toBeGreaterThanOrEqual(0.999)
    expect(ratio).toBeLessThan(1.05)
  }
  expect(histogram.count()).toBe(10_000)
})
