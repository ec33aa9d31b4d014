import { type ColumnType, type RawBuilder, sql } from 'kysely'
import type { Json } from '../../kernel/canonical.ts'
import type { Micros } from '../../kernel/time.ts'

export type DatabaseKind = 'sqlite' | 'postgres'

/** Microseconds since the epoch. Read as a number where that is exact, else as a bigint: see {@link micros}. */
export type MicrosColumn = ColumnType<number | bigint, bigint, bigint>
export type NullableMicrosColumn = ColumnType<number | bigint | null, bigint | null, bigint | null>

export function micros(value: number | bigint): Micros {
  return BigInt(value)
}

export function microsOrNull(value: number | bigint | null): Micros | null {
  return value === null ? null : BigInt(value)
}

/** A double as an integer of the same order: see {@link toSortable}. */
export type DoubleColumn = ColumnType<number | bigint, bigint, bigint>

const bits = new DataView(new ArrayBuffer(8))
const magnitude = 0x7fff_ffff_ffff_ffffn

/**
 * The 64 bits of a double, negative ones turned over, so that the integers are ordered as the numbers are. Doubles are
 * kept in this form because a SQLite engine we use binds numbers nearer to an integer than 2^-52 as that integer: 1e-17
 * would become 0. Not for NaN, which has no place in the order.
 */
export function toSortable(value: number): bigint {
  bits.setFloat64(0, value)
  const integer = bits.getBigInt64(0)
  return integer < 0n ? integer ^ magnitude : integer
}

export function fromSortable(value: number | bigint): number {
  const integer = BigInt(value)
  bits.setBigInt64(0, integer < 0n ? integer ^ magnitude : integer)
  return bits.getFloat64(0)
}

/** JSON is kept as text, members in the order they came. */
export function toJsonText(value: unknown): string {
  return JSON.stringify(value)
}

export function fromJsonText<Value = Json>(text: string): Value {
  return JSON.parse(text) as Value
}

/** Column types that mean the same in both databases. Text is compared and ordered by code point. */
export interface ColumnTypes {
  readonly text: RawBuilder<unknown>
  /** 64 bit. */
  readonly integer: RawBuilder<unknown>
  readonly blob: RawBuilder<unknown>
  /** At the end of a table: keep its rows in the order of the primary key, where the database knows such tables. */
  readonly keyed: RawBuilder<unknown>
}

export const columnTypes: Readonly<Record<DatabaseKind, ColumnTypes>> = {
  sqlite: { text: sql`text`, integer: sql`integer`, blob: sql`blob`, keyed: sql`without rowid` },
  postgres: { text: sql`text collate "C"`, integer: sql`bigint`, blob: sql`bytea`, keyed: sql`` },
}
