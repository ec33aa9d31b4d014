import type { FlipReportView } from '../../../../api/stage-evidence.ts'

export type Flip = FlipReportView['flips'][number]
export type Way = 'challenger' | 'champion' | 'neither'
export type Right = 'challenger' | 'champion' | 'unknown'

/** Who acts where the other does not; `neither` where only the scores differ. */
export function wayOf({ champion, challenger }: Flip): Way {
  if (champion.acts === challenger.acts) return 'neither'
  return challenger.acts ? 'challenger' : 'champion'
}

/** Whose action the label bears out; unknown while there is none, or where both do the same. */
export function rightOf(flip: Flip): Right {
  const { label, champion, challenger } = flip
  if (label === null || champion.acts === challenger.acts) return 'unknown'
  return label > 0 === challenger.acts ? 'challenger' : 'champion'
}

export interface FlipFilter {
  readonly slice?: string | undefined
  readonly way?: string | undefined
  readonly who?: string | undefined
}

export function filterFlips(flips: readonly Flip[], { slice, way, who }: FlipFilter): readonly Flip[] {
  return flips.filter(
    flip =>
      (slice === undefined || flip.slices.includes(slice)) &&
      (way === undefined || wayOf(flip) === way) &&
      (who === undefined || rightOf(flip) === who),
  )
}

/** A text that a spreadsheet would take for a formula is not one. */
function cell(value: string | number | boolean | null): string {
  const text = value === null ? '' : String(value)
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** The flips as CSV (RFC 4180), a column for each name of a row. */
export function flipsToCsv(flips: readonly Flip[]): string {
  const names = [...new Set(flips.flatMap(({ names: own }) => Object.keys(own)))]
  const head = [
    ...['prediction_id', 'shadow_id', 'at', 'champion_score', 'champion_acts', 'challenger_score'],
    ...['challenger_acts', 'label', 'who_was_right', 'slices', ...names],
  ]
  const rows = flips.map(flip => [
    ...[flip.predictionId, flip.shadowId, flip.at, flip.champion.score, flip.champion.acts],
    ...[flip.challenger.score, flip.challenger.acts, flip.label, rightOf(flip), flip.slices.join('; ')],
    ...names.map(name => flip.names[name] ?? null),
  ])
  return `${[head, ...rows].map(row => row.map(cell).join(',')).join('\r\n')}\r\n`
}
