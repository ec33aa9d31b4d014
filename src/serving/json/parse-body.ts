import { isAscii, isUtf8 } from 'node:buffer'
import { FettleError } from '../../kernel/errors/index.ts'
import { maxDepth, parseLossless } from './lossless.ts'
import { mayLoseDigits } from './may-lose-digits.ts'

export interface ParseOptions {
  /** True when the signature has whole-number columns. */
  readonly integers: boolean
}

/**
 * The JSON value of a body. Uses JSON.parse where the result is provably the same, else the lossless parser, whose
 * numbers may be JsonNumber. Throws BAD_JSON (empty, byte-order mark, trailing bytes), BAD_UTF8 or TOO_DEEP.
 */
export function parseBody(body: Buffer, options: ParseOptions): unknown {
  return parseJson(bodyText(body), options)
}

function bodyText(body: Buffer): string {
  if (body.length === 0) throw new FettleError('BAD_JSON', 'the body is empty: send one JSON value')
  if (isAscii(body)) return body.toString('latin1')
  if (!isUtf8(body)) throw new FettleError('BAD_UTF8', 'the body is not UTF-8')
  if (body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf) {
    throw new FettleError('BAD_JSON', 'the body begins with a byte-order mark: leave it out')
  }
  return body.toString('utf8')
}

export function parseJson(text: string, options: ParseOptions): unknown {
  if (mayBeTooDeep(text)) checkDepth(text)
  if (mayLoseDigits(text, options.integers)) return parseLossless(text)
  try {
    return JSON.parse(text)
  } catch {
    // NaN tokens are ours; anything else fails again, with a position.
    return parseLossless(text)
  }
}

function mayBeTooDeep(text: string): boolean {
  let opened = 0
  for (let at = -1; opened <= maxDepth; opened++) {
    const array = text.indexOf('[', at + 1)
    if (array < 0) break
    at = array
  }
  if (opened > maxDepth) return true
  for (let at = -1; opened <= maxDepth; opened++) {
    const object = text.indexOf('{', at + 1)
    if (object < 0) return false
    at = object
  }
  return true
}

/** Brackets in strings do not count. */
function checkDepth(text: string): void {
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (inString) {
      if (code === 92) at += 1
      else if (code === 34) inString = false
    } else if (code === 34) inString = true
    else if (code === 91 || code === 123) {
      if (++depth > maxDepth)
        throw new FettleError('TOO_DEEP', `the body is nested deeper than ${maxDepth} levels`)
    } else if (code === 93 || code === 125) depth -= 1
  }
}
