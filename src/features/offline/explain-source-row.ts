import type { SourceData } from '../../definitions/model.ts'
import type { Json } from '../../kernel/canonical.ts'
import { formatTimestamp, type Micros } from '../../kernel/time.ts'
import { encodeNative, type Field, type Value } from '../../kernel/values/index.ts'
import type { ExplainedSourceRow, ExplainRequest } from './explain-model.ts'
import type { ResolvedLookup } from './lookups.ts'
import type { OfflineSession } from './ports.ts'
import { all, id } from './sql-text.ts'

export interface Typed {
  readonly type: Field['type']
  readonly value: Value
}

export interface Context {
  readonly session: OfflineSession
  readonly request: ExplainRequest
  readonly time: Micros
  readonly values: ReadonlyMap<string, Typed>
}

export function json(type: Field['type'], value: Value): Json {
  return JSON.parse(encodeNative(type, value)) as Json
}

export function typeOf(source: SourceData, name: string): Field['type'] {
  return source.columns.find(column => column.name === name)?.type ?? 'string'
}

/** The lookup's key by source column, and a relation `key` of one row that holds it; null if a component is null. */
export async function keyRelation(
  { session, values }: Context,
  { lookup, view, source }: ResolvedLookup,
): Promise<{ readonly keys: Record<string, Json>; readonly on: string | null }> {
  const parts = view.keys.map((name, index) => {
    const value = values.get(lookup.keys[index] ?? '')?.value ?? null
    return { name, type: typeOf(source, name), value }
  })
  const keys = Object.fromEntries(
    parts.map(({ type, value }, index) => [lookup.keys[index] ?? '', json(type, value)]),
  )
  if (parts.some(({ value }) => value === null)) return { keys, on: null }
  const relation = `key_${lookup.as}`
  await session.run(`DROP TABLE IF EXISTS ${id(relation)}`)
  await session.addRows(relation, {
    fields: [
      { name: '__one', type: 'int64' },
      ...parts.map(({ type }, index) => ({ name: `__key${index}`, type })),
    ],
    rows: [[1n, ...parts.map(({ value }) => value)]],
  })
  const on = all(parts.map(({ name }, index) => `r.${id(name)} = k.__key${index}`))
  return { keys, on: `JOIN ${id(relation)} k ON ${on}` }
}

const times: Field[] = [
  { name: '__e', type: 'int64' },
  { name: '__k', type: 'int64' },
]

export function rowFields(source: SourceData): Field[] {
  return [...times, ...source.columns]
}

export function rowSelect(source: SourceData): string {
  return rowFields(source)
    .map(({ name }) => `r.${id(name)}`)
    .join(', ')
}

export function sourceRow(source: SourceData, row: readonly Value[]): ExplainedSourceRow {
  const columns = Object.fromEntries(
    source.columns.map(({ name, type }, index) => [name, json(type, row[index + times.length] ?? null)]),
  )
  const time = (value: Value | undefined): string | null =>
    value === null || value === undefined ? null : formatTimestamp(value as Micros)
  const sequence = source.sequence === undefined ? null : (columns[source.sequence] ?? null)
  return {
    eventTime: time(row[0]),
    knownTime: time(row[1]),
    sequence: sequence === null ? null : String(sequence),
    columns,
  }
}
