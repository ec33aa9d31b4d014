import type { Micros } from '../../kernel/time.ts'
import type { Bytes } from './ports.ts'
import { leftEdge, reach, type WindowPlan } from './window-plan.ts'
import { encodeWindow } from './window-record.ts'
import type { WindowRow } from './window-row.ts'

/**
 * A generation of a window view answers every question from `start` on. Where many rows are still to come, it is cut
 * into epochs: epoch i holds complete records for start + i·length ≤ q < start + (i+1)·length (the last one for all later
 * q), with what is visible at its start in tiles and only the rows that appear during it kept as rows. A read is then one
 * record of bounded size, however far ahead the source was read.
 */
export interface Epochs {
  readonly start: Micros
  readonly length: Micros
  readonly count: number
  /** Rows that become visible later than this are not there. */
  readonly until: Micros
}

const day = 86_400_000_000n
const mostEpochs = 400n

/** One epoch a day, fewer and longer ones beyond 400 days. */
export function planEpochs(start: Micros, until: Micros): Epochs {
  const span = until > start ? until - start : 0n
  const days = (span + day - 1n) / day
  const length = days > mostEpochs ? (span + mostEpochs - 1n) / mostEpochs : day
  return {
    start,
    length,
    count: Math.max(1, Number((span + length - 1n) / length)),
    until: until > start ? until : start,
  }
}

/** The epoch that answers questions asked at q. */
export function epochAt(
  { start, length, count }: Pick<Epochs, 'start' | 'length' | 'count'>,
  q: Micros,
): number {
  if (q <= start || count === 1) return 0
  const index = Number((q - start) / length)
  return index < count ? index : count - 1
}

/** When the row is first seen: after it happened (e < q) and as soon as it is known. */
export function windowVisibleFrom(row: Pick<WindowRow, 'event' | 'known'>, latest: boolean): Micros {
  const happened = row.event + 1n
  return latest || row.known === null || row.known < happened ? happened : row.known
}

/** The records of one key, by epoch; epochs in which nothing can count for it have none. Rows are in the order of §3.2. */
export function epochRecords(
  plan: WindowPlan,
  epochs: Epochs,
  rows: readonly WindowRow[],
): readonly { readonly epoch: number; readonly bytes: Bytes }[] {
  const records: { epoch: number; bytes: Bytes }[] = []
  for (let epoch = 0; epoch < epochs.count; epoch++) {
    const start = epochs.start + BigInt(epoch) * epochs.length
    const bytes = encodeWindow(
      plan,
      epochContent(plan, rows, {
        start,
        end: epoch === epochs.count - 1 ? epochs.until : start + epochs.length,
      }),
    )
    if (bytes !== undefined) records.push({ epoch, bytes })
  }
  return records
}

function epochContent(
  plan: WindowPlan,
  rows: readonly WindowRow[],
  { start, end }: { start: Micros; end: Micros },
) {
  const oldest = reach(plan, start)
  const tiled: WindowRow[] = []
  const kept: WindowRow[] = []
  for (let i = oldest === null ? 0 : firstFrom(rows, oldest); i < rows.length; i++) {
    const row = rows[i]
    if (row === undefined || row.event >= end) break
    if (row.until !== null && row.until <= start) continue
    const from = windowVisibleFrom(row, plan.latest)
    if (from <= start && (row.until === null || row.until > end)) tiled.push(row)
    else if (from <= end) kept.push(row)
  }
  return { tiled, kept, from: plan.groups.map(group => leftEdge(group, start)) }
}

/** Index of the first row with an event time at or after `edge`. */
function firstFrom(rows: readonly WindowRow[], edge: Micros): number {
  let [low, high] = [0, rows.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((rows[middle]?.event ?? edge) < edge) low = middle + 1
    else high = middle
  }
  return low
}
