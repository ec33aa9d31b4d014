import { JsonNumber, type LosslessJson } from '../kernel/values/index.ts'
import { first } from './compare.ts'
import type { VectorObject } from './model.ts'
import { list, object, optionalNumber, optionalText, texts } from './read.ts'

/** How a found value differs from a pattern of a transcript; undefined when it matches. */
export function patternDifference(
  found: LosslessJson | undefined,
  pattern: LosslessJson,
  place: string,
): string | undefined {
  if (pattern instanceof Map) return objectDifference(found, pattern, place)
  if (Array.isArray(pattern)) return listDifference(found, pattern, place)
  const equal =
    pattern instanceof JsonNumber
      ? found instanceof JsonNumber && Number(found.text) === Number(pattern.text)
      : found === pattern
  return equal ? undefined : differs(found, pattern, place)
}

function differs(found: LosslessJson | undefined, pattern: LosslessJson, place: string): string {
  return `${place} is ${shown(found)}, expected ${shown(pattern)}`
}

const matchers: Readonly<
  Record<
    string,
    (found: LosslessJson | undefined, pattern: VectorObject, place: string) => string | undefined
  >
> = {
  $any: found => (found === undefined ? 'absent' : undefined),
  $int: found =>
    found instanceof JsonNumber && /^-?\d+$/.test(found.text) ? undefined : 'no integer written as a number',
  $re: (found, pattern) =>
    typeof found === 'string' && new RegExp(optionalText(pattern.get('$re')) ?? '', 's').test(found)
      ? undefined
      : `not matched by ${shown(pattern.get('$re'))}`,
  $len: (found, pattern) =>
    Array.isArray(found) && found.length === optionalNumber(pattern.get('$len'))
      ? undefined
      : `no list of ${shown(pattern.get('$len'))}`,
  $unordered: (found, pattern, place) =>
    permuted(list(found), list(pattern.get('$unordered')), place)
      ? undefined
      : `not the elements ${shown(pattern.get('$unordered'))} in any order`,
  $sorted: (found, pattern, place) =>
    patternDifference(found, texts(pattern.get('$sorted')).sort(), place) === undefined
      ? undefined
      : `not ${shown(pattern.get('$sorted'))}, sorted`,
}

function objectDifference(
  found: LosslessJson | undefined,
  pattern: VectorObject,
  place: string,
): string | undefined {
  const matcher = Object.keys(matchers).find(name => pattern.has(name))
  if (matcher !== undefined) {
    const fault = matchers[matcher]?.(found, pattern, place)
    return fault === undefined ? undefined : `${place} is ${shown(found)}: ${fault}`
  }
  if (!(found instanceof Map)) return differs(found, pattern, place)
  const members = object(found)
  return first(
    ...[...pattern].map(([key, value]) =>
      members.has(key)
        ? patternDifference(members.get(key), value, `${place}/${key}`)
        : `${place}/${key} is absent, expected ${shown(value)}`,
    ),
  )
}

function listDifference(
  found: LosslessJson | undefined,
  pattern: readonly LosslessJson[],
  place: string,
): string | undefined {
  if (!Array.isArray(found) || found.length !== pattern.length) return differs(found, [...pattern], place)
  return first(...pattern.map((each, at) => patternDifference(found[at], each, `${place}/${at}`)))
}

/** Whether every pattern can be given an element of its own. */
function permuted(found: readonly LosslessJson[], patterns: readonly LosslessJson[], place: string): boolean {
  const [head, ...rest] = patterns
  if (found.length !== patterns.length) return false
  if (head === undefined) return true
  return found.some(
    (each, at) =>
      patternDifference(each, head, place) === undefined && permuted(found.toSpliced(at, 1), rest, place),
  )
}

const shownLength = 300

function shown(json: LosslessJson | undefined): string {
  const text = JSON.stringify(plain(json)) ?? 'absent'
  return text.length <= shownLength ? text : `${text.slice(0, shownLength)}…`
}

function plain(json: LosslessJson | undefined): unknown {
  if (json instanceof JsonNumber) return Number(json.text)
  if (Array.isArray(json)) return json.map(plain)
  return json instanceof Map ? Object.fromEntries([...json].map(([key, value]) => [key, plain(value)])) : json
}

/** What stands at a JSON Pointer, where `*` stands for every element of a list and gives a list. */
export function valueAt(json: LosslessJson | undefined, path: string): LosslessJson | undefined {
  return step(json, path.split('/').slice(1).map(unescaped))
}

function unescaped(name: string): string {
  return name.replaceAll('~1', '/').replaceAll('~0', '~')
}

function step(json: LosslessJson | undefined, names: readonly string[]): LosslessJson | undefined {
  const [name, ...rest] = names
  if (name === undefined) return json
  if (name === '*') return list(json).flatMap(each => step(each, rest) ?? [])
  return step(Array.isArray(json) ? json[Number(name)] : object(json).get(name), rest)
}
