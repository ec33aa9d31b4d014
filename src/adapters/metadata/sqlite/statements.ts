import type { SqliteDatabase, SqliteStatement, SqliteValue } from './engine.ts'
import { sqliteError } from './engine.ts'

const cacheSize = 500

/** Runs SQL on one connection, keeping the most recently used statements prepared. */
export interface StatementRunner {
  run(
    sql: string,
    parameters: readonly SqliteValue[],
  ): { readonly rows: Record<string, SqliteValue>[]; readonly changes: bigint }
}

interface Prepared {
  readonly statement: SqliteStatement
  readonly answers: boolean
}

export function createStatementRunner(database: SqliteDatabase): StatementRunner {
  const cache = new Map<string, Prepared>()

  function prepare(sql: string): Prepared {
    const known = cache.get(sql)
    if (known !== undefined) {
      cache.delete(sql)
      cache.set(sql, known)
      return known
    }
    const statement = database.prepare(sql)
    statement.setReadBigInts(true)
    const prepared = { statement, answers: answersRows(statement, sql) }
    if (cache.size >= cacheSize) cache.delete(cache.keys().next().value ?? '')
    cache.set(sql, prepared)
    return prepared
  }

  return {
    run(sql, parameters) {
      parameters.forEach(assertExact)
      try {
        const { statement, answers } = prepare(sql)
        if (answers) return { rows: statement.all(...parameters).map(narrowIntegers), changes: 0n }
        return { rows: [], changes: BigInt(statement.run(...parameters).changes) }
      } catch (error) {
        throw sqliteError(error)
      }
    },
  }
}

function answersRows(statement: SqliteStatement, sql: string): boolean {
  if (statement.columns !== undefined) return statement.columns().length > 0
  return /^\s*(?:select|with|pragma|values)\b|\sreturning\s/i.test(sql)
}

/**
 * The npm engine binds a number nearer to an integer than 2^-52 as that integer, and a text only up to its first U+0000.
 * Neither may happen silently; on Node's own engine the same is refused, so that both behave alike.
 */
function assertExact(value: SqliteValue): void {
  if (typeof value === 'string' && value.includes('\u0000'))
    throw new Error('a text with U+0000 cannot be stored')
  if (typeof value !== 'number' || Number.isInteger(value)) return
  if (Number.isNaN(value) || Math.abs(value - Math.floor(value)) < Number.EPSILON)
    throw new Error(`the number ${value} cannot be bound exactly: store it as a sortable double`)
}

/** Integers are read as bigint, since a number would lose those above 2^53; the safe ones become numbers again. */
function narrowIntegers(row: Record<string, SqliteValue>): Record<string, SqliteValue> {
  for (const key in row) {
    const value = row[key]
    if (typeof value !== 'bigint') continue
    const number = Number(value)
    if (Number.isSafeInteger(number)) row[key] = number
  }
  return row
}
