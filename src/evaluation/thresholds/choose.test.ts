import { describe, expect, it } from 'vitest'
import { simulateThresholds } from '../../../test/support/simulate-thresholds.ts'
import type { ThresholdRuleData, ThresholdTarget } from '../../definitions/index.ts'
import { canonicalJson, type Json } from '../../kernel/canonical.ts'
import type { ErrorCode } from '../../kernel/errors/index.ts'
import { isDefined, randomFrom } from '../../kernel/statistics/index.ts'
import type { JudgedRows } from '../rows.ts'
import type { CodedColumn } from '../slices/coded-column.ts'
import { actionsOf } from './actions.ts'
import { chooseThresholds, type ThresholdsRequest } from './choose.ts'

interface Row {
  readonly segment: string | null
  readonly score: number
  readonly label: number
  readonly day?: number
}

function coded(values: readonly (string | null)[]): CodedColumn {
  const dictionary = [...new Set(values)].filter(value => value !== null)
  return {
    codes: Int32Array.from(values, value => (value === null ? -1 : dictionary.indexOf(value))),
    dictionary,
  }
}

const day = 86_400e6
const firstDay = 1_000_000_000e6

function judged(rows: readonly Row[], more: Partial<JudgedRows> = {}): JudgedRows {
  return {
    ...{ task: 'binary', rows: rows.length, hash: 'sha256:0123' },
    labels: Float64Array.from(rows, row => row.label),
    times: Float64Array.from(rows, (row, at) => firstDay + (row.day ?? at % 14) * day),
    columns: { segment: coded(rows.map(row => row.segment)), number: Float64Array.from(rows.keys()) },
    ...more,
  }
}

/** Even rows choose, odd rows judge. */
function requestOf(
  rows: readonly Row[],
  target: ThresholdTarget,
  more: Omit<Partial<ThresholdsRequest>, 'rule'> & { readonly rule?: Partial<ThresholdRuleData> } = {},
): ThresholdsRequest {
  const { rule, ...others } = more
  return {
    rows: judged(rows),
    scores: Float64Array.from(rows, row => row.score),
    choose: Int32Array.from(rows.keys()).filter(row => row % 2 === 0),
    judge: Int32Array.from(rows.keys()).filter(row => row % 2 === 1),
    ...{ action: 'warn', start: 0.5, former: null, ...others },
    rule: { target, per: 'segment', ...rule } as ThresholdRuleData,
  }
}

/** Rows come in pairs that are alike, so both halves hold the same. */
function sample(segment: string | null, count: number, seed = `${segment}`): Row[] {
  const random = randomFrom(seed)
  return Array.from({ length: count }, () => {
    const label = random.unit() < 0.3 ? 1 : 0
    const score = label === 1 ? Math.sqrt(random.unit()) : random.unit() ** 2
    return { segment, score: Math.round(score * 1000) / 1000, label }
  }).flatMap(row => [row, row])
}

const fpr: ThresholdTarget = { kind: 'fpr', rate: 0.1, delta: 0.05 }
const segmentOf = (report: ReturnType<typeof chooseThresholds>, name: string) => {
  const found = report.segments.find(each => each.segment === name)
  if (!found) throw new Error(`no segment ${name}`)
  return found
}

