import type { Value, ValueType } from '../../../kernel/values/model.ts'
import { checkKey } from '../../front/checker.ts'
import type { RequestField } from '../../front/signature.ts'
import { coerce } from '../../json/coerce.ts'
import { JsonNumber } from '../../json/lossless.ts'
import type { CsvField } from './csv.ts'

/** One JSON value of a data frame. Times may be without zone, as pandas writes them, and are UTC then. */
export function frameCell(value: unknown, field: RequestField, row: number): Value {
  const { name, type, nullable } = field
  const zoned = type === 'timestamp' && typeof value === 'string' ? withZone(value) : value
  const typed = coerce(zoned, type, { column: name, row, nullable })
  if (field.role === 'key' && typeof typed === 'string') checkKey(name, typed, row)
  return typed
}

/** One CSV field: an empty one is missing, a quoted empty one is the empty text. */
export function csvCell({ text, quoted }: CsvField, field: RequestField, row: number): Value {
  const empty = text === '' && !(quoted && field.type === 'string')
  return frameCell(empty ? null : csvValue(text, field.type), field, row)
}

const number = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?$/
const nonFinite: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  '-infinity': Number.NEGATIVE_INFINITY,
}
const bools: Readonly<Record<string, boolean>> = { true: true, True: true, false: false, False: false }

/** What JSON would have said; text that is no such value stays text, and is refused as one. */
function csvValue(text: string, type: ValueType): unknown {
  if (type === 'bool') return bools[text] ?? text
  if (type !== 'int64' && type !== 'float64' && type !== 'float32') return text
  if (number.test(text) && text.length <= 64) return new JsonNumber(text)
  return type === 'int64' ? text : (nonFinite[text.toLowerCase()] ?? text)
}

const withoutZone = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}:\d{2}(?:\.\d+)?))?$/

function withZone(text: string): string {
  const [, day, time = '00:00:00'] = withoutZone.exec(text) ?? []
  return day === undefined ? text : `${day}T${time}Z`
}
