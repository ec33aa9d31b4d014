import type { PredicateData, SourceData } from '../../../definitions/model.ts'
import { parseDuration } from '../../../kernel/time.ts'
import type { ColumnRun, Field, Value } from '../../../kernel/values/index.ts'
import { runValues } from '../../../kernel/values/index.ts'
import { versionOrder } from '../order.ts'
import { type OfflineSession, sourceRelation } from '../ports.ts'
import { predicateSql } from '../predicate.ts'
import { id } from '../sql-text.ts'
import type { EventColumn, Events, Times } from './events.ts'

/** What the features of one source need of its rows. */
export interface EventNeeds {
  readonly source: SourceData
  readonly columns: readonly string[]
  readonly predicates: readonly PredicateData[]
  /** 'latest': known times do not matter, and of the versions of an event only the newest exists. */
  readonly knownTime: 'cutoff' | 'latest'
}

/** Largest time a double holds exactly, in µs: the year 2255. */
const exactTime = 2n ** 53n

/** Reads the rows of a source once, column by column, in the order of its relation. */
export async function loadEvents(session: OfflineSession, needs: EventNeeds): Promise<Events> {
  const { source } = needs
  const relation = id(sourceRelation(source.name))
  const byColumn =
    needs.knownTime === 'cutoff' &&
    source.knownAt.kind === 'column' &&
    source.knownAt.column !== source.eventTime
  const versioned = needs.knownTime === 'cutoff' && source.eventId !== undefined
  const [[count = 0n, low = null, high = null] = []] = await session.rows(
    `SELECT count(*), least(min(__e), min(__k)), greatest(max(__e), max(__k)) FROM ${relation}`,
    bigints(3),
  )
  const doubles = small(low) && small(high)
  const times = (column: string): Field => ({ name: column, type: doubles ? 'float64' : 'int64' })
  const cast = (expression: string): string =>
    doubles ? `coalesce(${expression}::DOUBLE, 'nan'::DOUBLE)` : `coalesce(${expression}, ${2n ** 62n})`
  const fields: Field[] = [times('__e')]
  const select: string[] = [cast('__e')]
  const add = (field: Field, expression: string): number => {
    select.push(expression)
    return fields.push(field) - 1
  }
  const known = byColumn || versioned ? add(times('__k'), cast('__k')) : -1
  const replaced = versioned
    ? add(
        times('__replaced'),
        doubles ? `coalesce(__replaced::DOUBLE, 'infinity'::DOUBLE)` : `coalesce(__replaced, ${2n ** 62n})`,
      )
    : -1
  const columns = needs.columns.map(name => {
    const type = source.columns.find(column => column.name === name)?.type ?? 'string'
    return { name, type, at: add({ name, type }, id(name)) }
  })
  const predicates = needs.predicates.map(predicate => ({
    key: JSON.stringify(predicate),
    at: add(
      { name: 'predicate', type: 'bool' },
      `coalesce(${predicateSql(predicate, source.columns)}, false)`,
    ),
  }))
  const from = versioned
    ? `(SELECT *, rowid AS __r, ${replacedSql(source)} AS __replaced FROM ${relation}) ORDER BY __r`
    : `${relation} ORDER BY rowid`
  const rows = Number(count)
  const builders = fields.map(field => columnBuilder(field.type, rows))
  let at = 0
  for await (const batch of session.stream(`SELECT ${select.join(', ')} FROM ${from}`, fields)) {
    for (const [index, run] of batch.columns.entries()) builders[index]?.add(run, at)
    at += batch.rows
  }
  const built = builders.map((builder, index) => builder.finish(fields[index]?.type ?? 'string'))
  return {
    rows,
    event: built[0]?.values as Times,
    known: known < 0 ? null : (built[known]?.values as Times),
    delay:
      source.knownAt.kind === 'delay' && needs.knownTime === 'cutoff'
        ? parseDuration(source.knownAt.delay)
        : 0n,
    replaced: replaced < 0 ? null : (built[replaced]?.values as Times),
    columns: new Map(columns.map(({ name, at: index }) => [name, built[index] as EventColumn])),
    predicates: new Map(
      predicates.map(({ key, at: index }) => [
        key,
        Uint8Array.from((built[index] as EventColumn).values as readonly Value[], value =>
          value === true ? 1 : 0,
        ),
      ]),
    ),
  }
}

/** Known time of the next version of the same event; null for the newest, and for rows without an id. */
export function replacedSql(source: SourceData): string {
  const key = id(source.eventId ?? '')
  return `CASE WHEN ${key} IS NOT NULL AND __k IS NOT NULL THEN lead(__k) OVER (PARTITION BY ${key}, __k IS NULL ORDER BY ${versionOrder(source).join(', ')}) END`
}

function small(value: Value): boolean {
  return value === null || ((value as bigint) < exactTime && (value as bigint) > -exactTime)
}

export function bigints(count: number): Field[] {
  return Array.from({ length: count }, (_, index) => ({ name: `c${index}`, type: 'int64' as const }))
}

interface ColumnBuilder {
  add(run: ColumnRun, at: number): void
  finish(type: string): EventColumn
}

function columnBuilder(type: string, rows: number): ColumnBuilder {
  if (type === 'float64') return typedBuilder(new Float64Array(rows), rows)
  if (type === 'int64' || type === 'timestamp') return typedBuilder(new BigInt64Array(rows), rows)
  const values: Value[] = new Array(rows)
  let nulls = false
  return {
    add(run, at) {
      for (const [index, value] of runValues(run, type).entries()) {
        values[at + index] = value
        nulls ||= value === null
      }
    },
    finish: ofType => ({
      type: ofType,
      values,
      valid: nulls ? Uint8Array.from(values, value => (value === null ? 0 : 1)) : null,
    }),
  }
}

function typedBuilder(target: Float64Array | BigInt64Array, rows: number): ColumnBuilder {
  const bytes = new Uint8Array(target.buffer)
  let valid: Uint8Array | null = null
  return {
    add(run, at) {
      if (run.kind !== 'fixed') throw new TypeError('a fixed-width column was expected')
      bytes.set(run.bytes, at * 8)
      if (run.valid === null) return
      valid ??= new Uint8Array(rows).fill(1)
      valid.set(run.valid, at)
    },
    finish: type => ({ type, values: target, valid }),
  }
}
