import type { Json } from '../../kernel/canonical.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type { Value, ValueType } from '../../kernel/values/model.ts'
import type { Release } from '../../registry/index.ts'

/** A row the isolated copy is asked: what a caller sends, and the vector its own store would have made of it. */
export interface GateRow {
  readonly request: Readonly<Record<string, Json>>
  /** In signature order; null is missing. */
  readonly vector: readonly (number | null)[]
}

/** A logged decision, as far as it is asked again. */
export interface LoggedVector {
  readonly entity: Readonly<Record<string, Value>>
  readonly vector: ArrayLike<number>
}

type Features = Pick<Release, 'features'>
type RequestField = Release['features']['request'][number]

/**
 * Rows with the vectors that were logged, one for each request: the same request at another time had other features, and
 * the copy knows only one answer for it.
 */
export function loggedRows({ features }: Features, logged: readonly LoggedVector[]): readonly GateRow[] {
  const fitting = logged.filter(({ vector }) => vector.length === features.vector.length)
  return distinct(
    features,
    fitting.map(({ entity, vector }) => ({
      entity,
      vector: Array.from(vector, value => (Number.isNaN(value) ? null : value)),
    })),
  )
}

/** Rows made for vectors: keys are numbered, request columns take their value from the vector. */
export function madeRows(
  { features }: Features,
  vectors: readonly (readonly (number | null)[])[],
): readonly GateRow[] {
  const columnOf = ({ name }: RequestField) =>
    features.vector.findIndex(column => column.from === 'request' && column.ref === name)
  const made = vectors.map((vector, index) => ({
    vector,
    entity: Object.fromEntries(
      features.request.map(field => {
        const at = columnOf(field)
        if (at >= 0) return [field.name, ofDouble(field.type, vector[at] ?? null)]
        return [field.name, field.role === 'request' && field.nullable ? null : numbered(field.type, index)]
      }),
    ),
  }))
  const sendable = made.filter(({ entity }) =>
    features.request.every(({ name, nullable }) => nullable || entity[name] !== null),
  )
  return distinct(features, sendable)
}

function distinct(
  { request }: Release['features'],
  rows: readonly { readonly entity: Readonly<Record<string, Value>>; readonly vector: GateRow['vector'] }[],
): readonly GateRow[] {
  const byKey = new Map(rows.map(({ entity, vector }) => [rowKey(request, entity), { entity, vector }]))
  return [...byKey.values()].map(({ entity, vector }) => ({ request: sentRow(request, entity), vector }))
}

/** By what a row is found again: what the front makes of a request is what it was sent as. */
export function rowKey(
  fields: readonly Pick<RequestField, 'name' | 'type'>[],
  row: Readonly<Record<string, Value>>,
): string {
  return JSON.stringify(Object.values(sentRow(fields, row)))
}

function sentRow(
  fields: readonly Pick<RequestField, 'name' | 'type'>[],
  row: Readonly<Record<string, Value>>,
): Readonly<Record<string, Json>> {
  return Object.fromEntries(fields.map(({ name, type }) => [name, sent(type, row[name] ?? null)]))
}

/** A typed value as JSON carries it to the front. */
function sent(type: ValueType, value: Value): Json {
  if (type === 'timestamp' && typeof value === 'bigint') return formatTimestamp(value)
  if (type === 'date' && typeof value === 'number')
    return new Date(value * dayMillis).toISOString().slice(0, 10)
  return typeof value === 'bigint' ? String(value) : (value as Json)
}

const dayMillis = 86_400_000

/** The value of a request column, from the double the model is given. */
function ofDouble(type: ValueType, given: number | null): Value {
  if (given === null || !Number.isFinite(given)) return null
  if (type === 'bool') return given !== 0
  return type === 'int64' || type === 'timestamp' ? BigInt(Math.round(given)) : given
}

/** A value of a type that no other row has, as far as the type has so many. */
function numbered(type: ValueType, index: number): Value {
  switch (type) {
    case 'bool':
      return index % 2 === 1
    case 'int64':
      return BigInt(index + 1)
    case 'timestamp':
      return BigInt(index) * 1_000_000n
    case 'date':
    case 'float64':
    case 'float32':
      return index
    default:
      return `gate-${index}`
  }
}
