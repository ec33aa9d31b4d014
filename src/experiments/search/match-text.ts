import { RE2JS } from 're2js'
import type { Comparison, Test } from './ast.ts'

const maxRegex = 200

/** The character's lower case where that is one character; context plays no part (Unicode's simple mapping). */
export function simpleLower(text: string): string {
  let lower = ''
  for (const character of text) {
    const full = character.toLowerCase()
    lower += character === 'İ' ? 'i' : [...full].length === 1 ? full : character
  }
  return lower
}

/** `%` is any text, `_` any one character; there is no escape. */
export function likeMatcher(pattern: string, ignoreCase: boolean): (text: string) => boolean {
  const fold = ignoreCase ? simpleLower : (text: string) => text
  const parts = [...fold(pattern)]
  return text => matches(parts, [...fold(text)])
}

/** Goes back only to the last `%`: at most pattern times text steps. */
function matches(pattern: readonly string[], text: readonly string[]): boolean {
  let [at, from, retry, resume] = [0, 0, -1, 0]
  while (at < text.length) {
    const wanted = pattern[from]
    if (wanted === '%') {
      retry = ++from
      resume = at
    } else if (wanted !== undefined && (wanted === '_' || wanted === text[at])) {
      at++
      from++
    } else if (retry >= 0) {
      from = retry
      at = ++resume
    } else return false
  }
  return pattern.slice(from).every(each => each === '%')
}

/** What is wrong with a regular expression; undefined when it can be used. */
export function regexFault(pattern: string): string | undefined {
  if ([...pattern].length > maxRegex) return `the regular expression is longer than ${maxRegex} characters`
  try {
    RE2JS.compile(pattern)
    return undefined
  } catch {
    return `'${pattern}' is not a regular expression (RE2)`
  }
}

/** Finds the expression anywhere in a text, in time proportional to it. */
export function regexMatcher(pattern: string): (text: string) => boolean {
  const compiled = RE2JS.compile(pattern)
  return text => compiled.matcher(text).find()
}

const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i

/** The number a param writes; undefined when it is none. */
function numberOf(text: string): number | undefined {
  const trimmed = text.trim()
  return decimal.test(trimmed) ? Number(trimmed) : undefined
}

/** Whether a text passes a test that is decided here rather than by a database. */
export function textDecider(test: Test): (text: string) => boolean {
  if (test.kind === 'regex') return regexMatcher(test.pattern)
  if (test.kind !== 'compare' || typeof test.value === 'string')
    throw new Error(`a test of kind ${test.kind} is not decided in the program`)
  const { op, value } = test
  return text => {
    const number = numberOf(text)
    return number !== undefined && compares[op](number, value)
  }
}

const compares: Readonly<Record<Comparison, (one: number, other: number) => boolean>> = {
  '=': (one, other) => one === other,
  '!=': (one, other) => one !== other,
  '<': (one, other) => one < other,
  '<=': (one, other) => one <= other,
  '>': (one, other) => one > other,
  '>=': (one, other) => one >= other,
}
