import { FettleError } from '../kernel/errors/index.ts'

const maxDepth = 32

/** The JSON value of a request body. Throws BAD_JSON with the byte offset of the first wrong byte, or TOO_DEEP. */
export function parseJsonBody(body: Uint8Array): unknown {
  if (body.length === 0) return undefined
  const text = decodeUtf8(body)
  refuseDepth(text)
  try {
    return JSON.parse(text)
  } catch {
    const at = findJsonError(text)
    const offset = Buffer.byteLength(text.slice(0, at))
    const found =
      at >= text.length
        ? 'the body ends too early'
        : `${JSON.stringify(text.slice(at, at + 1))} cannot stand here`
    throw new FettleError('BAD_JSON', `the body is not JSON: at byte ${offset} ${found}`, {
      details: { offset },
    })
  }
}

function decodeUtf8(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    throw new FettleError('BAD_JSON', 'the body is not UTF-8', {
      details: { offset: firstInvalidByte(body) },
    })
  }
}

function firstInvalidByte(body: Uint8Array): number {
  let low = 0
  let high = body.length
  const decodes = (length: number) => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(body.subarray(0, length), { stream: true })
      return true
    } catch {
      return false
    }
  }
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (decodes(middle)) low = middle
    else high = middle - 1
  }
  return low
}

function refuseDepth(text: string): void {
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (inString) {
      if (code === 0x5c) at++
      else if (code === 0x22) inString = false
    } else if (code === 0x22) inString = true
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > maxDepth) {
        throw new FettleError('TOO_DEEP', `the body is nested deeper than ${maxDepth} levels`, {
          details: { limit: maxDepth },
        })
      }
    } else if (code === 0x7d || code === 0x5d) depth--
  }
}

const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings may not hold raw control characters
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const literal = /true|false|null/y
const blank = /[ \t\n\r]*/y

/** UTF-16 index of the first character at which the text stops being a prefix of one JSON value; its length if it only ends too early. */
export function findJsonError(text: string): number {
  let at = 0
  const eat = (pattern: RegExp) => {
    pattern.lastIndex = at
    if (!pattern.test(text)) return false
    at = pattern.lastIndex
    return true
  }
  const eatChar = (char: string) => {
    if (text[at] !== char) return false
    at++
    return true
  }
  const items = (close: string, item: () => boolean): boolean => {
    eat(blank)
    if (eatChar(close)) return true
    for (;;) {
      if (!item()) return false
      eat(blank)
      if (eatChar(close)) return true
      if (!eatChar(',')) return false
    }
  }
  const member = (): boolean => {
    eat(blank)
    if (!eat(string)) return false
    eat(blank)
    return eatChar(':') && value()
  }
  const value = (): boolean => {
    eat(blank)
    if (eatChar('{')) return items('}', member)
    if (eatChar('[')) return items(']', value)
    return eat(string) || eat(number) || eat(literal)
  }
  if (value()) eat(blank)
  return at
}
