import { parseDuration } from '../../../kernel/time.ts'
import { type ColumnRun, type Field, runValues, type Value } from '../../../kernel/values/index.ts'
import { type OfflineSession, sourceRelation } from '../ports.ts'
import { id } from '../sql-text.ts'
import { comparesKnown, type EventNeeds, versioned } from './event-table.ts'
import type { EventColumn, Events, Times } from './events.ts'

/** How many rows a source has, and whether its times are small enough for doubles to hold them exactly. */
export interface EventExtent {
  readonly rows: number
  readonly doubles: boolean
}

/** Largest time a double holds exactly, in µs: the year 2255. */
const exactTime = 2n ** 53n

/** Counts the rows of a source and looks at its earliest and latest times. */
export async function eventExtent(session: OfflineSession, { source }: EventNeeds): Promise<EventExtent> {
  const [[count = 0n, low = null, high = null] = []] = await session.rows(
    `SELECT count(*), least(min(__e), min(__k)), greatest(max(__e), max(__k)) FROM ${id(sourceRelation(source.name))}`,
    bigints(3),
  )
  return { rows: Number(count), doubles: small(low) && small(high) }
}

/** Bytes that sweeping one event takes, roughly: its columns, their gathered copies and running sums. */
export function bytesPerEvent(needs: EventNeeds): number {
  const texts = needs.columns.filter(name => !fixed.has(typeOf(needs, name))).length
  return (
    40 +
    48 * needs.columns.length +
    48 * texts +
    4 * needs.predicates.length +
    (comparesKnown(needs) ? 48 : 0)
  )
}

const fixed = new Set(['float64', 'int64', 'timestamp'])

function typeOf({ source }: EventNeeds, name: string): Field['type'] {
  return source.columns.find(column => column.name === name)?.type ?? 'string'
}

export interface EventRows {
  /** A relation with the columns of event rows, and a condition and an order on it. */
  readonly from: string
  readonly rows: number
  readonly doubles: boolean
  /** Column with the number of each row's key, if there is one. */
  readonly code?: string
}

/** Reads event rows column by column, in the order of the relation. */
export async function loadEvents(
  session: OfflineSession,
  needs: EventNeeds,
  { from, rows, doubles, code }: EventRows,
): Promise<{ readonly events: Events; readonly codes: Int32Array }> {
  const time = doubles ? 'float64' : 'int64'
  const cast = (expression: string, missing: string): string =>
    doubles
      ? `coalesce(CAST(${expression} AS DOUBLE), CAST('${missing}' AS DOUBLE))`
      : `coalesce(${expression}, ${2n ** 62n})`
  const fields: Field[] = []
  const select: string[] = []
  const builders: ColumnBuilder[] = []
  const add = (type: Field['type'], expression: string, builder = columnBuilder(type, rows)): number => {
    select.push(expression)
    builders.push(builder)
    return fields.push({ name: `x${fields.length}`, type }) - 1
  }
  const event = add(time, cast('__e', 'nan'))
  const known = comparesKnown(needs) ? add(time, cast('__k', 'nan')) : -1
  const replaced = versioned(needs) ? add(time, cast('__replaced', 'infinity')) : -1
  const columns = needs.columns.map((name, index) => ({ name, at: add(typeOf(needs, name), `c${index}`) }))
  const predicates = needs.predicates.map((predicate, index) => ({
    key: JSON.stringify(predicate),
    at: add('bool', `p${index}`, typedBuilder(new Uint8Array(rows), rows)),
  }))
  const coded = code === undefined ? -1 : add('date', code, typedBuilder(new Int32Array(rows), rows))
  let at = 0
  for await (const batch of session.stream(`SELECT ${select.join(', ')} FROM ${from}`, fields)) {
    for (const [index, run] of batch.columns.entries()) builders[index]?.add(run, at)
    at += batch.rows
  }
  if (at !== rows) throw new RangeError(`${at} event rows were read of ${rows}`)
  const built = builders.map((builder, index) => builder.finish(fields[index]?.type ?? 'string'))
  const delay =
    needs.source.knownAt.kind === 'delay' && needs.knownTime === 'cutoff' ? needs.source.knownAt.delay : null
  const events: Events = {
    rows,
    event: built[event]?.values as Times,
    known: known < 0 ? null : (built[known]?.values as Times),
    delay: delay === null ? 0n : parseDuration(delay),
    replaced: replaced < 0 ? null : (built[replaced]?.values as Times),
    columns: new Map(columns.map(column => [column.name, built[column.at] as EventColumn])),
    predicates: new Map(
      predicates.map(predicate => [predicate.key, built[predicate.at]?.values as Uint8Array]),
    ),
  }
  return { events, codes: coded < 0 ? new Int32Array(0) : (built[coded]?.values as unknown as Int32Array) }
}

function small(value: Value): boolean {
  return value === null || ((value as bigint) < exactTime && (value as bigint) > -exactTime)
}

export function bigints(count: number): Field[] {
  return Array.from({ length: count }, (_, index) => ({ name: `c${index}`, type: 'int64' as const }))
}

interface ColumnBuilder {
  add(run: ColumnRun, at: number): void
  finish(type: string): { readonly type: string; readonly valid: Uint8Array | null; readonly values: unknown }
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

function typedBuilder(
  target: Float64Array | BigInt64Array | Int32Array | Uint8Array,
  rows: number,
): ColumnBuilder {
  const bytes = new Uint8Array(target.buffer)
  const width = target.BYTES_PER_ELEMENT
  let valid: Uint8Array | null = null
  return {
    add(run, at) {
      if (run.kind !== 'fixed') throw new TypeError('a fixed-width column was expected')
      bytes.set(run.bytes, at * width)
      if (run.valid === null) return
      valid ??= new Uint8Array(rows).fill(1)
      valid.set(run.valid, at)
    },
    finish: type => ({ type, values: target, valid }),
  }
}
