import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Field } from '../../kernel/values/index.ts'
import type { TrainingSetManifest } from '../model.ts'
import { checkStored } from '../offline/check-stored.ts'
import type { OfflineSession } from '../offline/ports.ts'
import { fileHash } from '../offline/source-versions.ts'
import { id, text } from '../offline/sql-text.ts'
import { copyWithout, type StoredRowsFile } from './stored-rows.ts'

/**
 * Writes a stored set again without the rows of erased keys, to `part-0.parquet` in a folder. Its id and the numbers in
 * `__row` stay; rows, splits, checksum and files are recorded beside the former ones. Undefined when there is no such row.
 */
export async function redactSet(
  manifest: TrainingSetManifest,
  stored: Omit<StoredRowsFile, 'columns'>,
  { folder, receipt }: { readonly folder: string; readonly receipt: string },
): Promise<TrainingSetManifest | undefined> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const path = join(folder, 'part-0.parquet')
  let redacted: TrainingSetManifest | undefined
  await copyWithout({ ...stored, columns: manifest.columns }, path, async (session, gone) => {
    const { rows, checksum, files, splits } = manifest
    const fields = manifest.columns.map(({ name, type }): Field => ({ name, type }))
    redacted = {
      ...manifest,
      rows: rows - gone,
      splits: await splitRows(session, { path, splits }),
      checksum: await checkStored(session, { path, fields, rows: rows - gone }),
      files: [{ path: 'part-0.parquet', bytes: (await stat(path)).size, sha256: await fileHash(path) }],
      redacted: (manifest.redacted ?? 0) + gone,
      former: [...(manifest.former ?? []), { receipt, rows, splits, checksum, files }],
    }
  })
  return redacted
}

async function splitRows(
  session: OfflineSession,
  { path, splits }: { readonly path: string; readonly splits: TrainingSetManifest['splits'] },
): Promise<TrainingSetManifest['splits']> {
  const names = Object.keys(splits)
  if (names.length === 0) return splits
  const counted = await session.rows(
    `SELECT ${names.map(name => `count(*) FILTER (WHERE ${id('__split')} = ${text(name)})`).join(', ')} FROM read_parquet(${text(path)})`,
    names.map(name => ({ name, type: 'int64' as const })),
  )
  return Object.fromEntries(names.map((name, index) => [name, Number(counted[0]?.[index] ?? 0n)]))
}
