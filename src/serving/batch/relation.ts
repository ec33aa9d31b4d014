import type { ValueType } from '../../kernel/values/model.ts'
import type { ServableRelease } from '../model.ts'
import { badSql, checkedColumns, doubleSql, quoteName, quoteText, timelessRow } from './checked-columns.ts'

/**
 * The rows of a job as SQL: a relation with `__row` (0, 1, …), `__bad`, request field i as `__q<i>`, kept column i as `__k<i>`
 * and, where features are joined, feature i as `__f<i>` and its status letter as `__s<i>`.
 */
export interface RowsRelation {
  readonly sql: string
  readonly rows: number
  /** Files it reads. */
  readonly files: readonly string[]
  /** Names and types of the features that stand in it. */
  readonly features: readonly { readonly name: string; readonly type: ValueType }[]
}

type Features = ServableRelease['features']

/** Columns of the relation over rows that are read from elsewhere; `time` null: no row needs one. */
export function checkedSelect(
  { request }: Pick<Features, 'request'>,
  {
    types,
    keep,
    time,
  }: {
    readonly types: ReadonlyMap<string, string>
    readonly keep: readonly string[]
    readonly time: string | null
  },
): readonly string[] {
  const checked = checkedColumns(request, types)
  const timeless = time === null ? '' : `WHEN ${quoteName(time)} IS NULL THEN ${timelessRow} `
  return [
    `${timeless === '' ? badSql(checked) : `(CASE ${timeless}ELSE ${badSql(checked)} END)::INTEGER`} AS __bad`,
    ...checked.map(({ value }, index) => `${value} AS __q${index}`),
    ...keep.map((name, index) => `${quoteName(name)} AS __k${index}`),
  ]
}

/** A Parquet file whose rows need no features, read where it lies. */
export function fileRelation(
  features: Pick<Features, 'request'>,
  file: {
    readonly path: string
    readonly rows: number
    readonly types: ReadonlyMap<string, string>
    readonly keep: readonly string[]
  },
): RowsRelation {
  const columns = checkedSelect(features, { ...file, time: null })
  const from = `read_parquet(${quoteText(file.path)}, file_row_number = true)`
  return {
    sql: `(SELECT file_row_number AS __row, ${columns.join(', ')} FROM ${from})`,
    rows: file.rows,
    files: [file.path],
    features: [],
  }
}

/** A Parquet file that has the relation's columns, `__n` for `__row`. */
export function joinedRelation(file: {
  readonly path: string
  readonly rows: number
  readonly features: RowsRelation['features']
}): RowsRelation {
  return {
    sql: `(SELECT * EXCLUDE (__n), __n AS __row FROM read_parquet(${quoteText(file.path)}))`,
    rows: file.rows,
    files: [file.path],
    features: file.features,
  }
}

/** SQL of each vector column over the relation, as the scorer eats it. */
export function vectorSql(
  { request, vector }: Pick<Features, 'request' | 'vector'>,
  features: RowsRelation['features'],
): readonly string[] {
  return vector.map(({ name, from, ref }) => {
    if (from === 'request') {
      const index = request.findIndex(field => field.name === ref)
      return doubleSql(`__q${index}`, request[index]?.type ?? 'float64')
    }
    const place = featurePlace({ name, ref }, features)
    return doubleSql(`__f${place}`, features[place]?.type ?? 'float64')
  })
}

/** Place of the feature behind a vector column; −1: none. */
export function featurePlace(
  { name, ref }: { readonly name: string; readonly ref: string },
  features: RowsRelation['features'],
): number {
  return [ref, name].map(each => features.findIndex(found => found.name === each)).find(at => at >= 0) ?? -1
}
