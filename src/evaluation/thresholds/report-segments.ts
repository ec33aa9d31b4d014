import { isDefined, type Quantity, shrinkRates, undefinedBecause } from '../../kernel/statistics/index.ts'
import type { SegmentPreview, ThresholdsReport } from '../reports/thresholds.ts'
import type { ChosenThresholds } from './choose.ts'
import type { ChosenValue } from './choose-value.ts'
import { addCounts, type EffectCounts, noCounts, previewOf } from './preview.ts'

interface ReportContext {
  /** Per segment code, and last for rows without a segment. */
  readonly counts: readonly EffectCounts[]
  readonly names: readonly string[]
  readonly weeks: Quantity
  /** One threshold for all. */
  readonly single: boolean
}

/** Every segment with what its new value would do, largest upper bound of flips first. */
export function reportSegments(
  { segments, otherwise }: ChosenThresholds,
  { counts, names, weeks, single }: ReportContext,
): Pick<ThresholdsReport, 'segments' | 'total' | 'changes'> {
  const codes = new Map(names.map((name, code) => [name, code]))
  const total = noCounts()
  for (const each of counts) addCounts(total, each)
  const shown: { readonly segment: string; readonly chosen: ChosenValue; readonly counts: EffectCounts }[] = [
    ...[...segments].map(([segment, chosen]) => ({
      segment,
      chosen,
      counts: counts[codes.get(segment) ?? -1] ?? noCounts(),
    })),
    {
      segment: single ? 'all' : '(otherwise)',
      chosen: otherwise,
      counts: single ? total : (counts[names.length] ?? noCounts()),
    },
  ]
  const shrunk = shrinkRates(shown.map(each => ({ x: each.counts.fp, n: each.counts.negatives })))
  const previews = shown.map(
    ({ segment, chosen, counts }, at): SegmentPreview => ({
      segment,
      change: chosen.change,
      needed: chosen.needed,
      ...chosen.threshold,
      ...previewOf(counts, weeks),
      shrunkFpr: shrunk?.rates[at] ?? undefinedBecause('no-negatives'),
    }),
  )
  const changes = { kept: 0, moved: 0, capped: 0, infeasible: 0, new: 0 }
  for (const { change } of previews) changes[change]++
  return { segments: previews.sort(byFlips), total: previewOf(total, weeks), changes }
}

function byFlips(a: SegmentPreview, b: SegmentPreview): number {
  const upper = ({ flips }: SegmentPreview) => (isDefined(flips.perWeekUpper) ? flips.perWeekUpper : -1)
  const seen = ({ flips }: SegmentPreview) => flips.newlyActed + flips.noLonger
  return upper(b) - upper(a) || seen(b) - seen(a) || (a.segment < b.segment ? -1 : 1)
}
