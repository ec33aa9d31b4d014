import { dirname } from 'node:path'
import type { Field } from '../../kernel/values/index.ts'
import type { OfflineEngine, OfflineSession } from '../offline/ports.ts'
import { text } from '../offline/sql-text.ts'
import { erasedPositions, type KeyColumns } from './erased-positions.ts'
import type { ErasedKeys } from './suppression-list.ts'

/** A Parquet file that holds rows of keys. */
export interface StoredRowsFile {
  readonly engine: OfflineEngine
  readonly path: string
  readonly columns: readonly Field[]
  /** Columns that hold keys of the entities. */
  readonly keys: readonly KeyColumns[]
  readonly erased: ErasedKeys
}

/** Rows of erased keys in the file. */
export async function countStored(file: StoredRowsFile): Promise<number> {
  const session = await openFor(file)
  try {
    return (await positionsIn(session, file)).length
  } finally {
    await session.close()
  }
}

/** Writes the file again without the rows of erased keys, in its order, and says how many they were; nothing for none. */
export async function copyWithout(
  file: StoredRowsFile,
  to: string,
  inspect: (session: OfflineSession, gone: number) => Promise<void> = async () => undefined,
): Promise<number> {
  const session = await openFor(file, to)
  try {
    const gone = await positionsIn(session, file)
    if (gone.length === 0) return 0
    await session.addColumns(
      'erased',
      [{ name: position, type: 'int64' }],
      [{ rows: gone.length, columns: [{ kind: 'values', values: gone }] }],
    )
    await session.writeParquet(
      `SELECT * EXCLUDE (${position}) FROM ${numbered(file.path)} WHERE ${position} NOT IN (SELECT ${position} FROM erased) ORDER BY ${position}`,
      to,
    )
    await inspect(session, gone.length)
    return gone.length
  } finally {
    await session.close()
  }
}

const position = '__position'

const numbered = (path: string): string =>
  `(SELECT * EXCLUDE (file_row_number), file_row_number AS ${position} FROM read_parquet(${text(path)}, file_row_number = true))`

const openFor = ({ engine, path }: StoredRowsFile, ...more: readonly string[]): Promise<OfflineSession> =>
  engine.open({
    projectFolder: dirname(path),
    reach: { files: [], folders: [path, ...more].map(each => dirname(each)) },
  })

const positionsIn = (
  session: OfflineSession,
  { path, columns, keys, erased }: StoredRowsFile,
): Promise<readonly bigint[]> =>
  erasedPositions(session, { from: numbered(path), position, columns, keys, erased })
