import { describe, expect, it } from 'vitest'
import type { ThresholdRuleData } from '../../definitions/index.ts'
import type { JudgedRows } from '../rows.ts'
import { type AppliedThreshold, thresholdOutcomes } from './outcome.ts'

const fpr: ThresholdRuleData = { target: { kind: 'fpr', rate: 0.1, delta: 0.05 }, per: 'airport' }

/** `n` rows of an airport, one a second from `from` on; the first `acted` score 0.9, the rest 0.1. */
interface Block {
  readonly airport: string | null
  readonly n: number
  readonly acted: number
  readonly label: number
  readonly from: number
}

function rowsOf(blocks: readonly Block[]) {
  const dictionary = [...new Set(blocks.flatMap(({ airport }) => airport ?? []))]
  const all = blocks.flatMap(block =>
    Array.from({ length: block.n }, (_, at) => ({
      code: block.airport === null ? -1 : dictionary.indexOf(block.airport),
      score: at < block.acted ? 0.9 : 0.1,
      label: block.label,
      time: (block.from + at) * 1e6,
    })),
  )
  const rows: JudgedRows = {
    task: 'binary',
    rows: all.length,
    hash: 'sha256:rows',
    labels: Float64Array.from(all, ({ label }) => label),
    times: Float64Array.from(all, ({ time }) => time),
    columns: { airport: { codes: Int32Array.from(all, ({ code }) => code), dictionary } },
  }
  return { rows, scores: Float64Array.from(all, ({ score }) => score) }
}

const applied = (change: Partial<AppliedThreshold> = {}): AppliedThreshold => ({
  ...{ id: 'sug_1', segment: 'ORD', value: 0.5, after: 1_000e6, pool: null },
  ...change,
})
const judged = (
  blocks: readonly Block[],
  of: readonly AppliedThreshold[],
  rule: ThresholdRuleData = fpr,
): ReturnType<typeof thresholdOutcomes> =>
  thresholdOutcomes({ ...rowsOf(blocks), rule, listed: new Set(['ORD', 'LAX']) }, of)

describe('thresholdOutcomes', () => {
  const early = { airport: 'ORD', n: 500, acted: 500, label: 0, from: 0 }

  it('says nothing while there are no rows later than the application, or too few of them', () => {
    expect(judged([early], [applied()])).toEqual([])
    expect(judged([early, { ...early, n: 28, acted: 0, from: 2_000 }], [applied()])).toEqual([])
  })

  it('holds once the target could be promised from as many rows, and counts no earlier and no unlabelled ones', () => {
    const later = { ...early, n: 29, acted: 0, from: 2_000 }
    const unlabelled = { ...later, acted: 29, label: Number.NaN }
    const [outcome] = judged([early, later, unlabelled, { ...later, label: 1, acted: 29 }], [applied()])
    expect(outcome).toMatchObject({ breach: false, details: { rows: 29, violations: 0, limit: 0.1 } })
  })

  it('is breached where the lower bound is above the target, and not where only the share is', () => {
    const later = { ...early, n: 100, from: 2_000 }
    expect(judged([{ ...later, acted: 12 }], [applied()])[0]?.breach).toBe(false)
    const [breached] = judged([{ ...later, acted: 17 }], [applied()])
    expect(breached).toMatchObject({ breach: true, details: { realised: 0.17 } })
    expect(breached?.details.lower).toBeGreaterThan(0.1)
  })

  it('judges the thresholds of a pool together, for that is what was promised', () => {
    const blocks = [
      { ...early, n: 40, acted: 8, from: 2_000 },
      { ...early, airport: 'LAX', n: 200, acted: 4, from: 2_000 },
    ]
    const pooled = [
      applied({ pool: '2026-11-21 state=IL' }),
      applied({ id: 'sug_2', segment: 'LAX', pool: '2026-11-21 state=IL' }),
    ]
    const outcomes = judged(blocks, pooled)
    expect(outcomes.map(({ id, breach }) => [id, breach])).toEqual([
      ['sug_1', false],
      ['sug_2', false],
    ])
    expect(outcomes[0]?.details).toMatchObject({ rows: 240, violations: 12, together: 2 })
    expect(judged(blocks, [applied()])[0]?.breach).toBe(true)
  })

  it('counts rows of unlisted segments and of none for the threshold of all others', () => {
    const blocks = [
      { ...early, n: 30, acted: 0, from: 2_000 },
      { ...early, airport: 'HNL', n: 30, acted: 1, from: 2_000 },
      { ...early, airport: null, n: 30, acted: 2, from: 2_000 },
    ]
    expect(judged(blocks, [applied({ segment: null })])[0]?.details).toMatchObject({
      rows: 60,
      violations: 3,
    })
  })

  it('counts false alarms among actions for a precision, all rows for a rate, and promises nothing for a cost', () => {
    const blocks = [
      { ...early, n: 50, acted: 30, from: 2_000 },
      { ...early, n: 40, acted: 20, label: 1, from: 2_000 },
    ]
    const of = (target: ThresholdRuleData['target']) =>
      judged(blocks, [applied()], { target, per: 'airport' })[0]
    expect(of({ kind: 'precision', precision: 0.6, delta: 0.05 })).toMatchObject({
      breach: true,
      details: { rows: 50, violations: 30 },
    })
    expect(of({ kind: 'actionRate', rate: 0.6, atMost: true, delta: 0.05 })).toMatchObject({
      breach: false,
      details: { rows: 90, violations: 50 },
    })
    expect(of({ kind: 'actionRate', rate: 0.1, atMost: false, delta: 0.05 })).toBeUndefined()
    expect(of({ kind: 'cost', falsePositive: 1, falseNegative: 9 })).toBeUndefined()
  })
})
