import { type Output, reserveBytes } from '../written-bytes.ts'

/** Any text, as UTF-8. */
export function addText(out: Output, text: string): void {
  reserveBytes(out, text.length * 3)
  out.length = writeText(out.bytes, out.length, text)
}

// The writers below write at `at`, where there must be room, and give the place behind. They are the inner loops of answers.

/** Room a number takes at most, with quotation marks and a comma. */
export const numberRoom = 32

const shortText = 64

/** Room for three bytes a UTF-16 unit is needed. */
export function writeText(bytes: Buffer, at: number, text: string): number {
  if (text.length > shortText) return at + bytes.write(text, at, 'utf8')
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 0x7f) return at + bytes.write(text, at, 'utf8')
    bytes[at + i] = unit
  }
  return at + text.length
}

const billion = 1_000_000_000

/** The digits of a safe integer. */
export function writeInteger(bytes: Buffer, at: number, value: number): number {
  if (value < 0) {
    bytes[at] = 0x2d
    return writeInteger(bytes, at + 1, -value)
  }
  if (value >= billion) {
    const high = Math.floor(value / billion)
    const low = value - high * billion
    const end = writeThree(bytes, writeInteger(bytes, at, high), Math.floor(low / 1_000_000))
    return writeSix(bytes, end, low % 1_000_000)
  }
  const end = at + digitsOf(value)
  let rest = value | 0
  for (let place = end - 1; place >= at; place--) {
    const tenth = (rest / 10) | 0
    bytes[place] = 0x30 + rest - tenth * 10
    rest = tenth
  }
  return end
}

function digitsOf(value: number): number {
  if (value < 1000) return value < 10 ? 1 : value < 100 ? 2 : 3
  if (value < 1e6) return value < 1e4 ? 4 : value < 1e5 ? 5 : 6
  return value < 1e7 ? 7 : value < 1e8 ? 8 : 9
}

/** Two digits. */
export function writeTwo(bytes: Buffer, at: number, value: number): number {
  const tens = (value / 10) | 0
  bytes[at] = 0x30 + tens
  bytes[at + 1] = 0x30 + value - tens * 10
  return at + 2
}

/** Three digits. */
export function writeThree(bytes: Buffer, at: number, value: number): number {
  const hundreds = (value / 100) | 0
  bytes[at] = 0x30 + hundreds
  return writeTwo(bytes, at + 1, value - hundreds * 100)
}

/** Six digits. */
export function writeSix(bytes: Buffer, at: number, value: number): number {
  const thousands = (value / 1000) | 0
  return writeThree(bytes, writeThree(bytes, at, thousands), value - thousands * 1000)
}

/**
 * A finite number as JavaScript writes it; −0 as `-0.0`. A double that is nearest to a decimal of at most fifteen digits
 * has no shorter text than that decimal: with four places, its digits are those of an integer.
 */
export function writeDouble(bytes: Buffer, at: number, value: number): number {
  const size = Math.abs(value)
  const scaled = Math.round(size * 10_000)
  if (!(size < 2 ** 31 && scaled / 10_000 === size)) return writeText(bytes, at, `${value}`)
  if (value < 0 || Object.is(value, -0)) bytes[at++] = 0x2d
  const whole = Math.floor(scaled / 10_000)
  let places = scaled - whole * 10_000
  at = writeInteger(bytes, at, whole)
  if (places === 0) return Object.is(value, -0) ? writeText(bytes, at, '.0') : at
  bytes[at++] = 0x2e
  for (let unit = 1000; places > 0; unit /= 10) {
    const digit = (places / unit) | 0
    bytes[at++] = 0x30 + digit
    places -= digit * unit
  }
  return at
}
