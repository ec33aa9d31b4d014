/** The parts of a time format in order of their groups, with the text it must fit. */
export interface TimeFormat {
  /** Pattern of the whole text, one group a part. */
  readonly pattern: string
  readonly parts: readonly TimePart[]
}
export type TimePart = 'Y' | 'm' | 'd' | 'H' | 'M' | 'S' | 'f' | 'z' | 'j'

const digits: Readonly<Record<TimePart, string>> = {
  Y: '([0-9]{4})',
  m: '([0-9]{2})',
  d: '([0-9]{2})',
  H: '([0-9]{2})',
  M: '([0-9]{2})',
  S: '([0-9]{2})',
  f: '([0-9]{1,6})',
  z: '(Z|[+-][0-9]{2}:[0-9]{2})',
  j: '([0-9]{3})',
}

/** Reads a format of %Y %m %d %H %M %S %f %z %j %% and text, or says what is wrong with it. */
export function parseTimeFormat(format: string): TimeFormat | { readonly problem: string } {
  const parts: TimePart[] = []
  let pattern = ''
  for (const [token] of format.matchAll(/%(?:.|$)|[^%]/gsu)) {
    const part = token.slice(1)
    if (token === '%%') pattern += '%'
    else if (!token.startsWith('%')) pattern += token.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
    else if (part in digits) {
      parts.push(part as TimePart)
      pattern += digits[part as TimePart]
    } else return { problem: `"${token}" is not one of %Y %m %d %H %M %S %f %z %j %%` }
  }
  const has = (part: TimePart): boolean => parts.includes(part)
  if (new Set(parts).size < parts.length) return { problem: 'a part occurs twice' }
  if (has('j') && (has('m') || has('d'))) return { problem: '%j and %m or %d name the day twice' }
  if (!has('Y')) return { problem: 'without %Y it is no instant' }
  if (has('d') && !has('m')) return { problem: '%d needs %m' }
  return { pattern: `^${pattern}$`, parts }
}
