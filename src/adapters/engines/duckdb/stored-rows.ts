import { dirname } from 'node:path'
import { id, type OfflineEngine, type RowQuery, type StoredRows, text } from '../../../features/index.ts'

/** Reads parts of stored training sets with an engine session of their own, which may touch their folders and no more. */
export function duckdbStoredRows(engine: OfflineEngine): StoredRows {
  const open = (...paths: readonly string[]) =>
    engine.open({
      projectFolder: dirname(paths[0] ?? '.'),
      reach: { files: [], folders: paths.map(path => dirname(path)) },
    })
  return {
    async *stream(path, query) {
      const session = await open(path)
      try {
        yield* session.stream(partSql(path, query), query.columns)
      } finally {
        await session.close()
      }
    },
    async copy(path, query, to) {
      const session = await open(path, to)
      try {
        await session.writeParquet(partSql(path, query), to)
      } finally {
        await session.close()
      }
    },
  }
}

function partSql(path: string, { columns, split, from, to }: RowQuery): string {
  const where = split === null ? '' : ` WHERE "__split" = ${text(split)}`
  const limit = to === null ? '' : ` LIMIT ${Math.max(0, to - from)}`
  return `SELECT ${columns.map(column => id(column.name)).join(', ')} FROM read_parquet(${text(path)})${where}${limit} OFFSET ${from}`
}
