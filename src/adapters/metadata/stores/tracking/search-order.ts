import { type RawBuilder, sql } from 'kysely'
import type { Field, OrderTerm, Place } from '../../../../experiments/index.ts'
import type { Expression, Truth } from './search-condition.ts'

/** A term in SQL: rank (0 a value, 1 NaN, 2 none) and a value that is never null. */
export interface OrderColumn {
  readonly rank: Expression
  readonly value: Expression
  readonly descending: boolean
  /** What it takes beside the table that is searched. */
  readonly join: Expression
}

const none = sql``

/** A column that may be null; `zero` stands in where it is. */
export function nullableColumn(
  column: Expression,
  { zero, descending }: { readonly zero: '' | 0; readonly descending: boolean },
): OrderColumn {
  return {
    rank: sql`(case when ${column} is null then 2 else 0 end)`,
    value: sql`coalesce(${column}, ${sql.lit(zero)})`,
    descending,
    join: none,
  }
}

export const plainColumn = (value: Expression, descending: boolean): OrderColumn => ({
  rank: sql`0`,
  value,
  descending,
  join: none,
})

/** Nothing has a value: the key was never logged. */
export const absentColumn: OrderColumn = { rank: sql`2`, value: sql`0`, descending: false, join: none }

export interface OrderedRow {
  readonly [column: string]: unknown
}

const rankName = (at: number) => sql.ref(`p.k${at}`)
const valueName = (at: number) => sql.ref(`p.v${at}`)

/** Rows of `from` by the columns, after a place; every row has `k<i>` and `v<i>` for its own place. */
export function orderedRows(request: {
  readonly select: Expression
  readonly from: Expression
  readonly where: Truth
  readonly columns: readonly OrderColumn[]
  readonly after: Place | undefined
  readonly limit: number
}): RawBuilder<OrderedRow> {
  const { columns, after } = request
  const places = columns.map(
    ({ rank, value }, at) => sql`${rank} as ${sql.ref(`k${at}`)}, ${value} as ${sql.ref(`v${at}`)}`,
  )
  const joins = columns.map(({ join }) => join)
  const terms = columns.map(
    ({ descending }, at) => sql`${rankName(at)}, ${valueName(at)} ${sql.raw(descending ? 'desc' : 'asc')}`,
  )
  const beyond = after === undefined ? sql<boolean>`1 = 1` : afterPlace(columns, after)
  return sql<OrderedRow>`select * from (select ${request.select}, ${sql.join(places)}
    from ${request.from} ${sql.join(joins, sql` `)} where ${request.where}) as p
    where ${beyond} order by ${sql.join(terms)} limit ${request.limit}`
}

/** Lexicographic: beyond in the first term, or equal there and beyond in the next, and so on. */
function afterPlace(columns: readonly OrderColumn[], after: Place): Truth {
  const last = columns.length - 1
  const at = (index: number): Truth => {
    const [rank, value] = [after[2 * index], after[2 * index + 1]]
    const further = sql.raw(columns[index]?.descending ? '<' : '>')
    const beyond = sql<boolean>`${rankName(index)} > ${rank} or (${rankName(index)} = ${rank} and ${valueName(index)} ${further} ${value})`
    if (index === last) return sql<boolean>`(${beyond})`
    const same = sql`${rankName(index)} = ${rank} and ${valueName(index)} = ${value}`
    return sql<boolean>`(${beyond} or (${same} and ${at(index + 1)}))`
  }
  return at(0)
}

export function placeOf(row: OrderedRow, terms: number): Place {
  return Array.from({ length: terms }, (_, at) => [row[`k${at}`], row[`v${at}`]] as Place).flat()
}

/** The order of places of the same terms, as the databases have it: texts by code point. */
export function comparePlaces(order: readonly OrderTerm[], one: Place, other: Place): number {
  for (const [at, { descending }] of order.entries()) {
    const rank = Number(one[2 * at]) - Number(other[2 * at])
    if (rank !== 0) return rank
    const compared = compareValues(one[2 * at + 1] ?? 0, other[2 * at + 1] ?? 0)
    if (compared !== 0) return descending ? -compared : compared
  }
  return 0
}

type PlaceValue = Place[number]

function compareValues(one: PlaceValue, other: PlaceValue): number {
  if (one === other) return 0
  if (typeof one === 'string' && typeof other === 'string') return compareCodePoints(one, other)
  return one < other ? -1 : one > other ? 1 : 0
}

/** UTF-8 bytes are in the order of code points; JavaScript's own order of strings is not. */
function compareCodePoints(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}

export const isAttribute = (field: Field | undefined, name: string): boolean =>
  field?.kind === 'attribute' && field.name === name
