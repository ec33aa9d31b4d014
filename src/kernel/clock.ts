import type { Micros } from './time.ts'

/** Where "now" comes from. Nothing in Fettle reads the machine's clock but through this port. */
export interface Clock {
  /** UTC, microseconds since the epoch. */
  nowMicros(): Micros
}

/** The machine's clock, in microseconds (the resolution is the platform's). */
export const systemClock: Clock = {
  nowMicros: () => BigInt(Date.now()) * 1000n,
}

/** A clock that stands still until it is set: for tests, and for replaying recorded traffic. */
export interface SettableClock extends Clock {
  set(now: Micros): void
}

export function settableClock(start: Micros): SettableClock {
  let now = start
  return {
    nowMicros: () => now,
    set: next => {
      now = next
    },
  }
}
