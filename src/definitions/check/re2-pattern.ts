/**
 * A pattern in the syntax that RE2 and JavaScript share, with one meaning in both: text, `.`, classes, groups,
 * alternatives, repetition, `^`, `$`, `\b`. Flags, look-around, back-references, named groups and Unicode classes are
 * refused. Gives the source of a JavaScript expression (to be compiled with the flag `u`), or what is wrong.
 */
export function translatePattern(
  pattern: string,
): { readonly source: string } | { readonly problem: string } {
  let source = ''
  for (let at = 0; at < pattern.length; ) {
    const token = tokenAt(pattern, at)
    if (typeof token === 'string') return { problem: token }
    source += token.source
    at += token.length
  }
  try {
    new RegExp(source, 'u')
    return { source }
  } catch (error) {
    return { problem: (error as Error).message }
  }
}

interface Token {
  readonly length: number
  readonly source: string
}

/** RE2's blanks; those of JavaScript hold more. */
const blanks = '\\t\\n\\f\\r '

function tokenAt(pattern: string, at: number): Token | string {
  const rest = pattern.slice(at)
  if (rest.startsWith('\\')) return escaped(rest, false)
  if (rest.startsWith('[')) return characterClass(rest)
  if (rest.startsWith('(?') && !rest.startsWith('(?:'))
    return `"${rest.slice(0, 4)}": flags, look-around and named groups are not portable`
  if (rest.startsWith('{') || /^[*+?]{2}[*+]/.test(rest) || /^[*+]\+/.test(rest)) {
    const counted = /^\{(\d{1,3})(,(\d{1,3})?)?\}\??(?![*+{])/.exec(rest)
    return counted
      ? { length: counted[0].length, source: counted[0] }
      : `"${rest.slice(0, 4)}" is no repetition`
  }
  // Any code point but a line feed, as in RE2.
  if (rest.startsWith('.')) return { length: 1, source: '[^\\n]' }
  const character = String.fromCodePoint(rest.codePointAt(0) ?? 0)
  return { length: character.length, source: character === '/' ? '\\/' : character }
}

function escaped(rest: string, inClass: boolean): Token | string {
  const character = rest[1] ?? ''
  if (/^\\x[0-9a-fA-F]{2}/.test(rest)) return { length: 4, source: rest.slice(0, 4) }
  if (character === 's') return { length: 2, source: inClass ? blanks : `[${blanks}]` }
  if (character === 'S' && !inClass) return { length: 2, source: `[^${blanks}]` }
  if (/[dDwW]/.test(character) || (/[bB]/.test(character) && !inClass) || /[tnrfv]/.test(character))
    return { length: 2, source: `\\${character}` }
  if (/[\\^$.*+?()[\]{}|/]/.test(character) || (inClass && character === '-'))
    return { length: 2, source: `\\${character}` }
  if (character === '-') return { length: 2, source: '-' }
  return `"\\${character}" does not mean the same everywhere`
}

function characterClass(rest: string): Token | string {
  const start = rest.startsWith('[^') ? 2 : 1
  let source = rest.slice(0, start)
  if (rest[start] === ']') return 'a class cannot begin with "]": write \\]'
  for (let at = start; at < rest.length; ) {
    if (rest[at] === ']') return { length: at + 1, source: `${source}]` }
    if (rest[at] === '[') return 'a "[" inside a class must be written \\['
    const character = String.fromCodePoint(rest.codePointAt(at) ?? 0)
    const token =
      character === '\\' ? escaped(rest.slice(at), true) : { length: character.length, source: character }
    if (typeof token === 'string') return token
    source += token.source
    at += token.length
  }
  return 'a class is not closed'
}
