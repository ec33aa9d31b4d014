import { type DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import { type Batch, collectRows, type SessionOptions } from '../../../features/index.ts'
import type { Field, Value } from '../../../kernel/values/index.ts'
import { engineError, isInterrupt } from './engine-error.ts'
import { duckdbType } from './types.ts'
import { readChunk, writeChunk } from './vectors.ts'

/** Statements on one connection, cancellable and with progress. */
export interface Statements {
  run(sql: string): Promise<void>
  stream(sql: string, fields: readonly Field[]): AsyncIterable<Batch>
  rows(sql: string, fields: readonly Field[]): Promise<Value[][]>
  append(table: string, fields: readonly Field[], pieces: Iterable<Batch>): Promise<void>
}

export function statements(
  connection: DuckDBConnection,
  options: SessionOptions,
  mapped: (error: unknown) => Error = error => engineError(error, 'the engine'),
): Statements {
  const { signal, onShare } = options
  const interrupt = (): void => connection.interrupt()
  signal?.addEventListener('abort', interrupt)

  async function guarded<Result>(work: () => Promise<Result>): Promise<Result> {
    signal?.throwIfAborted()
    const timer =
      onShare && setInterval(() => onShare(Math.max(0, connection.progress.percentage) / 100), 500)
    try {
      return await work()
    } catch (error) {
      if (isInterrupt(error) && signal?.aborted) throw signal.reason
      throw mapped(error)
    } finally {
      clearInterval(timer)
    }
  }

  async function* stream(sql: string, fields: readonly Field[]): AsyncIterable<Batch> {
    const result = await guarded(() => connection.stream(sql))
    for (;;) {
      const chunk = await guarded(() => result.fetchChunk())
      if (!chunk || chunk.rowCount === 0) return
      yield readChunk(chunk, fields)
    }
  }

  return {
    async run(sql) {
      await guarded(() => connection.run(sql))
    },
    stream,
    rows: (sql, fields) => collectRows(stream(sql, fields), fields),
    async append(table, fields, pieces) {
      const appender = await connection.createAppender(table)
      const types = fields.map(field => duckdbType(field.type))
      for (const piece of pieces) {
        signal?.throwIfAborted()
        const chunk = DuckDBDataChunk.create(types, piece.rows)
        writeChunk(chunk, fields, piece)
        appender.appendDataChunk(chunk)
      }
      appender.flushSync()
      appender.closeSync()
    },
  }
}
