import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { contentChecksum, type Field } from '../../kernel/values/index.ts'
import type { TrainingSetManifest } from '../model.ts'
import type { StoredRows } from './ports.ts'

/** What the stored bytes say, beside what the manifest says of them. */
export interface Verification {
  readonly id: string
  readonly ok: boolean
  /** One sentence for each thing that differs. */
  readonly differences: readonly string[]
  readonly rows: number
  readonly checksum: string
  /**
   * Content checksum of each column alone, where asked for: two sets that share one have the same values there, in the
   * same order.
   */
  readonly columns: Readonly<Record<string, string>>
}

interface Reading {
  readonly path: string
  readonly rows: StoredRows
  readonly byColumn: boolean
}

/** Reads a stored set back and compares size, hash, rows and content checksum with its manifest (features.md §7.8). */
export async function verifyFiles(
  manifest: TrainingSetManifest,
  { path, rows, byColumn }: Reading,
): Promise<Verification> {
  const differences: string[] = []
  const compare = (what: string, is: string | number, was: string | number): void => {
    if (is !== was) differences.push(`${what} is ${is}, the manifest says ${was}`)
  }
  const [file] = manifest.files
  compare(`the size of ${file?.path} in bytes`, (await stat(path)).size, file?.bytes ?? 0)
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  compare(`the hash of ${file?.path}`, hash.digest('hex'), file?.sha256 ?? '')
  const content = await contentOf(manifest, { path, rows, byColumn })
  compare('the number of rows', content.rows, manifest.rows)
  compare('the content checksum', content.checksum, manifest.checksum)
  return { id: manifest.id, ok: differences.length === 0, differences, ...content }
}

async function contentOf(
  manifest: TrainingSetManifest,
  { path, rows: stored, byColumn }: Reading,
): Promise<Pick<Verification, 'rows' | 'checksum' | 'columns'>> {
  const fields = manifest.columns.map(({ name, type }): Field => ({ name, type }))
  const whole = contentChecksum(fields)
  const single = byColumn ? fields : []
  const each = single.map(field => contentChecksum([field]))
  let rows = 0
  for await (const batch of stored.stream(path, { columns: fields, split: null, from: 0, to: null })) {
    whole.addColumns(batch.columns, batch.rows)
    for (const [index, column] of batch.columns.entries()) each[index]?.addColumns([column], batch.rows)
    rows += batch.rows
  }
  return {
    rows,
    checksum: whole.digest(),
    columns: Object.fromEntries(single.map(({ name }, index) => [name, each[index]?.digest() ?? ''])),
  }
}