describe('thresholds of a false-positive rate', () => {
  const rows = [...sample('large', 800), ...sample('small', 10), ...sample(null, 5)]

  it('promises it where there are enough negatives, inherits where not, and serves unlisted rows from all', () => {
    const report = chooseThresholds(requestOf(rows, fpr))
    expect(segmentOf(report, 'large')).toMatchObject({
      ...{
        from: 'own',
        change: 'new',
        guarantee: 'P(FPR > 0.1) ≤ 0.05',
        rows: 800,
        former: null,
        capHit: false,
      },
    })
    expect(segmentOf(report, 'small')).toMatchObject({
      from: 'infeasible',
      change: 'infeasible',
      value: 0.5,
      guarantee: null,
    })
    expect(report.set.otherwise).toMatchObject({
      ...{ from: 'pooled(all)', rows: 815, guarantee: 'P(FPR > 0.1) ≤ 0.05, for pooled(all) together' },
    })
    expect(Object.keys(report.set.segments)).toEqual(['large', 'small'])
    expect(report.changes).toEqual({ kept: 0, moved: 0, capped: 0, infeasible: 1, new: 2 })
    expect(report.set.basis).toEqual({
      ...{ rowSet: 'sha256:0123', from: '2001-09-09T01:46:40.000000Z', maturity: 0.9 },
      to: '2001-09-21T01:46:40.000000Z',
    })
    const { fpr: realised } = segmentOf(report, 'large').realised
    expect(realised).toBeLessThan(0.1)
    expect(realised).toBeGreaterThan(0.05)
  })

  it('chooses the same again: kept, and the same bytes for the same rows', () => {
    const first = chooseThresholds(requestOf(rows, fpr))
    const again = chooseThresholds(requestOf(rows, fpr, { former: first.set }))
    expect(segmentOf(again, 'large')).toMatchObject({
      from: 'kept',
      change: 'kept',
      guarantee: 'P(FPR > 0.1) ≤ 0.05',
    })
    expect(canonicalJson(chooseThresholds(requestOf(rows, fpr)) as unknown as Json)).toBe(
      canonicalJson(first as unknown as Json),
    )
  })

  it('caps a move, names where it would have gone, and promises only what a stricter value keeps', () => {
    const first = chooseThresholds(requestOf(rows, fpr))
    const at = (value: number) => {
      const large = { ...(first.set.segments['large'] ?? first.set.otherwise), value }
      return { ...first.set, segments: { large } }
    }
    const candidate = segmentOf(first, 'large').value
    const risky = chooseThresholds(requestOf(rows, fpr, { former: at(candidate - 0.2) }))
    expect(segmentOf(risky, 'large')).toMatchObject({
      change: 'capped',
      capHit: true,
      candidate,
      guarantee: null,
    })
    expect(segmentOf(risky, 'large').value).toBeCloseTo(candidate - 0.15, 1)
    const strict = chooseThresholds(requestOf(rows, fpr, { former: at(candidate + 0.2) }))
    expect(segmentOf(strict, 'large')).toMatchObject({
      change: 'capped',
      candidate,
      guarantee: 'P(FPR > 0.1) ≤ 0.05',
    })
    expect(segmentOf(strict, 'large').value).toBeGreaterThan(candidate)
    const free = requestOf(rows, fpr, { former: at(candidate + 0.2), rule: { maxStep: 1, maxRateChange: 1 } })
    expect(segmentOf(chooseThresholds(free), 'large')).toMatchObject({ change: 'moved', value: candidate })
  })

  it('a segment that has no rows any more keeps what it has, and nothing is promised', () => {
    const first = chooseThresholds(requestOf(rows, fpr))
    const report = chooseThresholds(requestOf(sample('large', 800), fpr, { former: first.set }))
    expect(report.set.segments['small']).toMatchObject({ value: 0.5, from: 'kept', rows: 0, guarantee: null })
    expect(segmentOf(report, 'small').realised.fpr).toEqual({ undefined: 'no-negatives' })
  })

  it('a former set by another column is compared with, and not moved from', () => {
    const { per: _, ...single } = requestOf(rows, fpr).rule
    const first = chooseThresholds({ ...requestOf(rows, fpr), rule: single })
    const report = chooseThresholds(requestOf(rows, fpr, { former: first.set }))
    expect(segmentOf(report, 'large')).toMatchObject({ change: 'new', former: null })
    expect(report.total.actionRate.before).toBe(first.total.actionRate.after)
  })

  it('one threshold for all has no segments', () => {
    const { per: _, ...rule } = requestOf(rows, fpr).rule
    const report = chooseThresholds({ ...requestOf(rows, fpr), rule })
    expect(report.set.segments).toEqual({})
    expect(report.segments.map(each => [each.segment, each.from])).toEqual([['all', 'own']])
    expect(report.set.otherwise.guarantee).toBe('P(FPR > 0.1) ≤ 0.05')
  })
})

