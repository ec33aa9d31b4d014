import { createHash } from 'node:crypto'
import { Cron } from 'croner'
import { FettleError } from '../../kernel/errors/index.ts'
import { type Micros, parseDuration } from '../../kernel/time.ts'

/** When something recurs. Instants are nominal: those of the calendar, whenever a clock is looked at. */
export interface Recurrence {
  /** The first instant after the given one. */
  next(after: Micros): Micros
}

const minute = 60_000_000n

/**
 * Reads a schedule: a duration (`15m`: multiples of it since 1970), `hourly`, `daily`, `weekly` or `monthly`, or five cron
 * fields in UTC (both day fields given: either matches). The words are placed by a hash of the name, so that not
 * everything starts at once. Throws BAD_SCHEDULE.
 */
export function parseSchedule(text: string, name: string): Recurrence {
  if (/^\d+[a-z]+$/.test(text)) return every(durationOf(text))
  const cron = words[text]?.(spread(name)) ?? text
  if (cron.trim().split(/\s+/).length !== 5) throw badSchedule(text)
  return fromCron(text, cron)
}

const words: Readonly<Record<string, (at: { readonly minute: number; readonly hour: number }) => string>> = {
  hourly: at => `${at.minute} * * * *`,
  daily: at => `${at.minute} ${at.hour} * * *`,
  weekly: at => `${at.minute} ${at.hour} * * 1`,
  monthly: at => `${at.minute} ${at.hour} 1 * *`,
}

/** Between midnight and six in the morning, when little else runs. */
function spread(name: string): { readonly minute: number; readonly hour: number } {
  const digest = createHash('sha256').update(name).digest()
  return { minute: digest.readUInt32BE(0) % 60, hour: digest.readUInt32BE(4) % 6 }
}

function durationOf(text: string): Micros {
  const micros = parseDuration(text)
  if (micros >= minute) return micros
  throw new FettleError('BAD_SCHEDULE', `the schedule "${text}" recurs more often than once a minute`)
}

function every(step: Micros): Recurrence {
  return { next: after => (after / step + (after >= 0n ? 1n : 0n)) * step }
}

function fromCron(text: string, pattern: string): Recurrence {
  let cron: Cron
  try {
    cron = new Cron(pattern, { timezone: 'UTC', mode: '5-part', paused: true })
  } catch (cause) {
    throw badSchedule(text, cause)
  }
  const next = (after: Micros): Micros => {
    const found = cron.nextRun(new Date(Number(after / 1000n)))
    if (found === null) throw new FettleError('BAD_SCHEDULE', `the schedule "${text}" never comes`)
    return BigInt(found.getTime()) * 1000n
  }
  next(0n)
  return { next }
}

function badSchedule(text: string, cause?: unknown): FettleError {
  return new FettleError('BAD_SCHEDULE', `"${text}" is no schedule`, { cause })
}
