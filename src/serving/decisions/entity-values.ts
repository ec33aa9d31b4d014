import type { Value } from '../../kernel/values/model.ts'

/** What the values of a column are; a field keeps its type from release to release, but nothing forces it to. */
export type ValueKind = 'string' | 'number' | 'bigint' | 'boolean' | 'bytes'

export function kindOf(value: Value): ValueKind | null {
  if (value === null) return null
  if (value instanceof Uint8Array) return 'bytes'
  const kind = typeof value
  return kind === 'number' || kind === 'bigint' || kind === 'boolean' ? kind : 'string'
}

type Entity = Readonly<Record<string, Value>>
interface KindedField {
  readonly name: string
  readonly kind: ValueKind
}

/** Values by field; those of another kind than the column's, and fields without one, as text per row. */
export function plainFields(
  entities: readonly Entity[],
  fields: readonly KindedField[],
): { readonly columns: readonly (readonly Value[])[]; readonly others: readonly (string | null)[] } {
  const fits = (value: Value, kind: ValueKind) => kindOf(value) === kind
  const columns = fields.map(({ name, kind }) =>
    entities.map(entity => {
      const value = entity[name] ?? null
      return fits(value, kind) ? value : null
    }),
  )
  const kinds = new Map(fields.map(({ name, kind }) => [name, kind]))
  const others = entities.map(entity => {
    let odd: Record<string, Json> | undefined
    for (const name in entity) {
      const value = entity[name] ?? null
      const kind = kinds.get(name)
      if (value === null || (kind !== undefined && fits(value, kind))) continue
      odd ??= {}
      odd[name] = written(value)
    }
    return odd === undefined ? null : JSON.stringify(odd)
  })
  return { columns, others }
}

type Json = readonly [kind: ValueKind, text: string]

function written(value: Value): Json {
  const kind = kindOf(value) ?? 'string'
  if (value instanceof Uint8Array) return [kind, Buffer.from(value).toString('base64')]
  return [kind, Object.is(value, -0) ? '-0' : String(value)]
}

/** Pieces of what {@link plainFields} writes for a field whose value a caller names by this text. */
export function writtenOthers(name: string, asked: string): readonly string[] {
  const number = Number(asked)
  const texts: readonly Json[] = [
    ['string', asked],
    ['bigint', asked],
    ['boolean', asked],
    ['bytes', asked],
    ...(Number.isNaN(number) ? [] : [written(number), written(-number)]),
  ]
  return texts.map(text => `${JSON.stringify(name)}:${JSON.stringify(text)}`)
}

/** What {@link plainFields} wrote as text. */
export function readOthers(text: string | null): Entity {
  if (text === null) return {}
  const held = JSON.parse(text) as Readonly<Record<string, Json>>
  return Object.fromEntries(
    Object.entries(held).map(([name, [kind, written]]) => [name, read(kind, written)]),
  )
}

function read(kind: ValueKind, written: string): Value {
  switch (kind) {
    case 'number':
      return Number(written)
    case 'bigint':
      return BigInt(written)
    case 'boolean':
      return written === 'true'
    case 'bytes':
      return new Uint8Array(Buffer.from(written, 'base64'))
    default:
      return written
  }
}