describe('rows that are hard', () => {
  const chosen = (rows: readonly Row[]) => chooseThresholds(requestOf(rows, fpr)).set.segments['s']
  const repeat = (count: number, row: Omit<Row, 'segment'>) =>
    Array.from({ length: count }, () => ({ segment: 's', ...row }))

  it.each([
    ['no negatives', repeat(200, { score: 0.9, label: 1 })],
    ['one row', repeat(1, { score: 0.9, label: 0 })],
    ['no labels yet', repeat(200, { score: 0.9, label: Number.NaN })],
  ])('%s: infeasible, and what serves goes on', (_what, rows) => {
    expect(chosen(rows)).toMatchObject({
      value: 0.5,
      from: 'infeasible',
      guarantee: null,
      matured: rows.length === 1 ? 1 : 0,
    })
  })

  it('constant scores: nothing is acted on rather than everything', () => {
    const rows = repeat(200, { score: 0.7, label: 0 })
    expect(chosen(rows)).toMatchObject({ value: 0.7, from: 'own' })
    const report = chooseThresholds(requestOf(rows, fpr))
    expect(report.total.actionRate).toEqual({ before: 1, after: 0 })
    expect(report.total.realised).toEqual({
      ...{
        fpr: 0,
        recall: { undefined: 'no-positives' },
        precision: { undefined: 'no-predicted-positives' },
      },
    })
  })

  it('no rows at all', () => {
    const report = chooseThresholds(requestOf([], fpr))
    expect(report.set).toMatchObject({
      segments: {},
      otherwise: { value: 0.5, from: 'infeasible' },
      basis: { from: null },
    })
    expect(report.total.actionRate.after).toEqual({ undefined: 'no-rows' })
  })

  it('−0 and 0 are the same score', () => {
    const rows = repeat(200, { score: -0, label: 0 })
    expect(Object.is(chosen(rows)?.value, 0)).toBe(true)
  })

  const rows = sample('s', 50)
  const refused = (
    more: Partial<ThresholdsRequest>,
    target: ThresholdTarget = fpr,
  ): ErrorCode | undefined => {
    try {
      chooseThresholds({ ...requestOf(rows, target), ...more })
    } catch (error) {
      return (error as { code?: ErrorCode }).code
    }
    return undefined
  }
  const withScore = (score: number) => Float64Array.from(rows, (row, at) => (at === 7 ? score : row.score))

  it('are refused where they would make a number that lies', () => {
    expect(refused({ scores: withScore(Number.NaN) })).toBe('NOT_A_NUMBER')
    expect(refused({ scores: withScore(Number.POSITIVE_INFINITY) })).toBe('NOT_A_NUMBER')
    expect(refused({ formerScores: withScore(Number.NaN) })).toBe('NOT_A_NUMBER')
    expect(refused({ scores: new Float64Array(3) })).toBe('LENGTH_MISMATCH')
    expect(refused({ judge: Int32Array.of(0) })).toBe('JUDGED_ON_CHOSEN_ROWS')
    expect(refused({ rule: { target: fpr, per: 'country' } })).toBe('COLUMN_MISSING')
    expect(refused({ rule: { target: fpr, per: 'segment', within: ['toString'] } })).toBe('COLUMN_MISSING')
    expect(refused({ rows: judged(rows, { labels: new Float64Array(rows.length).fill(2) }) })).toBe(
      'NOT_BINARY',
    )
    expect(refused({ rows: judged(rows, { task: 'regression' }) })).toBe('NOT_BINARY')
    expect(refused({ rows: judged(rows, { unlabelled: new Uint8Array(rows.length).fill(2) }) })).toBe(
      'LABELS_UNOBSERVABLE',
    )
    expect(refused({ rows: judged(rows, { weights: Float64Array.from(rows.keys()) }) })).toBe(
      'THRESHOLD_INFEASIBLE',
    )
    const { times: _, ...untimed } = judged(rows)
    expect(refused({ rows: untimed }, { kind: 'capacity', perDay: 3, delta: 0.05 })).toBe(
      'THRESHOLD_INFEASIBLE',
    )
  })

  it('targets without labels take rows without them', () => {
    const target: ThresholdTarget = { kind: 'actionRate', rate: 0.2, atMost: true, delta: 0.05 }
    const unlabelled = new Uint8Array(rows.length).fill(2)
    expect(refused({ rows: judged(rows, { unlabelled, task: 'regression' }) }, target)).toBeUndefined()
  })
})

