/**
 * A map of the newest entries, in two generations: at least `size` and at most twice as many are kept, at the cost of one
 * lookup more and no walk.
 */
export interface Remembered<Value> {
  get(key: string): Value | undefined
  set(key: string, value: Value): void
  delete(key: string): void
}

export function remembered<Value>(size: number): Remembered<Value> {
  let young = new Map<string, Value>()
  let old = new Map<string, Value>()
  return {
    get: key => young.get(key) ?? old.get(key),
    set(key, value) {
      if (young.size >= size && !young.has(key)) {
        old = young
        young = new Map()
      }
      young.set(key, value)
    },
    delete(key) {
      young.delete(key)
      old.delete(key)
    },
  }
}
