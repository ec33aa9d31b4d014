import type { ThresholdsView } from '../../../api/judged.ts'
import { shortNumber } from '../../components/measured.tsx'
import { formatShare } from '../../format.ts'

export type SegmentView = ThresholdsView['segments'][number]
type Target = ThresholdsView['set']['rule']['target']

/** What the rule aims at, as a sentence. */
export function targetText(target: Target): string {
  switch (target.kind) {
    case 'fpr':
      return `At most ${formatShare(target.rate)} of the negatives are acted on, with a risk of ${formatShare(target.delta)} that it is more.`
    case 'actionRate':
      return `${target.atMost ? 'At most ' : ''}${formatShare(target.rate)} of all rows are acted on${target.atMost ? `, with a risk of ${formatShare(target.delta)} that it is more` : ''}.`
    case 'precision':
      return `At least ${formatShare(target.precision)} of what is acted on is positive, with a risk of ${formatShare(target.delta)} that it is less.`
    case 'cost':
      return `Least cost, at ${shortNumber(target.falsePositive)} per false positive and ${shortNumber(target.falseNegative)} per missed positive.`
    case 'capacity':
      return `At most ${shortNumber(target.perDay)} actions a day, with a risk of ${formatShare(target.delta)} that it is more.`
  }
}

/** Where a value comes from; only `own` is a promise for the segment itself. */
export function fromText(from: string): string {
  const pooled = /^pooled\((.*)\)$/.exec(from)
  if (pooled) return `pooled with ${pooled[1]}`
  const words: Readonly<Record<string, string>> = {
    own: 'its own rows',
    kept: 'kept: still holds',
    infeasible: 'infeasible: what served goes on',
    edited: 'edited by a person',
  }
  return words[from] ?? from
}

/** The promise in words; that of a pool says itself that it is not one for the segment. */
export function promiseText({ guarantee, from, needed, pool }: SegmentView): string {
  if (guarantee === null)
    return from === 'infeasible' ? `none: ${shortNumber(pool)} of ${shortNumber(needed)} rows` : 'none'
  return guarantee
}

export const changeWords: Readonly<Record<SegmentView['change'], readonly [look: string, word: string]>> = {
  moved: ['info', 'moved'],
  capped: ['warn', 'capped'],
  new: ['collected', 'new'],
  kept: ['reused', 'kept'],
  infeasible: ['inconclusive', 'infeasible'],
}

const columns = [
  ['segment', (each: SegmentView) => each.segment],
  ['old', each => each.former],
  ['new', each => each.value],
  ['uncapped', each => each.candidate],
  ['change', each => each.change],
  ['from', each => each.from],
  ['guarantee', each => each.guarantee],
  ['lower', each => each.interval?.lower ?? null],
  ['upper', each => each.interval?.upper ?? null],
  ['rows', each => each.rows],
  ['matured', each => each.matured],
  ['pool', each => each.pool],
  ['needed', each => each.needed],
  ['acted_before', each => numberOr(each.actionRate.before)],
  ['acted_after', each => numberOr(each.actionRate.after)],
  ['fpr', each => numberOr(each.realised.fpr)],
  ['flips_per_week', each => numberOr(each.flips.perWeek)],
  ['flips_per_week_upper', each => numberOr(each.flips.perWeekUpper)],
] as const satisfies readonly (readonly [string, (each: SegmentView) => string | number | null])[]

/** All numbers of all segments; what is undefined is empty. RFC 4180. */
export function segmentsToCsv(segments: readonly SegmentView[]): string {
  const cell = (value: string | number | null) => {
    const text = value === null ? '' : String(value)
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  return `${[
    columns.map(([name]) => name).join(','),
    ...segments.map(each => columns.map(([, value]) => cell(value(each))).join(',')),
  ].join('\r\n')}\r\n`
}

export function numberOr(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}
