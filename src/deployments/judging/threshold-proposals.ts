import type { ThresholdSetData } from '../../definitions/index.ts'
import type { SegmentPreview, ThresholdsReport } from '../../evaluation/index.ts'
import type { Proposal } from '../../governance/index.ts'
import type { Json } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { isDefined, type Quantity } from '../../kernel/statistics/index.ts'
import { parseTimestamp } from '../../kernel/time.ts'
import { servedThreshold, type ThresholdChange } from '../releases/changed-thresholds.ts'
import type { ThresholdsOrder } from '../releases/prepare-thresholds.ts'

/** What a suggestion of a threshold keeps beside its values: all that applying and judging it takes. */
export interface ThresholdDetails extends ThresholdChange {
  /** Stored training set the value was chosen from; its other half judges it. */
  readonly set: string
  /** Digest of the model version whose scores it was chosen for. */
  readonly model: string
  /** Instant of the project when it was chosen, RFC 3339. */
  readonly asOf: string
  readonly basis: ThresholdSetData['basis']
  /** Name of the pool that decided; null: the segment's own rows. */
  readonly pool: string | null
  readonly preview: Pick<
    SegmentPreview,
    'change' | 'needed' | 'actionRate' | 'realised' | 'flips' | 'shrunkFpr'
  >
}

/** One suggestion for every segment whose threshold would move (releases.md §7), in the order of the report. */
export function thresholdProposals(
  order: ThresholdsOrder,
  { segments, set }: Pick<ThresholdsReport, 'segments' | 'set'>,
): readonly Proposal[] {
  const serving = order.request.champion?.thresholdSet ?? null
  return segments.flatMap(each => {
    const old = each.former ?? servedBefore(order, placeOf(each.segment, set).segment)
    return moves.has(each.change) && old !== each.value
      ? [proposalOf(order, { each, set, serving, old })]
      : []
  })
}

function proposalOf(order: ThresholdsOrder, moved: Moved): Proposal {
  const { each, set, old } = moved
  const place = placeOf(each.segment, set)
  return {
    kind: 'threshold',
    subject: `deployment:${order.request.deployment}`,
    rule: set.rule.target.kind,
    ruleHash: order.ruleHash,
    ruleBy: order.author,
    segmentClass: set.rule.per ?? '',
    segment: place.segment ?? (set.rule.per === undefined ? '' : each.segment),
    cycle: order.cycle,
    title: `Threshold of ${place.said}`,
    old,
    proposed: each.value,
    interval: each.interval,
    flipsPerWeek: numberOr(each.flips.perWeek),
    flipsPerWeekUpper: numberOr(each.flips.perWeekUpper),
    rows: each.rows,
    matured: each.matured,
    window: { from: set.basis.from, to: set.basis.to, rowSet: set.basis.rowSet },
    capHit: each.capHit,
    details: detailsOf(order, moved) as unknown as Json,
    expiresAt: instantOf(order.expiresAt),
  }
}

const moves: ReadonlySet<SegmentPreview['change']> = new Set(['moved', 'capped', 'new'])

function placeOf(segment: string, { segments, rule }: ThresholdSetData) {
  if (Object.hasOwn(segments, segment)) return { segment, said: segment }
  return { segment: null, said: rule.per === undefined ? 'all' : 'all others' }
}

function servedBefore({ request }: ThresholdsOrder, segment: string | null): number | null {
  const { champion } = request
  const set = champion?.thresholdSet
  return servedThreshold(set, segment)?.value ?? set?.otherwise.value ?? champion?.action?.threshold ?? null
}

interface Moved {
  readonly each: SegmentPreview
  readonly set: ThresholdSetData
  readonly serving: ThresholdSetData | null
  /** What serves now. */
  readonly old: number | null
}

function detailsOf(order: ThresholdsOrder, { each, set, serving }: Moved): ThresholdDetails {
  const { segment } = placeOf(each.segment, set)
  const { change, needed, actionRate, realised, flips, shrunkFpr } = each
  const known = segment === null ? set.otherwise : set.segments[segment]
  const unlisted = Object.keys(set.segments).filter(name => servedThreshold(serving, name) === undefined)
  return {
    segment,
    threshold: known ?? set.otherwise,
    ...(segment === null && unlisted.length > 0 ? { unlisted } : {}),
    set: order.request.set?.id ?? '',
    model: order.request.candidate.digest,
    asOf: order.asOf,
    basis: set.basis,
    pool: /^pooled\((.*)\)$/s.exec(each.from)?.[1] ?? null,
    preview: { change, needed, actionRate, realised, flips, shrunkFpr },
  }
}

function numberOr(quantity: Quantity): number | null {
  return isDefined(quantity) ? quantity : null
}

function instantOf(text: string): bigint {
  const at = parseTimestamp(text)
  if (at === undefined) throw new FettleError('STEP_OUTPUT_INVALID', `${text} is no instant`)
  return at
}