describe('other targets', () => {
  const rows = [...sample('s', 2000), ...sample('t', 3)]

  it('an action rate is met, with the interval of its quantile and no promise', () => {
    const report = chooseThresholds(
      requestOf(rows, { kind: 'actionRate', rate: 0.2, atMost: false, delta: 0.05 }),
    )
    const { actionRate, interval, value, guarantee } = segmentOf(report, 's')
    expect(actionRate.after).toBeCloseTo(0.2, 2)
    expect(guarantee).toBeNull()
    expect(interval?.lower).toBeLessThan(value)
    expect(interval?.upper).toBeGreaterThan(value)
  })

  it('an action rate at most is below it, surely', () => {
    const report = chooseThresholds(
      requestOf(rows, { kind: 'actionRate', rate: 0.2, atMost: true, delta: 0.05 }),
    )
    expect(segmentOf(report, 's')).toMatchObject({ guarantee: 'P(action rate > 0.2) ≤ 0.05', matured: 2000 })
    expect(segmentOf(report, 's').actionRate.after).toBeLessThan(0.2)
  })

  it('a capacity is the share that a busy day leaves', () => {
    const busy = sample('s', 1000).map((row, at) => ({ ...row, day: at % 20 === 0 ? 0 : 1 + (at % 19) }))
    const report = chooseThresholds(requestOf(busy, { kind: 'capacity', perDay: 20, delta: 0.05 }))
    // 2 000 rows over 20 days, about a hundred each: a fifth may be acted on.
    const { after } = segmentOf(report, 's').actionRate
    expect(after).toBeGreaterThan(0.14)
    expect(after).toBeLessThan(0.2)
  })

  it('a capacity without segments is that of all rows', () => {
    const target: ThresholdTarget = { kind: 'capacity', perDay: 40, delta: 0.05 }
    const all = requestOf([...sample('s', 700), ...sample('t', 700), ...sample(null, 700)], target)
    const report = chooseThresholds({ ...all, rule: { target } })
    // 4 200 rows over 14 days: 300 a day.
    const { after } = report.total.actionRate
    expect(after).toBeGreaterThan(0.1)
    expect(after).toBeLessThan(40 / 300)
  })

  it('a capacity above the volume lets all but the lowest score be acted on', () => {
    const report = chooseThresholds(requestOf(rows, { kind: 'capacity', perDay: 1e6, delta: 0.05 }))
    expect(segmentOf(report, 's').actionRate.after).toBeGreaterThan(0.95)
  })

  it('a precision is proven or nothing is', () => {
    const random = randomFrom('precision')
    const likely = Array.from({ length: 2000 }, (): Row => {
      const score = random.unit()
      return { segment: 's', score, label: random.unit() < score ? 1 : 0 }
    })
    const at = (precision: number) =>
      segmentOf(chooseThresholds(requestOf(likely, { kind: 'precision', precision, delta: 0.05 })), 's')
    expect(at(0.8)).toMatchObject({ from: 'own', guarantee: 'P(precision < 0.8) ≤ 0.05' })
    expect(at(0.8).realised.precision).toBeGreaterThan(0.8)
    // Scores above t are right (1 + t)/2 of the time, so 0.6 and more would do; proof costs a little.
    expect(at(0.8).value).toBeGreaterThan(0.6)
    expect(at(0.8).value).toBeLessThan(0.8)
    expect(at(0.999)).toMatchObject({ change: 'infeasible', value: 0.5 })
  })

  it('the lowest cost moves only where it is surely cheaper', () => {
    const target: ThresholdTarget = { kind: 'cost', falsePositive: 1, falseNegative: 4 }
    const far = chooseThresholds(requestOf(rows, target, { start: 0.99 }))
    const { value, guarantee } = segmentOf(far, 's')
    expect(value).toBeLessThan(0.5)
    expect(guarantee).toBe('P(cost not below that of the former threshold) ≤ 0.05')
    const near = chooseThresholds(requestOf(rows, target, { start: value + 0.0005 }))
    expect(segmentOf(near, 's')).toMatchObject({ from: 'kept', value: value + 0.0005, guarantee: null })
    // Three rows on each half are too few to be sure of anything.
    expect(segmentOf(far, 't').change).not.toBe('moved')
  })
})

describe('inheritance', () => {
  it('goes by what most rows of a segment say, and a value may be called like its parent', () => {
    const rows = [...sample('a', 20), ...sample('b', 20), ...sample('c', 400), ...sample('all', 3)]
    const parents = rows.map(({ segment }, at) =>
      segment === 'c' ? 'c' : at === 0 || segment === 'all' ? null : 'x',
    )
    const request = requestOf(rows, fpr, { rule: { within: ['parent'] } })
    const columns = { ...request.rows.columns, parent: coded(parents) }
    const { segments } = chooseThresholds({ ...request, rows: { ...request.rows, columns } }).set
    expect(segments['a']).toMatchObject({
      from: 'pooled(parent=x)',
      rows: 20,
      guarantee: 'P(FPR > 0.1) ≤ 0.05, for pooled(parent=x) together',
    })
    expect(segments['b']).toEqual({ ...segments['a'], matured: segments['b']?.matured })
    expect(segments['c']?.from).toBe('own')
    expect(segments['all']?.from).toBe('infeasible')
  })
})

