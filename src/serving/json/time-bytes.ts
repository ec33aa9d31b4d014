import { formatTimestamp } from '../../kernel/time.ts'
import { writeSix, writeText, writeTwo } from './text-bytes.ts'

const dayMicros = 86_400_000_000
/** The day whose date was written last. */
let today = Number.NaN
let date = ''
/** Room an RFC 3339 time takes. */
export const timeRoom = 32

/**
 * Writes times as RFC 3339 in UTC, without quotation marks: with six digits, or with 0, 3 or 6, whichever say it all
 * (`short`). Times are µs that are safe integers; those of an answer are mostly of a few days.
 */
export function timeWriter(short: boolean): (bytes: Buffer, at: number, micros: number) => number {
  return (bytes, at, micros) => {
    const near = Math.floor(micros / dayMicros)
    // The quotient may have been rounded up to a whole day.
    const day = near * dayMicros > micros ? near - 1 : near
    if (day !== today) {
      date = formatTimestamp(BigInt(day * dayMicros)).slice(0, 11)
      today = day
    }
    const rest = micros - day * dayMicros
    const seconds = Math.floor(rest / 1_000_000)
    const minutes = (seconds / 60) | 0
    at = writeText(bytes, at, date)
    at = writeTwo(bytes, at, (minutes / 60) | 0)
    bytes[at++] = 0x3a
    at = writeTwo(bytes, at, minutes % 60)
    bytes[at++] = 0x3a
    at = writeTwo(bytes, at, seconds % 60)
    const fraction = rest - seconds * 1_000_000
    if (!short || fraction > 0) {
      at = writeSix(bytes, writePoint(bytes, at), fraction)
      if (short && fraction % 1000 === 0) at -= 3
    }
    bytes[at++] = 0x5a
    return at
  }
}

function writePoint(bytes: Buffer, at: number): number {
  bytes[at] = 0x2e
  return at + 1
}
