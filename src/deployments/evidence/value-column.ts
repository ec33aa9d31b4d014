import type { CodedColumn } from '../../evaluation/index.ts'
import type { Value } from '../../kernel/values/model.ts'
import { growingDoubles, growingIntegers } from './growing.ts'

/** A column of values as they come: numbers until the first text, texts from then on, whatever came before. */
export interface ValueColumn {
  push(value: Value | undefined): void
  values(): Float64Array | CodedColumn
  keep(mask: Uint8Array): void
  /** Nothing but missing values so far. */
  readonly empty: boolean
}

export function valueColumn(): ValueColumn {
  const numbers = growingDoubles()
  const texts = growingIntegers()
  const dictionary: string[] = []
  const known = new Map<string, number>()
  let [isText, empty] = [false, true]
  const codeOf = (text: string): number => {
    let code = known.get(text)
    if (code === undefined) {
      code = dictionary.push(text) - 1
      known.set(text, code)
    }
    return code
  }
  const becomeText = (): void => {
    isText = true
    for (const number of numbers.values()) texts.push(Number.isNaN(number) ? -1 : codeOf(String(number + 0)))
  }
  return {
    get empty() {
      return empty
    },
    push(value) {
      const cell = cellOf(value)
      if (cell !== null) empty = false
      if (typeof cell === 'string' && !isText) becomeText()
      if (isText) texts.push(cell === null ? -1 : codeOf(String(cell)))
      else numbers.push(cell === null ? Number.NaN : Number(cell))
    },
    values: () => (isText ? { codes: texts.values(), dictionary } : numbers.values()),
    keep(mask) {
      if (isText) texts.keep(mask)
      else numbers.keep(mask)
    },
  }
}

/** As training sets hold it: booleans are 0 and 1, timestamps microseconds; what has no order and no text is missing. */
function cellOf(value: Value | undefined): number | string | null {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return Number.isNaN(value) ? null : value + 0
  return typeof value === 'boolean' || typeof value === 'bigint' ? Number(value) : null
}
