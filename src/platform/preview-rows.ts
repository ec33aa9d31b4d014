import { duckdbStoredRows } from '../adapters/engines/duckdb/stored-rows.ts'
import type { SourceData } from '../definitions/index.ts'
import {
  collectRows,
  explainRow,
  historical,
  id,
  type OfflineEngine,
  type OnlineView,
  type RowExplanation,
  reachOf,
  sourceRelation,
  text,
  type ViewClosure,
} from '../features/index.ts'
import type { Json } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { parseTimestamp } from '../kernel/time.ts'
import {
  decodeNative,
  encodeNative,
  type Field,
  parseLosslessJson,
  type Value,
} from '../kernel/values/index.ts'
import type { Preview, TextRows } from '../projects/index.ts'

type Request<Name extends keyof Preview> = Parameters<Preview[Name]>[0]

/** Longest text of one cell. */
const mostText = 200

/** The first rows of a source, with these columns. */
export async function readSource(
  engine: OfflineEngine,
  { sources, source: name, columns, limit, directory }: Request<'source'>,
): Promise<TextRows> {
  const fields = fieldsOf(sources, name).filter(each => columns.includes(each.name))
  // Where every column is masked, rows are still counted.
  const rows = await fromSource(engine, { sources, name, directory }, relation =>
    fields.length === 0
      ? { sql: `SELECT 1 AS one FROM ${relation} LIMIT ${limit}`, fields: [{ name: 'one', type: 'int64' }] }
      : {
          sql: `SELECT ${fields.map(each => id(each.name)).join(', ')} FROM ${relation} LIMIT ${limit}`,
          fields,
        },
  )
  return { fields, rows: rows.map(row => textRow(fields, row)) }
}

/** Features of some keys as of an instant. */
export async function readView(
  engine: OfflineEngine,
  { closure, view: name, features, asOf, keys, limit, directory }: Request<'view'>,
): Promise<TextRows> {
  const view = closure.views.find(each => each.name === name)
  if (!view) throw new FettleError('REFERENCE_UNKNOWN', `there is no feature view "${name}"`)
  const entity = closure.entities.find(each => each.name === view.entity)
  const keyFields = entity?.key ?? []
  const time = '__as_of'
  const instant = parseTimestamp(asOf) ?? 0n
  const given =
    keys === null
      ? await firstKeys(engine, { closure, view, limit, directory })
      : keys.map(key => keyFields.map(field => keyValue(field, key[field.name])))
  const spine = {
    fields: [
      ...keyFields.map(({ name: key, type }) => ({ name: key, type })),
      { name: time, type: 'timestamp' } as const,
    ],
    rows: given.map(row => [...row, instant]),
  }
  // Where every feature is masked, there is nothing to look up.
  const looked =
    features.length === 0
      ? { fields: [], rows: [] }
      : await historical(engine, {
          sources: closure.sources,
          views: closure.views,
          lookups: [{ view: name, as: name, keys: keyFields.map(each => each.name), features }],
          fullNames: false,
          spine,
          time,
          projectFolder: directory,
        })
  const fields = [...spine.fields.slice(0, -1), ...looked.fields]
  return {
    fields,
    rows: given.map((row, index) => textRow(fields, [...row, ...(looked.rows[index] ?? [])])),
  }
}

/** The first rows of a stored set. */
export async function readStored(
  engine: OfflineEngine,
  { path, fields, limit }: Request<'stored'>,
): Promise<TextRows> {
  const query = { columns: fields, split: null, from: 0, to: limit }
  const rows = await collectRows(duckdbStoredRows(engine).stream(path, query), fields)
  return { fields, rows: rows.map(row => textRow(fields, row)) }
}

/** Where the values of one training row come from. */
export async function explainStored(
  engine: OfflineEngine,
  { closure, row, asOf, directory }: Request<'explain'>,
): Promise<RowExplanation> {
  return explainRow(engine, {
    closure,
    of: { row },
    asOf: parseTimestamp(asOf) ?? 0n,
    projectFolder: directory,
  })
}

/** Parse trees as DuckDB gives them; a statement that does not parse has its error there. */
export async function parseStatements(
  engine: OfflineEngine,
  statements: Request<'parse'>,
): Promise<Readonly<Record<string, Json>>> {
  const session = await engine.open({ projectFolder: '.', reach: { files: [], folders: [] } })
  const trees: Record<string, Json> = {}
  try {
    for (const [name, statement] of Object.entries(statements)) {
      const sql = `SELECT json_serialize_sql(${text(statement)}::VARCHAR)::VARCHAR AS tree`
      const [row] = await session.rows(sql, [{ name: 'tree', type: 'string' }])
      trees[name] = JSON.parse(String(row?.[0] ?? 'null')) as Json
    }
    return trees
  } finally {
    await session.close()
  }
}

interface From {
  readonly sources: readonly SourceData[]
  readonly name: string
  readonly directory: string
}

/** Rows of one query over a source, which reads no more than the query asks for. */
async function fromSource(
  engine: OfflineEngine,
  { sources, name, directory }: From,
  query: (relation: string) => { readonly sql: string; readonly fields: readonly Field[] },
): Promise<readonly (readonly Value[])[]> {
  const session = await engine.open({ projectFolder: directory, reach: reachOf(sources, directory) })
  try {
    for (const source of sources) await session.addSource(source, 'no')
    const { sql, fields } = query(id(sourceRelation(name)))
    return await session.rows(sql, fields)
  } finally {
    await session.close()
  }
}

async function firstKeys(
  engine: OfflineEngine,
  {
    closure,
    view,
    limit,
    directory,
  }: { closure: ViewClosure; view: OnlineView; limit: number; directory: string },
): Promise<readonly (readonly Value[])[]> {
  if (view.keys.length === 0) return [[]]
  const columns = view.keys.map(id).join(', ')
  const known = view.keys.map(key => `${id(key)} IS NOT NULL`).join(' AND ')
  const fields = fieldsOf(closure.sources, view.source)
  const keyFields = view.keys.map(key => ({
    name: key,
    type: fields.find(each => each.name === key)?.type ?? ('string' as const),
  }))
  return fromSource(engine, { sources: closure.sources, name: view.source, directory }, relation => ({
    sql: `SELECT DISTINCT ${columns} FROM ${relation} WHERE ${known} ORDER BY ALL LIMIT ${limit}`,
    fields: keyFields,
  }))
}

function fieldsOf(sources: readonly SourceData[], name: string): readonly Field[] {
  const columns = sources.find(each => each.name === name)?.columns ?? []
  return columns.map(column => ({ name: column.name, type: column.type }))
}

function keyValue({ name, type }: Field, value: Json | undefined): Value {
  if (value === undefined)
    throw new FettleError('KEY_MISSING', `a key has no "${name}"`, { details: { key: name } })
  return decodeNative(type, parseLosslessJson(JSON.stringify(value)))
}

function textRow(fields: readonly Field[], row: readonly Value[]): readonly (string | null)[] {
  return fields.map(({ type }, index) => {
    const value = row[index] ?? null
    if (value === null) return null
    const written = encodeNative(type, value)
    const plain = written.startsWith('"') ? (JSON.parse(written) as string) : written
    return plain.length > mostText ? `${plain.slice(0, mostText)}…` : plain
  })
}
