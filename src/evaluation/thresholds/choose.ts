import type { ThresholdRuleData, ThresholdSetData } from '../../definitions/index.ts'
import { contentHash, type Json } from '../../kernel/canonical.ts'
import { inheritPools } from '../../kernel/statistics/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type { ThresholdsReport } from '../reports/thresholds.ts'
import type { JudgedRows } from '../rows.ts'
import { actionsBySegment, actionsOf } from './actions.ts'
import { busyDays } from './busy-day.ts'
import { checkThresholdRows } from './check-threshold-rows.ts'
import { type ChosenValue, chooseValue, type PooledRows, type SegmentToChoose } from './choose-value.ts'
import { costGuard } from './cost-guard.ts'
import { newlyActed } from './examples.ts'
import { type ScoresBySegment, scoresBySegment } from './pool-scores.ts'
import { countEffect, spanOf } from './preview.ts'
import { reportSegments } from './report-segments.ts'
import { leafCode, leafNode, rootNode, type Segments, segmentsOf, segmentTree } from './segments.ts'
import { type Choice, type PoolCounts, type TargetRule, targetRule } from './target-rule.ts'

export interface ThresholdsRequest {
  readonly rows: JudgedRows
  /** Calibrated scores of the model that is to serve. */
  readonly scores: Float64Array
  /** Row numbers thresholds are chosen from, and others on which their effect is shown (releases.md §2). */
  readonly choose: Int32Array
  readonly judge: Int32Array
  readonly rule: ThresholdRuleData
  /** Name of the action. */
  readonly action: string
  /** Serves until the rule has chosen, and where nothing can be promised. */
  readonly start: number
  /** What serves now; null: the start. One by another column is compared with, and not moved from. */
  readonly former: ThresholdSetData | null
  /** Scores of the model that serves now; absent: it is the same. */
  readonly formerScores?: Float64Array
  /** Least matured share of the cohorts among the rows. Default 0.9. */
  readonly maturity?: number
}

/** Changes with every change of what is computed here: part of the rule's hash. */
const method = 'fettle-thresholds/1'
const defaultMaxStep = 0.05

/** Of a rule and the code that computes it: what is suggested by other code is another rule. */
export function thresholdRuleHash(rule: ThresholdRuleData): string {
  return contentHash({ rule, method } as unknown as Json)
}

/**
 * Chooses the thresholds of a rule by segment and shows what they would do (releases.md §6). Only labelled rows of `choose`
 * decide; what is realised is counted on `judge`. Throws COLUMN_MISSING for a segment column that the rows lack, and what
 * {@link checkThresholdRows} refuses. A segment for which nothing can be promised keeps what serves and says `infeasible`.
 */
export function chooseThresholds(request: ThresholdsRequest): ThresholdsReport {
  const { rows, scores, choose, judge, rule, start, former, formerScores = scores } = request
  checkThresholdRows({ rows, scores: [scores, formerScores], choose, judge, target: rule.target })
  const segments = segmentsOf(rows, rule)
  const chosen = chooseAll(request, segments)
  const set = setOf(request, chosen)
  const serves = former ?? { threshold: start }
  const effect = {
    before:
      former === null || former.rule.per === rule.per
        ? actionsBySegment(serves, segments, formerScores)
        : actionsOf(former, rows, formerScores),
    after: actionsBySegment(set, segments, scores),
  }
  const counts = countEffect(rows, effect, { segments, choose, judge })
  const { weeks } = spanOf(rows, [choose, judge])
  return {
    schema: 1,
    set,
    ...reportSegments(chosen, { counts, names: segments.names, weeks, single: rule.per === undefined }),
    examples: newlyActed(rows, { scores, effect, segments, judge }),
  }
}

/** Chosen values by the text of a segment, and for all others. */
export interface ChosenThresholds {
  readonly segments: ReadonlyMap<string, ChosenValue>
  readonly otherwise: ChosenValue
}

/** Values of other segments, or of none, say nothing of these. */
function comparable({ former, rule }: ThresholdsRequest): ThresholdSetData | null {
  return former !== null && former.rule.per === rule.per ? former : null
}

function chooseAll(request: ThresholdsRequest, segments: Segments): ChosenThresholds {
  const { rows, scores, choose, judge, rule, start } = request
  const former = comparable(request)
  const bySegment = scoresBySegment(rows, scores, { segments, chosen: choose })
  const target = targetRule(rule.target, {
    busyDay: rule.target.kind === 'capacity' ? busyDays(rows, segments, [choose, judge]) : () => 0,
    surelyCheaper:
      rule.target.kind === 'cost' ? costGuard({ rows, scores, segments, judge }, rule.target) : () => false,
  })
  const terms = {
    rule: target,
    start,
    maxStep: rule.maxStep ?? defaultMaxStep,
    ...(rule.maxRateChange === undefined ? {} : { maxRateChange: rule.maxRateChange }),
  }
  const pools = poolMaker(bySegment, target)
  const everything = [...segments.names.keys(), segments.names.length].filter(
    code => bySegment.counts(code).rows > 0,
  )
  const all = pools(everything, rule.per === undefined ? null : rootNode)
  const otherwise = chooseValue(
    {
      ...{ own: all.counts, ownScores: all.scores, pool: all },
      former: former ? { value: former.otherwise.value, listed: true } : undefined,
    },
    terms,
  )
  if (rule.per === undefined) return { segments: new Map(), otherwise }
  const chosen = segmentsToChoose({ ...request, former }, segments, pools, target).map(
    ([name, segment]) => [name, chooseValue(segment, terms)] as const,
  )
  return { segments: new Map([...gone(former, chosen), ...chosen]), otherwise }
}

