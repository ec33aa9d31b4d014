import { type Kysely, sql } from 'kysely'
import type { CellValue, Field } from '../../../../experiments/index.ts'
import { fromSortable } from '../../columns.ts'
import type { Schema } from '../../schema.ts'
import { attributeSql, findKeys, seriesColumns } from './search-fields.ts'

type Metric = Extract<Field, { readonly kind: 'metric' }>

interface Request {
  readonly db: Kysely<Schema>
  readonly refs: readonly number[]
}

/** Cells by run and field, in one query per kind of field. */
export async function runCells(
  db: Kysely<Schema>,
  refs: readonly number[],
  fields: readonly Field[],
): Promise<readonly (readonly CellValue[])[]> {
  const rows = new Map(refs.map(ref => [ref, fields.map((): CellValue => null)]))
  if (refs.length === 0 || fields.length === 0) return [...rows.values()]
  const keys = await findKeys(db, fields)
  const put = (ref: number, at: number, value: CellValue) => {
    const row = rows.get(ref)
    if (row !== undefined) row[at] = value
  }
  const request = { db, refs }
  for (const kind of ['param', 'tag'] as const) {
    const columns = byKey(fields, keys, field => field.kind === kind)
    for (const { run, key, value } of await facts(request, kind, [...columns.keys()]))
      for (const at of columns.get(key) ?? []) put(run, at, value)
  }
  const metrics = byKey(fields, keys, field => field.kind === 'metric')
  for (const row of await series(request, [...metrics.keys()]))
    for (const at of metrics.get(row.key) ?? []) put(row.run, at, metricCell(row, fields[at] as Metric))
  for (const [at, field] of fields.entries())
    if (field.kind === 'attribute')
      for (const { id, value } of await attributes(request, field.name))
        put(id, at, field.type === 'millis' ? milliseconds(value) : (value as CellValue))
  return [...rows.values()]
}

function byKey(
  fields: readonly Field[],
  keys: ReadonlyMap<string, number>,
  wanted: (field: Field) => boolean,
): ReadonlyMap<number, readonly number[]> {
  const columns = new Map<number, number[]>()
  for (const [at, field] of fields.entries()) {
    const key = 'key' in field && wanted(field) ? keys.get(field.key) : undefined
    if (key !== undefined) columns.set(key, [...(columns.get(key) ?? []), at])
  }
  return columns
}

async function facts({ db, refs }: Request, kind: 'param' | 'tag', keys: readonly number[]) {
  if (keys.length === 0) return []
  return db
    .selectFrom(`tracking_${kind}s` as 'tracking_params')
    .select(['run', 'key', 'value'])
    .where('run', 'in', refs)
    .where('key', 'in', keys)
    .execute()
}

type SeriesRow = Awaited<ReturnType<typeof series>>[number]

async function series({ db, refs }: Request, keys: readonly number[]) {
  if (keys.length === 0) return []
  return db
    .selectFrom('metric_series')
    .select(['run', 'key', 'first_nan', 'first_value', 'latest_nan', 'latest_value'])
    .select(['least_value', 'greatest_value'])
    .where('run', 'in', refs)
    .where('key', 'in', keys)
    .execute()
}

function metricCell(row: SeriesRow, { of }: Metric): CellValue {
  const [valueColumn, nanColumn] = seriesColumns[of].map(column => column.replace('s.', ''))
  const cells = row as unknown as Readonly<Record<string, number | bigint | null>>
  if (cells[nanColumn ?? ''] === 1) return Number.NaN
  const value = cells[valueColumn ?? ''] ?? null
  return value === null ? null : fromSortable(value)
}

async function attributes({ db, refs }: Request, name: string) {
  const { rows } = await sql<{ id: number; value: string | number | bigint | null }>`
    select r.id as id, ${attributeSql(name)} as value from tracking_runs as r
    where r.id in (${sql.join(refs)})`.execute(db)
  return rows
}

const milliseconds = (value: string | number | bigint | null): number | null =>
  value === null ? null : Math.floor(Number(value) / 1000)
