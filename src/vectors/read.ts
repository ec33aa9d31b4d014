import {
  decodeNative,
  type Field,
  JsonNumber,
  type LosslessJson,
  type Rows,
  type ValueType,
} from '../kernel/values/index.ts'
import type { VectorObject } from './model.ts'

const none: VectorObject = new Map()

/** The member as an object; an empty one if it is absent. */
export function object(json: LosslessJson | undefined): VectorObject {
  return json instanceof Map ? json : none
}

export function list(json: LosslessJson | undefined): readonly LosslessJson[] {
  return Array.isArray(json) ? json : []
}

export function optionalText(json: LosslessJson | undefined): string | undefined {
  return typeof json === 'string' ? json : undefined
}

export function textOf(json: LosslessJson | undefined): string {
  if (typeof json !== 'string') throw new TypeError('a text was expected in the vector file')
  return json
}

export function optionalNumber(json: LosslessJson | undefined): number | undefined {
  return json instanceof JsonNumber ? Number(json.text) : undefined
}

export function texts(json: LosslessJson | undefined): string[] {
  return list(json).map(textOf)
}

/** Columns with names and types. */
export function fieldsOf(json: LosslessJson | undefined): Field[] {
  return list(json).map(each => ({
    name: textOf(object(each).get('name')),
    type: textOf(object(each).get('type')) as ValueType,
  }))
}

/** A table's rows, decoded by type without rounding. */
export function rowsOf(fields: readonly Field[], json: LosslessJson | undefined): Rows {
  const rows = list(json).map((row, index) =>
    list(row).map((value, at) =>
      decodeNative(fields[at]?.type ?? 'string', value, { column: fields[at]?.name ?? '', row: index }),
    ),
  )
  return { fields, rows }
}
