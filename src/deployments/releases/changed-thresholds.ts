import type { SegmentThreshold, ThresholdRuleData, ThresholdSetData } from '../../definitions/index.ts'
import { canonicalJson, type Json } from '../../kernel/canonical.ts'

/** A threshold that somebody decided on. */
export interface ThresholdChange {
  /** Null: of the rows of no listed segment, or of all where there is one threshold. */
  readonly segment: string | null
  readonly threshold: SegmentThreshold
  /** Segments that the change for all others does not mean: they are listed with what serves them. */
  readonly unlisted?: readonly string[] | undefined
}

export interface ChangedTerms {
  readonly action: { readonly name: string; readonly threshold: number }
  readonly rule: ThresholdRuleData
  readonly ruleHash: string
  /** Of the rows the changes rest on. */
  readonly basis: ThresholdSetData['basis']
}

/**
 * The threshold set that serves, with changes and nothing else: what is carried over keeps its value and says which rows it
 * rests on. Without a set, or with one by another column, the declared threshold is where all others start.
 */
export function changedThresholds(
  serving: ThresholdSetData | null,
  { action, rule, ruleHash, basis }: ChangedTerms,
  changes: readonly ThresholdChange[],
): ThresholdSetData {
  const before =
    serving !== null && serving.rule.per === rule.per
      ? carried(serving, basis)
      : { otherwise: kept(action.threshold, null), segments: {} }
  const segments: Record<string, SegmentThreshold> = { ...before.segments }
  let { otherwise } = before
  for (const { segment, threshold, unlisted = [] } of changes) {
    if (segment !== null) {
      segments[segment] = threshold
      continue
    }
    for (const name of unlisted)
      if (!Object.hasOwn(segments, name))
        segments[name] = kept(before.otherwise.value, before.otherwise.value)
    otherwise = threshold
  }
  return { action: action.name, rule, ruleHash, otherwise, segments, basis }
}

function carried(
  { otherwise, segments, basis: former }: ThresholdSetData,
  basis: ThresholdSetData['basis'],
): Pick<ThresholdSetData, 'otherwise' | 'segments'> {
  const same = canonicalJson(former as unknown as Json) === canonicalJson(basis as unknown as Json)
  const rested = (each: SegmentThreshold): SegmentThreshold =>
    same || each.basis !== undefined ? each : { ...each, basis: former }
  return {
    otherwise: rested(otherwise),
    segments: Object.fromEntries(Object.entries(segments).map(([name, each]) => [name, rested(each)])),
  }
}

function kept(value: number, former: number | null): SegmentThreshold {
  const nothing = { rows: 0, matured: 0, pool: 0, guarantee: null, interval: null, candidate: null }
  return { ...nothing, value, from: 'kept', former, capHit: false }
}

/** What a person set instead: it has no promise. */
export function editedThreshold(suggested: SegmentThreshold, value: number): SegmentThreshold {
  return {
    ...suggested,
    ...{ value, from: 'edited', guarantee: null, interval: null, candidate: null, capHit: false },
  }
}

/** What serves a segment by a set; undefined where it is not listed. */
export function servedThreshold(
  set: ThresholdSetData | null | undefined,
  segment: string | null,
): SegmentThreshold | undefined {
  if (!set) return undefined
  if (segment === null) return set.otherwise
  return Object.hasOwn(set.segments, segment) ? set.segments[segment] : undefined
}
