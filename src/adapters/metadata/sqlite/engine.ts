import process from 'node:process'
import { FettleError } from '../../../kernel/errors/index.ts'

export type SqliteValue = null | number | bigint | string | Uint8Array

/** The part of the `node:sqlite` API that Fettle uses. */
export interface SqliteStatement {
  all(...parameters: readonly SqliteValue[]): Record<string, SqliteValue>[]
  run(...parameters: readonly SqliteValue[]): {
    readonly changes: number | bigint
    readonly lastInsertRowid: number | bigint
  }
  /** Not in Node before 22.16. */
  columns?(): readonly unknown[]
  setReadBigInts(on: boolean): void
}

export interface SqliteDatabase {
  exec(sql: string): void
  prepare(sql: string): SqliteStatement
  close(): void
}

export interface SqliteEngine {
  readonly DatabaseSync: new (path: string) => SqliteDatabase
}

/** Node's own SQLite where there is one (from 22.13), else the npm package of the same interface. */
export async function loadSqlite(): Promise<SqliteEngine> {
  const builtin = process.getBuiltinModule?.('node:sqlite') as SqliteEngine | undefined
  if (builtin !== undefined) return builtin
  return (await import('@photostructure/sqlite')) as unknown as SqliteEngine
}

const sqliteBusy = 5
const sqliteFull = 13

/** Whether another connection holds the lock that was asked for. */
export function isBusy(error: unknown): boolean {
  const { errcode, message } = (error ?? {}) as { readonly errcode?: number; readonly message?: string }
  return errcode === undefined
    ? (message ?? '').includes('database is locked')
    : (errcode & 0xff) === sqliteBusy
}

/** A full disk becomes DISK_FULL; any other error is passed on as it is. */
export function sqliteError(error: unknown): unknown {
  const { errcode } = (error ?? {}) as { readonly errcode?: number }
  const message = error instanceof Error ? error.message : ''
  if (errcode !== undefined ? (errcode & 0xff) === sqliteFull : message.includes('database or disk is full'))
    return new FettleError('DISK_FULL', 'The metadata store could not be written: the disk is full', {
      cause: error,
    })
  return error
}
