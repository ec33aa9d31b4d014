import { describe, expect, it } from 'vitest'
import type { SegmentThreshold, ThresholdSetData } from '../../definitions/index.ts'
import type { SegmentPreview, ThresholdsReport } from '../../evaluation/index.ts'
import type { ThresholdsOrder } from '../releases/prepare-thresholds.ts'
import { type ThresholdDetails, thresholdProposals } from './threshold-proposals.ts'

const rule: ThresholdSetData['rule'] = { target: { kind: 'fpr', rate: 0.1, delta: 0.05 }, per: 'airport' }
const basis = { rowSet: 'sha256:r', from: '2026-10-01T00:00:00Z', to: '2026-11-01T00:00:00Z', maturity: 0.9 }
const none = { undefined: 'no-rows' }

const threshold = (value: number, change: Partial<SegmentThreshold> = {}): SegmentThreshold => ({
  ...{ value, from: 'own', rows: 100, matured: 80, pool: 80, guarantee: 'P(FPR > 0.1) ≤ 0.05' },
  ...{ interval: { lower: 0.4, upper: 0.6 }, former: 0.4, candidate: null, capHit: false },
  ...change,
})
const preview = (
  segment: string,
  change: SegmentPreview['change'],
  of: SegmentThreshold,
): SegmentPreview => ({
  ...of,
  ...{ segment, change, needed: 29, shrunkFpr: none },
  actionRate: { before: 0.2, after: 0.1 },
  realised: { fpr: none, recall: none, precision: none },
  flips: { newlyActed: 1, noLonger: 2, perWeek: 3, perWeekUpper: 7.5 },
})
const orderOf = (thresholdSet: ThresholdSetData | null) =>
  ({
    ...{ author: 'ines', cycle: '2026-11-21', asOf: '2026-11-21T09:00:00Z', ruleHash: 'sha256:rule' },
    expiresAt: '2026-11-28T00:00:00Z',
    applied: [],
    request: {
      deployment: 'late',
      candidate: { digest: 'sha256:m' },
      champion: { thresholdSet, action: { name: 'warn', threshold: 0.4 } },
      set: { id: 'ds-1' },
    },
  }) as unknown as ThresholdsOrder

const setOf = (segments: Readonly<Record<string, SegmentThreshold>>, otherwise: SegmentThreshold) =>
  ({ action: 'warn', rule, ruleHash: 'h', otherwise, segments, basis }) satisfies ThresholdSetData

function proposalsOf(previews: readonly SegmentPreview[], serving: ThresholdSetData | null = null) {
  const segments = Object.fromEntries(
    previews.filter(each => each.segment !== '(otherwise)').map(each => [each.segment, each]),
  )
  const others = previews.find(each => each.segment === '(otherwise)') ?? threshold(0.4)
  const set = setOf(segments, others)
  return thresholdProposals(orderOf(serving), { segments: previews, set } as unknown as ThresholdsReport)
}

describe('thresholdProposals', () => {
  it('proposes what would move, with its evidence, and nothing of what stays', () => {
    const proposals = proposalsOf([
      preview('ORD', 'moved', threshold(0.5)),
      preview('LAX', 'kept', threshold(0.4, { from: 'kept' })),
      preview('SEA', 'infeasible', threshold(0.4, { from: 'infeasible', guarantee: null })),
      preview('BOS', 'new', threshold(0.4)),
    ])
    expect(proposals).toMatchObject([
      {
        ...{ kind: 'threshold', subject: 'deployment:late', rule: 'fpr', segmentClass: 'airport' },
        ...{ segment: 'ORD', cycle: '2026-11-21', ruleBy: 'ines', ruleHash: 'sha256:rule' },
        ...{ old: 0.4, proposed: 0.5, flipsPerWeek: 3, flipsPerWeekUpper: 7.5, rows: 100, matured: 80 },
        window: { from: basis.from, to: basis.to, rowSet: basis.rowSet },
        details: { segment: 'ORD', set: 'ds-1', model: 'sha256:m', pool: null, threshold: { value: 0.5 } },
        expiresAt: 1_795_824_000_000_000n,
      },
    ])
    expect(proposalsOf([preview('LAX', 'kept', threshold(0.4))])).toEqual([])
  })

  it('marks what a cap held back, and names the pool that decided', () => {
    const [capped] = proposalsOf([
      preview('ORD', 'capped', threshold(0.45, { capHit: true, candidate: 0.6, from: 'pooled(state=IL)' })),
    ])
    expect(capped).toMatchObject({
      capHit: true,
      details: { pool: 'state=IL', threshold: { candidate: 0.6 } },
    })
  })

  it('moves all others without moving the segments that are not listed yet', () => {
    const serving = setOf({ LAX: threshold(0.3) }, threshold(0.4))
    const proposals = proposalsOf(
      [
        preview('(otherwise)', 'moved', threshold(0.45)),
        preview('LAX', 'kept', threshold(0.3)),
        preview('ORD', 'new', threshold(0.5, { former: null })),
      ],
      serving,
    )
    const [others, ord] = proposals
    expect(others).toMatchObject({ segment: '(otherwise)', title: 'Threshold of all others', old: 0.4 })
    expect(others?.details as unknown as ThresholdDetails).toMatchObject({ segment: null, unlisted: ['ORD'] })
    expect(ord).toMatchObject({ segment: 'ORD', old: 0.4, details: { segment: 'ORD' } })
  })
})
