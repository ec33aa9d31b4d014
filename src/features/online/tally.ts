import type { Micros } from '../../kernel/time.ts'

/** Counts of the chunks written so far; part of the checkpoint, so that a resumed run reports the whole. */
export interface TallyCounts {
  applied: number
  superseded: number
  deferred: number
  tooLate: number
  neverKnown: number
  keys: number
  bytes: number
  /** Known time of the newest row that is visible now, as decimal text. */
  newest: string | null
}

export interface Tally {
  read: number
  readonly counts: TallyCounts
  readonly skipped: { null_key: number; null_event_time: number }
  skip(nullKey: number, nullEventTime: number): void
  /** Notes the known time of a row that counts now. */
  sees(known: Micros | null): void
}

export function createTally(counts?: TallyCounts): Tally {
  let newest = counts?.newest ? BigInt(counts.newest) : null
  const tally: Tally = {
    read: 0,
    counts: {
      ...(counts ?? {
        applied: 0,
        superseded: 0,
        deferred: 0,
        tooLate: 0,
        neverKnown: 0,
        keys: 0,
        bytes: 0,
        newest: null,
      }),
    },
    skipped: { null_key: 0, null_event_time: 0 },
    skip: (nullKey, nullEventTime) => {
      tally.skipped.null_key = nullKey
      tally.skipped.null_event_time = nullEventTime
    },
    sees: known => {
      if (known === null || (newest !== null && known <= newest)) return
      newest = known
      tally.counts.newest = known.toString()
    },
  }
  return tally
}