describe('what a threshold set would do', () => {
  const rows: Row[] = [
    ...[0.1, 0.3, 0.45, 0.6, 0.7, 0.9].map(score => ({ segment: 's', score, label: score > 0.5 ? 1 : 0 })),
    ...[0.2, 0.8].map(score => ({ segment: null, score, label: Number.NaN })),
  ].flatMap(row => [row, row])

  it('counts who is newly acted on and who no longer, per week, with an upper bound', () => {
    const target: ThresholdTarget = { kind: 'actionRate', rate: 0.5, atMost: false, delta: 0.05 }
    const former = chooseThresholds(requestOf(rows, target, { start: 0.65 }))
    expect(former.set.segments['s']).toMatchObject({ value: 0.65, from: 'kept' })
    const edited = { ...former.set, segments: { s: { ...former.set.otherwise, value: 0.4 } } }
    const report = chooseThresholds(
      requestOf(rows, target, {
        former: edited,
        formerScores: Float64Array.from(rows, row => row.score / 2),
      }),
    )
    const { actionRate, flips, realised } = segmentOf(report, 's')
    // Halved scores above 0.4: only 0.45. Scores above 0.4: 0.45, 0.6, 0.7 and 0.9.
    expect(actionRate).toEqual({ before: 1 / 6, after: 4 / 6 })
    expect(realised).toEqual({ fpr: 1 / 3, recall: 1, precision: 0.75 })
    const weeks = 13 / 7
    expect(flips).toMatchObject({ newlyActed: 3, noLonger: 0, perWeek: (0.5 * 12) / weeks })
    expect(isDefined(flips.perWeekUpper) && flips.perWeekUpper > 6 / weeks).toBe(true)
    expect(report.examples.map(each => [each.row, each.segment, each.score, each.names['number']])).toEqual([
      ...[
        [15, '(missing)', 0.8, 15],
        [9, 's', 0.7, 9],
        [7, 's', 0.6, 7],
        [5, 's', 0.45, 5],
      ],
    ])
    expect(report.segments.map(each => each.segment)).toEqual(['s', '(otherwise)'])
  })

  it('acts by the segment, and by the threshold for all others where it is unknown or missing', () => {
    const request = requestOf(rows, fpr)
    const set = chooseThresholds(request).set
    const edited = {
      ...set,
      otherwise: { ...set.otherwise, value: 0.5 },
      segments: { s: { ...set.otherwise, value: 0.6 }, gone: set.otherwise },
    }
    const acted = actionsOf(edited, request.rows, request.scores).filter((_, row) => row % 2 === 0)
    expect([...acted]).toEqual([0, 0, 0, 0, 1, 1, 0, 1])
    expect([...actionsOf({ threshold: 0.1 }, request.rows, request.scores)].slice(0, 4)).toEqual([0, 0, 1, 1])
  })

  it('numbers name segments as requests do', () => {
    const numbered = judged(rows, {
      columns: { segment: Float64Array.from(rows, (_, at) => (at < 4 ? -0 : Number.NaN)) },
    })
    const set = chooseThresholds(requestOf(rows, fpr, { rows: numbered })).set
    expect(Object.keys(set.segments)).toEqual(['0'])
  })
})

describe('over many simulated segments', () => {
  it('the share that violates its target is at most the stated risk, in one cycle and after several', () => {
    const once = simulateThresholds({
      segments: 1000,
      n: 300,
      rate: 0.1,
      delta: 0.05,
      seed: 'thresholds-once',
    })
    expect(once.violated).toBeLessThanOrEqual(once.limit)
    expect(once.violatedByQuantile).toBeGreaterThan(0.3)
    const often = simulateThresholds({
      ...{ segments: 400, n: 200, rate: 0.1, delta: 0.05 },
      cycles: 4,
      seed: 'thresholds-often',
    })
    expect(often.violated).toBeLessThanOrEqual(often.limit)
  })
})
