import { type Kysely, PostgresAdapter, sql } from 'kysely'
import type { Field } from '../../../../experiments/index.ts'
import type { Micros } from '../../../../kernel/time.ts'
import type { DatabaseKind } from '../../columns.ts'
import type { Schema } from '../../schema.ts'
import type { Expression, FieldSource, KeptAs } from './search-condition.ts'
import { livenessSql } from './search-liveness.ts'

export function kindOf(db: Kysely<Schema>): DatabaseKind {
  return db.getExecutor().adapter instanceof PostgresAdapter ? 'postgres' : 'sqlite'
}

/** Ids of the names among a search's fields that are known; one query for all. */
export async function findKeys(
  db: Kysely<Schema>,
  fields: readonly Field[],
): Promise<ReadonlyMap<string, number>> {
  const names = fields.flatMap(field => ('key' in field ? [field.key] : []))
  if (names.length === 0) return new Map()
  const rows = await db
    .selectFrom('tracking_keys')
    .selectAll()
    .where('name', 'in', [...new Set(names)])
    .execute()
  return new Map(rows.map(({ id, name }) => [name, id]))
}

const columns: Readonly<Record<string, string>> = {
  run_id: 'r.run_id',
  run_name: 'r.name',
  user_id: 'r.user_name',
  status: 'r.status',
  artifact_uri: 'r.artifact_location',
  start_time: 'r.started_at',
  end_time: 'r.ended_at',
  duration: '(r.ended_at - r.started_at)',
}

/** The column of an attribute of run `r`. */
export const attributeSql = (name: string): Expression => sql.raw(columns[name] ?? 'null')

/** The value and NaN columns of a metric's series `s`. */
export const seriesColumns = {
  latest: ['s.latest_value', 's.latest_nan'],
  first: ['s.first_value', 's.first_nan'],
  min: ['s.least_value', '0'],
  max: ['s.greatest_value', '0'],
} as const

export interface RunFacts {
  readonly keys: ReadonlyMap<string, number>
  /** What liveness is told by. */
  readonly now: Micros
}

/** Where a field of run `r` is. */
export function runSource(field: Field, { keys, now }: RunFacts): FieldSource | undefined {
  if (field.kind === 'attribute')
    return field.name === 'liveness'
      ? column(livenessSql(now), 'text')
      : attributeSource(field.name, field.type)
  if (field.kind === 'dataset') return datasetSource(field.name)
  if (field.kind === 'model') return modelSource
  const key = keys.get(field.key)
  if (key === undefined) return undefined
  return field.kind === 'metric' ? metricSource(key, field.of) : factSource(key, field.kind)
}

const notNan = sql.raw('0')

function column(value: Expression, keptAs: KeptAs): FieldSource {
  return {
    keptAs,
    has: passes => sql<boolean>`(${value} is not null and ${passes(value, notNan)})`,
    values: sql`select r.id as ref, ${value} as value from tracking_runs as r where ${value} is not null`,
  }
}

const attributeSource = (name: string, type: KeptAs) => column(attributeSql(name), type)

/** The source of a column of row `r`, where there is such a column. */
export const columnSource = (value: Expression | undefined, type: KeptAs): FieldSource | undefined =>
  value && column(value, type)

function metricSource(key: number, of: keyof typeof seriesColumns): FieldSource {
  const [value, nan] = seriesColumns[of].map(each => sql.raw(each))
  const present = of === 'min' || of === 'max' ? sql`and ${value} is not null` : sql``
  return {
    keptAs: 'double',
    has: passes => sql<boolean>`exists (select 1 from metric_series as s
      where s.run = r.id and s.key = ${key} ${present} and ${passes(value ?? notNan, nan ?? notNan)})`,
  }
}

function factSource(key: number, kind: 'param' | 'tag'): FieldSource {
  const table = sql.table(`tracking_${kind}s`)
  return {
    keptAs: 'text',
    has: passes => sql<boolean>`exists (select 1 from ${table} as f
      where f.run = r.id and f.key = ${key} and ${passes(sql.raw('f.value'), notNan)})`,
    values: sql`select f.run as ref, f.value as value from ${table} as f where f.key = ${key}`,
  }
}

const datasetColumns = { name: 'd.name', digest: 'd.digest', context: 'i.context', hash: 't.value' } as const

/** Each clause may be met by another input. */
function datasetSource(name: keyof typeof datasetColumns): FieldSource {
  const value = sql.raw(datasetColumns[name])
  const tags =
    name === 'hash'
      ? sql`join tracking_input_tags as t on t.run = i.run and t.dataset = i.dataset and t.key = 'fettle.dataset.sha256'`
      : sql``
  const inputs = sql`tracking_inputs as i join tracking_datasets as d on d.id = i.dataset ${tags}`
  return {
    keptAs: 'text',
    has: passes => sql<boolean>`exists (select 1 from ${inputs}
      where i.run = r.id and ${value} is not null and ${passes(value, notNan)})`,
    values: sql`select i.run as ref, ${value} as value from ${inputs} where ${value} is not null`,
  }
}

const versionName = sql.raw(`(m.name || '@' || v.version)`)
const versions = sql`registered_versions as v
  join registered_models as m on m.id = v.model and v.deleted_at is null and m.deleted_at is null`

/** A version is spoken of as `name@number`, and belongs to the run that made it. */
const modelSource: FieldSource = {
  keptAs: 'text',
  has: passes => sql<boolean>`exists (select 1 from ${versions}
    where v.run = r.run_id and ${passes(versionName, notNan)})`,
  values: sql`select o.id as ref, ${versionName} as value from ${versions} join tracking_runs as o on o.run_id = v.run`,
}
