const [digit, dot, exponentMark, sign] = [1, 2, 3, 4]
const kinds = new Uint8Array(128)
for (const [characters, kind] of [
  ['0123456789', digit],
  ['.', dot],
  ['eE', exponentMark],
  ['+-', sign],
] as const)
  for (const character of characters) kinds[character.charCodeAt(0)] = kind

const longestNumber = 64
/** 2^53 + 1 has as many, and would come out rounded. */
const riskyDigits = 16

/**
 * True where some number of JSON text may not survive JSON.parse: more than 64 characters, an exponent of three digits,
 * and, where whole numbers are expected, 16 digits or an exponent of two. Digits in strings count too: a false alarm
 * costs time only. One pass, no backtracking.
 */
export function mayLoseDigits(text: string, integers: boolean): boolean {
  const riskyExponent = integers ? 2 : 3
  let length = 0
  let digits = 0
  /** Digits of the exponent; -1: not in one. */
  let exponent = -1
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const kind = code < 128 ? kinds[code] : 0
    if (kind === 0) {
      length = 0
      digits = 0
      exponent = -1
      continue
    }
    if (++length > longestNumber) return true
    if (kind === digit) {
      digits += 1
      if (exponent >= 0 && ++exponent >= riskyExponent) return true
      if (integers && digits >= riskyDigits) return true
    } else if (kind === dot) {
      if (digits > 0 && ++digits >= riskyDigits && integers) return true
      exponent = -1
    } else {
      digits = 0
      if (kind === exponentMark) exponent = 0
      else if (exponent !== 0) exponent = -1
    }
  }
  return false
}
