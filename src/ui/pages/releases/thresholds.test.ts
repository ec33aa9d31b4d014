import { describe, expect, it } from 'vitest'
import type { SegmentView } from './thresholds.ts'
import { promiseText, segmentsToCsv } from './thresholds.ts'

const segment: SegmentView = {
  ...{ segment: 'Paris, "CDG"', change: 'moved', value: 0.44, from: 'pooled(region=eu)', former: null },
  ...{
    rows: 80,
    matured: 41,
    pool: 900,
    needed: 59,
    guarantee: 'P(FPR > 0.1) ≤ 0.05, for pooled(region=eu) together',
    interval: null,
  },
  ...{ candidate: null, capHit: false, shrunkFpr: 0.08 },
  actionRate: { before: { undefined: 'no-rows' }, after: 0.12 },
  realised: { fpr: { undefined: 'no-negatives' }, recall: 0.3, precision: 0.6 },
  flips: { newlyActed: 1, noLonger: 0, perWeek: 0.3, perWeekUpper: 1.2 },
}

describe('thresholds of segments', () => {
  it('say what is missing for a promise', () => {
    expect(promiseText(segment)).toContain('for pooled(region=eu) together')
    expect(promiseText({ ...segment, from: 'infeasible', guarantee: null, pool: 12 })).toBe(
      'none: 12 of 59 rows',
    )
  })

  it('become CSV with quoted names and empty cells for what is undefined', () => {
    const [head = '', row = ''] = segmentsToCsv([segment]).split('\r\n')
    expect(row.startsWith('"Paris, ""CDG""",,0.44,,moved,pooled(region=eu),')).toBe(true)
    const at = head.split(',').indexOf('fpr')
    expect(row.replace(/"[^"]*(?:""[^"]*)*"/g, 'name').split(',')[at]).toBe('')
  })
})
