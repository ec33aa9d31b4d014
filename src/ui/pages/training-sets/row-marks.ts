import type { ExplainedTrainingRow } from '../../../api/catalog-rows.ts'
import { millis } from '../../format.ts'

export type Explained = ExplainedTrainingRow['lookups'][number]
type SourceRow = Extract<Explained, { kind: 'window' }>['first'][number]

/** A source row and its part in a value: used, or why not. */
export interface Mark {
  readonly row: SourceRow
  readonly used: boolean
  /** `used`, `the row used is newer`, … */
  readonly reason: string
}

const lossWords: Readonly<Record<string, string>> = {
  'later event': 'not used: it happened after the row’s time',
  'known only later': 'not used: it was known only after the row’s time',
  'never known': 'not used: nobody knows when it was known',
  'smaller in a tie': 'not used: of the same instant, and before the used one in the order',
  'older event': 'not used: the used one is newer',
}

const refusalWords: Readonly<Record<string, string>> = {
  tombstone: 'the newest, but it says the key was deleted: nothing is used',
  'outside look-back': 'the newest, but older than the look-back reaches: nothing is used',
}

/** The source rows of one lookup or window that are told, oldest event first. */
export function marksOf(part: Explained): readonly Mark[] {
  const marks = part.kind === 'lookup' ? lookupMarks(part) : windowMarks(part)
  return marks.toSorted((left, right) => eventOf(left) - eventOf(right))
}

function lookupMarks(part: Extract<Explained, { kind: 'lookup' }>): readonly Mark[] {
  const refused = refusalWords[part.refused ?? '']
  const winner = part.winner
    ? [{ row: part.winner, used: part.refused === null, reason: refused ?? 'used' }]
    : []
  const losers = part.losers.map(row => ({ row, used: false, reason: lossWords[row.reason] ?? row.reason }))
  return [...winner, ...losers]
}

function windowMarks(part: Extract<Explained, { kind: 'window' }>): readonly Mark[] {
  const counted = new Map([...part.first, ...part.last].map(row => [JSON.stringify(row), row]))
  return [
    ...[...counted.values()].map(row => ({ row, used: true, reason: 'counted' })),
    ...part.knownLater.map(row => ({
      row,
      used: false,
      reason: 'not counted: it was known only after the row’s time',
    })),
  ]
}

function eventOf({ row }: Mark): number {
  return row.eventTime === null ? Number.NEGATIVE_INFINITY : millis(row.eventTime)
}

export interface TimeRange {
  readonly from: number
  readonly to: number
}

/**
 * Milliseconds that a drawing of the marks covers, with room on both sides. An edge (start of the window or of the
 * look-back) far before the oldest mark stays outside, so that the marks do not crowd at the row's time.
 */
export function rangeOf(time: number, marks: readonly Mark[], edge: number | null): TimeRange {
  const times = marks
    .flatMap(({ row }) => [row.eventTime, row.knownTime])
    .flatMap(at => (at === null ? [] : [millis(at)]))
  const oldest = Math.min(time, ...times)
  const reach = Math.max(time - oldest, 1000)
  const begin = edge !== null && time - edge <= farAway * reach ? Math.min(edge, oldest) : oldest
  const end = Math.max(time, ...times)
  const room = 0.06 * Math.max(end - begin, 1000)
  return { from: begin - room, to: end + room }
}

const farAway = 6
