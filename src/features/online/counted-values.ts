import { cellBytes, parseType, type Value, valueOrder } from '../../kernel/values/index.ts'

/** A value and how often it occurs. */
export interface CountedValue {
  readonly value: Value
  count: number
}

/** Distinct values with their counts: NaN is one value; bytes, lists and maps are told apart by what they hold. */
export interface CountedValues {
  readonly size: number
  add(value: Value, count: number): void
  /** In no order. */
  entries(): readonly CountedValue[]
  /** Least first (features.md §1.4). */
  sorted(): readonly CountedValue[]
  clear(): void
}

export function countValues(type: string): CountedValues {
  const node = parseType(type)
  const composite = node.kind === 'list' || node.kind === 'map' || type === 'bytes'
  const identity = composite ? (value: Value) => cellBytes(type, value).toString('latin1') : undefined
  const order = valueOrder(type)
  const found = new Map<Value, CountedValue>()
  return {
    get size() {
      return found.size
    },
    add: (value, count) => {
      const key = identity ? identity(value) : value
      const known = found.get(key)
      if (known) known.count += count
      else found.set(key, { value, count })
    },
    entries: () => [...found.values()],
    sorted: () => [...found.values()].sort((left, right) => order(left.value, right.value)),
    clear: () => found.clear(),
  }
}
