import { FettleError } from '../../kernel/errors/index.ts'
import type { Value } from '../../kernel/values/model.ts'
import { coerce, type Place, signed, toInteger, unsigned } from './coerce.ts'
import { parseJson } from './parse-body.ts'

/** The datatypes of the Open Inference Protocol that JSON can carry. */
export type Datatype =
  | 'BOOL'
  | 'INT8'
  | 'INT16'
  | 'INT32'
  | 'INT64'
  | 'UINT8'
  | 'UINT16'
  | 'UINT32'
  | 'UINT64'
  | 'FP32'
  | 'FP64'
  | 'BYTES'

export interface ColumnOptions {
  readonly name: string
  readonly datatype: Datatype
  readonly nullable: boolean
  readonly nonFinite: boolean
}

/**
 * One flat data array, already parsed, as values of the datatype: integers are bigint, null is missing. Throws the
 * code of the first offending element, with its index as row.
 */
export function decodeColumn(data: readonly unknown[], options: ColumnOptions): readonly Value[] {
  return data.map((value, row) =>
    decodeElement(value, options, {
      column: options.name,
      row,
      nullable: options.nullable,
      nonFinite: options.nonFinite,
    }),
  )
}

/** The same from the JSON text of the array. */
export function decodeJsonColumn(text: string, options: ColumnOptions): readonly Value[] {
  const data = parseJson(text, { integers: options.datatype.includes('INT') })
  if (!Array.isArray(data))
    throw new FettleError('BAD_JSON', `the data of "${options.name}" are not an array`)
  return decodeColumn(data, options)
}

function decodeElement(value: unknown, { datatype }: ColumnOptions, place: Place): Value {
  if (value === null) return coerce(value, 'string', place)
  switch (datatype) {
    case 'BOOL':
      return coerce(value, 'bool', place)
    case 'FP32':
      return coerce(value, 'float32', place)
    case 'FP64':
      return coerce(value, 'float64', place)
    case 'BYTES':
      return coerce(value, 'string', place)
    default:
      return toInteger(value, integerRange(datatype), place)
  }
}

function integerRange(datatype: string) {
  const bits = Number(datatype.replace(/\D/g, '')) as 8 | 16 | 32 | 64
  return datatype.startsWith('U') ? unsigned(bits) : signed(bits)
}
