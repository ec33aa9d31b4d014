import { type Kysely, type Selectable, sql } from 'kysely'
import {
  clausesOf,
  type DatasetRef,
  type Field,
  type OrderTerm,
  type Place,
  type TrackingSearchStore,
} from '../../../../experiments/index.ts'
import type { Schema } from '../../schema.ts'
import { toExperiment } from './experiments.ts'
import { conditionSql, type Expression, type FieldSource, type Truth } from './search-condition.ts'
import { columnSource, findKeys, kindOf } from './search-fields.ts'
import { absentColumn, type OrderColumn, orderedRows, placeOf, plainColumn } from './search-order.ts'
import type { TrackingTables } from './tables.ts'

type Query<Name extends 'experiments' | 'loggedModels'> = Parameters<TrackingSearchStore[Name]>[0]

const experimentColumns: Readonly<Record<string, Expression>> = {
  name: sql.raw('r.name'),
  experiment_id: sql.raw('r.id'),
  creation_time: sql.raw('r.created_at'),
  last_update_time: sql.raw('r.updated_at'),
}

/** Experiments are few: they are sorted. */
export async function searchExperiments(
  db: Kysely<Schema>,
  query: Query<'experiments'>,
): Promise<Awaited<ReturnType<TrackingSearchStore['experiments']>>> {
  const source = (field: Field): FieldSource | undefined => {
    if (field.kind === 'attribute') return columnSource(experimentColumns[field.name], field.type)
    if (field.kind !== 'tag') return undefined
    return {
      keptAs: 'text',
      has: passes => sql<boolean>`exists (select 1 from tracking_experiment_tags as f
        where f.experiment = r.id and f.key = ${field.key} and ${passes(sql.raw('f.value'), sql.raw('0'))})`,
    }
  }
  const deleted = query.deleted.map(each => (each ? 1 : 0))
  const holds = query.condition && conditionSql(query.condition, { kind: kindOf(db), source })
  const { rows } = await orderedRows({
    select: sql`r.*`,
    from: sql`tracking_experiments as r`,
    where: sql<boolean>`r.deleted in (${sql.join(deleted)}) and ${holds ?? sql<boolean>`1 = 1`}`,
    columns: query.order.map(({ field, descending }) =>
      field.kind === 'attribute'
        ? plainColumn(experimentColumns[field.name] ?? sql`0`, descending)
        : absentColumn,
    ),
    after: query.after,
    limit: query.limit,
  }).execute(db)
  return rows.map(row => ({
    ...toExperiment(row as unknown as Selectable<TrackingTables['tracking_experiments']>),
    place: placeOf(row, query.order.length),
  }))
}

const modelColumns: Readonly<Record<string, Expression>> = {
  name: sql.raw('r.name'),
  model_id: sql.raw('r.model_id'),
  model_type: sql.raw('r.model_type'),
  status: sql.raw('r.status'),
  source_run_id: sql.raw(`coalesce(r.source_run, '')`),
  creation_timestamp: sql.raw('r.created_at'),
  last_updated_timestamp: sql.raw('r.updated_at'),
  experiment_id: sql.raw('r.experiment'),
}

/** Within the experiments asked; those without a source run have an empty one. */
export async function searchLoggedModels(
  db: Kysely<Schema>,
  query: Query<'loggedModels'>,
): Promise<readonly { readonly id: string; readonly place: Place }[]> {
  if (query.experiments.length === 0) return []
  const clauses = query.condition === undefined ? [] : clausesOf(query.condition)
  const fields = [...clauses, ...query.order].map(({ field }) => field)
  const keys = await findKeys(db, fields)
  const source = (field: Field) => modelSource(field, keys, query.datasets)
  const holds: Truth[] = [sql<boolean>`r.deleted = 0 and r.experiment in (${sql.join(query.experiments)})`]
  if (query.condition !== undefined) holds.push(conditionSql(query.condition, { kind: kindOf(db), source }))
  if (query.datasets.length > 0 && !clauses.some(({ field }) => field.kind === 'metric'))
    holds.push(sql<boolean>`exists (select 1 from logged_model_points as s
      where s.model = r.id and ${onDatasets(query.datasets)})`)
  const { rows } = await orderedRows({
    select: sql`r.model_id as model_id`,
    from: sql`logged_models as r`,
    where: sql<boolean>`${sql.join(holds, sql` and `)}`,
    columns: query.order.map((term, at) => modelColumn(term, query.orderDatasets[at], keys)),
    after: query.after,
    limit: query.limit,
  }).execute(db)
  return rows.map(row => ({ id: String(row.model_id), place: placeOf(row, query.order.length) }))
}

function modelSource(
  field: Field,
  keys: ReadonlyMap<string, number>,
  datasets: readonly DatasetRef[],
): FieldSource | undefined {
  if (field.kind === 'attribute') return columnSource(modelColumns[field.name], field.type)
  const key = 'key' in field ? keys.get(field.key) : undefined
  if (key === undefined) return undefined
  if (field.kind === 'metric')
    return {
      keptAs: 'double',
      has: passes => sql<boolean>`exists (select 1 from logged_model_points as s where s.model = r.id
        and s.key = ${key} and ${onDatasets(datasets)} and ${passes(sql.raw('s.value'), sql.raw('s.nan'))})`,
    }
  return {
    keptAs: 'text',
    has: passes => sql<boolean>`exists (select 1 from ${sql.table(`logged_model_${field.kind}s`)} as f
      where f.model = r.id and f.key = ${key} and ${passes(sql.raw('f.value'), sql.raw('0'))})`,
  }
}

/** Measured on one of them; any measurement when none is named. */
function onDatasets(datasets: readonly DatasetRef[]): Truth {
  if (datasets.length === 0) return sql<boolean>`1 = 1`
  const each = datasets.map(({ name, digest }) => {
    const named = name === undefined ? sql`1 = 1` : sql`s.dataset_name = ${name}`
    return digest === undefined ? named : sql`(${named} and s.dataset_digest = ${digest})`
  })
  return sql<boolean>`(${sql.join(each, sql` or `)})`
}

function modelColumn(
  { field, descending }: OrderTerm,
  dataset: DatasetRef | undefined,
  keys: ReadonlyMap<string, number>,
): OrderColumn {
  if (field.kind === 'attribute') return plainColumn(modelColumns[field.name] ?? sql`0`, descending)
  const key = 'key' in field ? keys.get(field.key) : undefined
  if (key === undefined) return absentColumn
  const join = sql``
  if (field.kind !== 'metric') {
    const value = sql`(select f.value from ${sql.table(`logged_model_${field.kind}s`)} as f where f.model = r.id and f.key = ${key})`
    return {
      rank: sql`(case when ${value} is null then 2 else 0 end)`,
      value: sql`coalesce(${value}, '')`,
      descending,
      join,
    }
  }
  // The latest in time counts, over several datasets too.
  const latest = (column: string) => sql`(select ${sql.ref(column)} from logged_model_points as s
    where s.model = r.id and s.key = ${key} and ${onDatasets(dataset ? [dataset] : [])}
    order by s.at desc, s.step desc, s.run, s.nan, s.value desc limit 1)`
  return {
    rank: sql`coalesce(${latest('s.nan')}, 2)`,
    value: sql`coalesce(${latest('s.value')}, 0)`,
    descending,
    join,
  }
}
