import type { Value } from './model.ts'
import { parseType, type TypeNode } from './types.ts'

/** Negative, 0 or positive, as for Array.sort. */
export type Compare = (left: Value, right: Value) => number

/**
 * The order of values of one type (features.md §1.4): null lowest, false < true, numbers by value with −0 < +0 and NaN
 * greatest, strings by UTF-8 bytes, bytes and lists lexicographic, maps by their entries in key order.
 */
export function valueOrder(type: string): Compare {
  return nullsFirst(order(parseType(type)))
}

function order(type: TypeNode): Compare {
  if (type.kind === 'list') return listOrder(nullsFirst(order(type.element)))
  if (type.kind === 'map') return mapOrder(nullsFirst(order(type.value)))
  if (type.kind === 'decimal') return less
  switch (type.name) {
    case 'float64':
    case 'float32':
      return (left, right) => compareFloats(left as number, right as number)
    case 'string':
      return (left, right) => compareText(left as string, right as string)
    case 'bytes':
      return (left, right) => Buffer.compare(left as Uint8Array, right as Uint8Array)
    default:
      return less
  }
}

function nullsFirst(compare: Compare): Compare {
  return (left, right) => {
    if (left === null || right === null) return left === right ? 0 : left === null ? -1 : 1
    return compare(left, right)
  }
}

const less: Compare = (left, right) => {
  const [a, b] = [left as number | bigint | boolean, right as number | bigint | boolean]
  return a < b ? -1 : a > b ? 1 : 0
}

/** Numbers by value, −0 < +0, NaN greatest and equal to itself. */
export function compareFloats(left: number, right: number): number {
  if (left < right) return -1
  if (left > right) return 1
  if (Object.is(left, right)) return 0
  if (Number.isNaN(left)) return 1
  if (Number.isNaN(right)) return -1
  return Object.is(left, -0) ? -1 : 1
}

/** Order of UTF-8 bytes, which is the order of code points and not that of UTF-16 units. */
export function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index++) {
    const [a, b] = [left.charCodeAt(index), right.charCodeAt(index)]
    if (a !== b) return codePointRank(a) - codePointRank(b)
  }
  return left.length - right.length
}

/** Surrogates stand for code points above every other unit. */
function codePointRank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000
}

function listOrder(element: Compare): Compare {
  return (left, right) => {
    const [a, b] = [left as readonly Value[], right as readonly Value[]]
    for (let index = 0; index < Math.min(a.length, b.length); index++) {
      const difference = element(a[index] ?? null, b[index] ?? null)
      if (difference !== 0) return difference
    }
    return a.length - b.length
  }
}

function mapOrder(value: Compare): Compare {
  const entry: Compare = (left, right) => {
    const [[keyA = null, a = null], [keyB = null, b = null]] = [left as Value[], right as Value[]]
    return compareText(keyA as string, keyB as string) || value(a, b)
  }
  const entries = listOrder(entry)
  return (left, right) =>
    entries(
      sortedEntries(left as ReadonlyMap<string, Value>),
      sortedEntries(right as ReadonlyMap<string, Value>),
    )
}

/** Entries of a map in UTF-8 order of their keys. */
export function sortedEntries(map: ReadonlyMap<string, Value>): readonly (readonly [string, Value])[] {
  return [...map].sort(([left], [right]) => compareText(left, right))
}
