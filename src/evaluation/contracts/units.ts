import type { CodedColumn } from '../slices/coded-column.ts'

/** Entity of each of some rows, numbered 0 … count − 1 in the order in which they first occur. */
export interface Units {
  readonly of: Int32Array
  readonly count: number
  /** Some entity has more than one of the rows. */
  readonly repeat: boolean
}

/** Numbers the entities of rows; rows without an entity, and all where there is none, are their own. */
export function unitsOf(rows: Int32Array, entities: CodedColumn | undefined): Units {
  const of = new Int32Array(rows.length)
  if (entities === undefined) {
    for (let at = 0; at < of.length; at++) of[at] = at
    return { of, count: of.length, repeat: false }
  }
  const known = new Int32Array(entities.dictionary.length).fill(-1)
  let count = 0
  for (let at = 0; at < rows.length; at++) {
    const code = entities.codes[rows[at] as number] as number
    const number = code < 0 ? -1 : (known[code] as number)
    if (number >= 0) of[at] = number
    else {
      if (code >= 0) known[code] = count
      of[at] = count++
    }
  }
  return { of, count, repeat: count < rows.length }
}
