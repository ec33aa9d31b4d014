import { FettleError } from '../../kernel/errors/index.ts'

export const maxDepth = 32
const maxNumberLength = 64

/** A number of JSON text kept as text, because a double might not hold it: `9007199254740993`, `1e400`. */
export class JsonNumber {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const tokenPattern = /true|false|null|NaN|-?Infinity/y
const tokens: Readonly<Record<string, boolean | number | null>> = {
  true: true,
  false: false,
  null: null,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
}

/**
 * JSON with nothing lost: numbers are JsonNumber, and the tokens NaN, Infinity and -Infinity are the JavaScript
 * numbers of that name (whether they may stand there is for the caller to say). The last of equal keys wins.
 * Throws BAD_JSON with the position, or TOO_DEEP below 32 levels.
 */
export function parseLossless(text: string): unknown {
  let at = 0

  function fail(what: string): never {
    throw new FettleError('BAD_JSON', `the body is not JSON: ${what} at character ${at}`, { details: { at } })
  }

  function skipBlanks(): void {
    for (;;) {
      const code = text.charCodeAt(at)
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return
      at += 1
    }
  }

  function match(pattern: RegExp): string | undefined {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    if (found !== undefined) at += found.length
    return found
  }

  function parseString(): string {
    const start = at
    for (at += 1; at < text.length; at += 1) {
      const code = text.charCodeAt(at)
      if (code === 34) {
        at += 1
        try {
          return JSON.parse(text.slice(start, at)) as string
        } catch {
          at = start
          fail('a bad string')
        }
      }
      if (code === 92) at += 1
    }
    return fail('a string that is not closed')
  }

  function parseValue(depth: number): unknown {
    skipBlanks()
    const first = text[at]
    if (first === '"') return parseString()
    if (first === '{' || first === '[') {
      if (depth >= maxDepth)
        throw new FettleError('TOO_DEEP', `the body is nested deeper than ${maxDepth} levels`)
      return first === '{' ? parseObject(depth + 1) : parseArray(depth + 1)
    }
    const token = match(tokenPattern)
    if (token !== undefined) return tokens[token]
    const number = match(numberPattern)
    if (number === undefined || number === '')
      return fail(at >= text.length ? 'it ends too early' : 'an unexpected character')
    if (number.length > maxNumberLength) fail(`a number of more than ${maxNumberLength} characters`)
    return new JsonNumber(number)
  }

  function parseArray(depth: number): unknown[] {
    const items: unknown[] = []
    at += 1
    skipBlanks()
    if (text[at] === ']') {
      at += 1
      return items
    }
    for (;;) {
      items.push(parseValue(depth))
      skipBlanks()
      const next = text[at++]
      if (next === ']') return items
      if (next !== ',') {
        at -= 1
        fail('neither , nor ]')
      }
    }
  }

  function parseObject(depth: number): Record<string, unknown> {
    const members: Record<string, unknown> = Object.create(null)
    at += 1
    skipBlanks()
    if (text[at] === '}') {
      at += 1
      return members
    }
    for (;;) {
      skipBlanks()
      if (text[at] !== '"') fail('no key')
      const key = parseString()
      skipBlanks()
      if (text[at++] !== ':') fail('no : behind a key')
      members[key] = parseValue(depth)
      skipBlanks()
      const next = text[at++]
      if (next === '}') return members
      if (next !== ',') {
        at -= 1
        fail('neither , nor }')
      }
    }
  }

  const value = parseValue(0)
  skipBlanks()
  if (at < text.length) fail('something behind the value')
  return value
}
