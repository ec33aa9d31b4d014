import { open, stat } from 'node:fs/promises'
import type { SourceData, SourceSize } from '../definitions/index.ts'
import { sourceFiles } from '../features/index.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { parquetRows } from './parquet-rows.ts'

/** Bytes, and for Parquet rows, of the sources that are files; a file that is not there is said so. */
export async function sourceSizes(
  sources: readonly SourceData[],
  directory: string,
): Promise<ReadonlyMap<string, SourceSize>> {
  const sizes = new Map<string, SourceSize>()
  for (const source of sources) {
    const size = await sizeOf(source, directory)
    if (size) sizes.set(source.name, size)
  }
  return sizes
}

async function sizeOf({ name, from }: SourceData, directory: string): Promise<SourceSize | undefined> {
  if (from.kind !== 'parquet' && from.kind !== 'csv' && from.kind !== 'duckdb') return undefined
  try {
    const files = await sourceFiles(name, directory, from.path)
    const bytes = await Promise.all(files.map(async file => (await stat(file)).size))
    const rows = from.kind === 'parquet' ? await Promise.all(files.map(rowsOf)) : []
    return {
      bytes: bytes.reduce((sum, each) => sum + each, 0),
      rows:
        from.kind === 'parquet' && !rows.includes(null)
          ? rows.reduce<number>((sum, each) => sum + (each ?? 0), 0)
          : null,
      missing: null,
    }
  } catch (error) {
    if (error instanceof FettleError && error.code === 'SOURCE_UNREADABLE')
      return { bytes: 0, rows: null, missing: from.path }
    throw error
  }
}

/** Rows by the footer of a Parquet file; null if it has none that can be read. */
async function rowsOf(path: string): Promise<number | null> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    if (size < 12) return null
    const tail = Buffer.alloc(8)
    await file.read(tail, 0, 8, size - 8)
    const length = tail.readUInt32LE(0)
    if (tail.toString('latin1', 4) !== 'PAR1' || length > size - 12 || length > 1 << 28) return null
    const footer = Buffer.alloc(length)
    await file.read(footer, 0, length, size - 8 - length)
    return parquetRows(footer)
  } finally {
    await file.close()
  }
}
