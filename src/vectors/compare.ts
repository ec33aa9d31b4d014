import { cellBytes, encodeNative, type Field, type Value } from '../kernel/values/index.ts'

/** Where a value was expected and what it was; undefined when all are equal bit for bit, or within tolerance. */
export interface Expectation {
  readonly fields: readonly Field[]
  readonly rows: readonly (readonly Value[])[]
  /** Greatest absolute difference by column and row; 0 or absent: exact. */
  readonly tolerance?: (column: string, row: number) => number
}

export function firstDifference(
  found: readonly (readonly Value[])[],
  expected: Expectation,
): string | undefined {
  if (found.length !== expected.rows.length) return `${found.length} rows, expected ${expected.rows.length}`
  for (const [row, wanted] of expected.rows.entries()) {
    for (const [at, field] of expected.fields.entries()) {
      const [value = null, want = null] = [found[row]?.[at], wanted[at]]
      if (equal(field.type, value, want, expected.tolerance?.(field.name, row) ?? 0)) continue
      return `row ${row}, ${field.name}: ${encodeNative(field.type, value)}, expected ${encodeNative(field.type, want)}`
    }
  }
  return undefined
}

function equal(type: string, found: Value, wanted: Value, tolerance: number): boolean {
  if (Buffer.compare(cellBytes(type, found), cellBytes(type, wanted)) === 0) return true
  return (
    tolerance > 0 &&
    typeof found === 'number' &&
    typeof wanted === 'number' &&
    Math.abs(found - wanted) <= tolerance
  )
}

export function differentFields(found: readonly Field[], wanted: readonly Field[]): string | undefined {
  const [left, right] = [found, wanted].map(fields =>
    fields.map(field => `${field.name} ${field.type}`).join(', '),
  )
  return left === right ? undefined : `columns ${left}; expected ${right}`
}

/** The first of the differences that is one. */
export function first(...differences: readonly (string | undefined)[]): string | undefined {
  return differences.find(each => each !== undefined)
}

export function differs(what: string, found: unknown, wanted: unknown): string | undefined {
  const [left, right] = [JSON.stringify(found), JSON.stringify(wanted)]
  return left === right ? undefined : `${what} is ${left}, expected ${right}`
}
