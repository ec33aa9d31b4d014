import { text } from './sql-text.ts'

/** A relation joined to the newest row of another that is not after its time. */
export interface AsOfJoin {
  /** A relation, named as it stands in FROM; its columns are written `s.<column>` below. */
  readonly left: string
  /** Columns of `left` in the result. */
  readonly columns: readonly string[]
  /** Time of a left row in µs. */
  readonly time: string
  /** Pairs of a left expression and a column of `right`; a null matches nothing. */
  readonly keys: readonly (readonly [left: string, right: string])[]
  /** A SELECT whose keys are never null and which has one row for each of its keys and times. */
  readonly right: string
  /** Column of `right`: the time in µs from which its row holds. */
  readonly from: string
  /** Column of `right` in the result; null where no row holds yet. */
  readonly payload: string
  /** Condition on left rows. */
  readonly where?: string
}

/** What differs between the SQL of engines; all other SQL in this room is understood by each of them. */
export interface SqlDialect {
  readonly name: 'duckdb' | 'spark'
  /** Number of a row as its file is read, from 1. */
  readonly line: string
  /** A quoted text literal. */
  text(value: string): string
  /** µs since 1970 of a timestamp. */
  micros(timestamp: string): string
  /** Timestamp of µs since 1970. */
  timestamp(micros: string): string
  /** All columns except these, for a SELECT list. */
  allBut(columns: readonly string[]): string
  /** ORDER BY terms of a float in the order of values: −0 before +0, NaN last. */
  floatOrder(column: string): readonly string[]
  /** The entries of a map in the order of keys: a list of structs (key, value). */
  mapEntries(column: string): string
  /** A list of what `sql` makes of each element, which it is given the name of. */
  eachElement(list: string, name: string, sql: string): string
  asOfJoin(join: AsOfJoin): string
}

/**
 * A float is never its own sort key: the engine may hand a sorted −0.0 back as +0.0, so the key is a sum that has lost
 * the sign, then the sign.
 */
export const duckdbDialect: SqlDialect = {
  name: 'duckdb',
  line: 'row_number() OVER ()',
  text,
  micros: timestamp => `epoch_us(${timestamp})`,
  timestamp: micros => `make_timestamp(${micros})`,
  allBut: columns => `* EXCLUDE (${columns.join(', ')})`,
  floatOrder: column => [`(${column} + 0.0) NULLS FIRST`, `(NOT signbit(${column})) NULLS FIRST`],
  mapEntries: column => `list_sort(map_entries(${column}))`,
  eachElement: (list, name, sql) => `list_transform(${list}, lambda ${name}: ${sql})`,
  asOfJoin({ left, columns, time, keys, right, from, payload, where }) {
    const on = [...keys.map(([mine, theirs]) => `${mine} = m.${theirs}`), `${time} >= m.${from}`]
    const kept = columns.map(column => `s.${column}`).join(', ')
    return `SELECT ${kept}, m.${payload} FROM ${left} s ASOF LEFT JOIN (${right}) m ON ${on.join(' AND ')}${where === undefined ? '' : ` WHERE ${where}`}`
  },
}

/** Spark sorts −0.0 and +0.0 as equal and NaN last. It has no join to the newest row: a running last value over both sides does. */
export const sparkDialect: SqlDialect = {
  name: 'spark',
  line: '(monotonically_increasing_id() + 1)',
  text: value => text(value.replaceAll('\\', '\\\\')),
  micros: timestamp => `unix_micros(CAST(${timestamp} AS TIMESTAMP))`,
  timestamp: micros => `CAST(timestamp_micros(${micros}) AS TIMESTAMP_NTZ)`,
  allBut: columns => `* EXCEPT (${columns.join(', ')})`,
  floatOrder: column => [
    `${column} NULLS FIRST`,
    `(NOT (${column} = 0 AND startswith(CAST(${column} AS STRING), '-'))) NULLS FIRST`,
  ],
  mapEntries: column => `array_sort(map_entries(${column}))`,
  eachElement: (list, name, sql) => `transform(${list}, ${name} -> ${sql})`,
  asOfJoin({ left, columns, time, keys, right, from, payload, where }) {
    const kept = columns.join(', ')
    const mine = keys.map(([each], index) => `${each} AS __join${index}`)
    const theirs = keys.map(([, each], index) => `${each} AS __join${index}`)
    const nothing = columns.map(column => `NULL AS ${column}`)
    const partition =
      keys.length === 0 ? '' : `PARTITION BY ${keys.map((_, index) => `__join${index}`).join(', ')} `
    const queries = `SELECT ${[...columns.map(column => `s.${column} AS ${column}`), ...mine, `${time} AS __at`, '1 AS __side', 'NULL AS __payload'].join(', ')} FROM ${left} s${where === undefined ? '' : ` WHERE ${where}`}`
    const rows = `SELECT ${[...nothing, ...theirs, `${from} AS __at`, '0 AS __side', `struct(${payload}) AS __payload`].join(', ')} FROM (${right})`
    const last = `last_value(__payload) IGNORE NULLS OVER (${partition}ORDER BY __at, __side ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`
    return `SELECT ${kept}, __payload.${payload} AS ${payload} FROM (SELECT ${kept}, __side, ${last} AS __payload FROM (${queries} UNION ALL ${rows})) WHERE __side = 1`
  },
}