type PoolMaker = (codes: readonly number[], from: string | null) => PooledRows

/** Pools by their members, each made once; choices by what serves, each made once. */
function poolMaker(bySegment: ScoresBySegment, target: TargetRule): PoolMaker {
  const made = new Map<string, PooledRows>()
  return (codes, from) => {
    const key = `${from ?? ''}|${codes.join(',')}`
    const known = made.get(key)
    if (known) return known
    const counts = countsOf(bySegment, codes)
    const scores = bySegment.pool(codes)
    const choices = new Map<number, Choice | undefined>()
    const choice = (serves: number) => {
      if (!choices.has(serves)) choices.set(serves, target.choose(scores, counts, serves))
      return choices.get(serves)
    }
    const pool = { from, counts, scores, choice }
    made.set(key, pool)
    return pool
  }
}

function countsOf(bySegment: ScoresBySegment, codes: readonly number[]): PoolCounts {
  const sum = { rows: 0, positives: 0, negatives: 0 }
  for (const code of codes) {
    const more = bySegment.counts(code)
    sum.rows += more.rows
    sum.positives += more.positives
    sum.negatives += more.negatives
  }
  return { ...sum, segments: codes }
}

/** Every segment that has a row in either half, with its own rows or those of the ancestor it inherits from. */
function segmentsToChoose(
  { rows, choose, judge, rule, former }: ThresholdsRequest,
  segments: Segments,
  pools: PoolMaker,
  target: TargetRule,
): readonly (readonly [string, SegmentToChoose])[] {
  const present = presentCodes(segments, [choose, judge])
  const tree = segmentTree(rows, segments, { within: rule.within ?? [], present })
  const codesOf = (leaves: readonly string[]) => leaves.map(leafCode)
  const enough = (leaves: readonly string[]) => {
    const { counts } = pools(codesOf(leaves), rootNode)
    return target.counted(counts) >= target.needed(counts)
  }
  const assigned = inheritPools(tree, enough)
  return assigned.map(({ segment, from, pool }) => {
    const code = leafCode(segment)
    const name = segments.names[code] ?? ''
    const own = pools([code], null)
    const listed = former !== null && Object.hasOwn(former.segments, name)
    const value = listed ? former.segments[name]?.value : former?.otherwise.value
    const toChoose = {
      ...{ own: own.counts, ownScores: own.scores },
      pool: from === leafNode(code) ? own : pools(codesOf(pool), from ?? rootNode),
      former: value === undefined ? undefined : { value, listed },
    }
    return [name, toChoose]
  })
}

function presentCodes({ names, codes }: Segments, halves: readonly Int32Array[]): number[] {
  const seen = new Uint8Array(names.length)
  for (const half of halves) for (const row of half) if ((codes[row] ?? -1) >= 0) seen[codes[row] ?? 0] = 1
  return [...seen.keys()].filter(code => seen[code] === 1)
}

/** Segments of the former set that have no rows now keep what they have; nothing is promised any more. */
function gone(
  former: ThresholdSetData | null,
  chosen: readonly (readonly [string, ChosenValue])[],
): readonly (readonly [string, ChosenValue])[] {
  const present = new Set(chosen.map(([name]) => name))
  const left = Object.entries(former?.segments ?? {}).filter(([name]) => !present.has(name))
  return left.map(([name, { value }]) => {
    const nothing = { rows: 0, matured: 0, pool: 0, guarantee: null, interval: null, candidate: null }
    const threshold = { ...nothing, value, from: 'kept', former: value, capHit: false }
    return [name, { threshold, change: 'kept', needed: 0 }]
  })
}

function setOf(
  { rows, choose, rule, action, maturity = 0.9 }: ThresholdsRequest,
  { segments, otherwise }: ChosenThresholds,
): ThresholdSetData {
  const { from, to } = spanOf(rows, [choose])
  const instant = (micros: number) => (Number.isFinite(micros) ? formatTimestamp(BigInt(micros)) : null)
  return {
    action,
    rule,
    ruleHash: thresholdRuleHash(rule),
    otherwise: otherwise.threshold,
    segments: Object.fromEntries([...segments].sort(byText).map(([name, each]) => [name, each.threshold])),
    basis: { rowSet: rows.hash, from: instant(from), to: instant(to), maturity },
  }
}

function byText([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0
}
