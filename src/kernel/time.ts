import { FettleError } from './errors/index.ts'

/** Microseconds since 1970-01-01T00:00:00Z. Exact over the years 0001 to 9999. */
export type Micros = bigint

const unitMicros = {
  us: 1n,
  ms: 1_000n,
  s: 1_000_000n,
  m: 60_000_000n,
  h: 3_600_000_000n,
  d: 86_400_000_000n,
} as const

/** A positive whole number and a unit: `500ms`, `15m`, `24h`, `7d`. A day is 24 hours. */
export type Duration = `${number}${keyof typeof unitMicros}`

/** Microseconds of a duration; throws BAD_DURATION for anything that is not a positive one. */
export function parseDuration(text: string): Micros {
  const match = /^([1-9][0-9]{0,14})(us|ms|s|m|h|d)$/.exec(text)
  if (!match) {
    throw new FettleError(
      'BAD_DURATION',
      `"${text}" is not a duration: write a whole number and us, ms, s, m, h or d`,
    )
  }
  const [, amount = '', unit = 's'] = match
  return BigInt(amount) * unitMicros[unit as keyof typeof unitMicros]
}

/** The shortest exact form: 3_600_000_000n is `1h`. */
export function formatDuration(micros: Micros): string {
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    if (micros % unitMicros[unit] === 0n) return `${micros / unitMicros[unit]}${unit}`
  }
  return `${micros}us`
}

/** RFC 3339 in UTC with six fraction digits, the only form Fettle writes. */
export function formatTimestamp(micros: Micros): string {
  let seconds = micros / 1_000_000n
  let fraction = micros % 1_000_000n
  if (fraction < 0n) {
    fraction += 1_000_000n
    seconds -= 1n
  }
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
  return `${whole}.${fraction.toString().padStart(6, '0')}Z`
}

const rfc3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(Z|[+-]\d{2}:\d{2})$/

/** Microseconds of an RFC 3339 text with zone; undefined if it is none, or is finer than a microsecond. */
export function parseTimestamp(text: string): Micros | undefined {
  const match = rfc3339.exec(text)
  if (!match) return undefined
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = '', zone = 'Z'] =
    match
  const significant = fraction.replace(/0+$/, '')
  if (significant.length > 6 || year === '0000') return undefined
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  date.setUTCHours(Number(hour), Number(minute), Number(second))
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  let micros = BigInt(date.getTime()) * 1000n + BigInt(significant.padEnd(6, '0') || '0')
  if (zone !== 'Z') {
    const [hours = '0', minutes = '0'] = zone.slice(1).split(':')
    if (Number(hours) > 23 || Number(minutes) > 59) return undefined
    const offset = (BigInt(hours) * 60n + BigInt(minutes)) * unitMicros.m
    micros += zone.startsWith('+') ? -offset : offset
  }
  return micros
}
