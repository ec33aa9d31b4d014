import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { FettleError } from '../../kernel/errors/index.ts'
import { newId } from '../../kernel/ids.ts'
import { nearest } from '../../kernel/nearest.ts'
import type { Field } from '../../kernel/values/index.ts'
import type { ObjectStore } from '../../pipelines/index.ts'
import type { EncodeArrow, RowQuery, StoredRows, TrainingSetRecord, TrainingSetRecords } from './ports.ts'
import { csvHeading, csvLines, jsonLines } from './row-text.ts'
import { type Verification, verifyFiles } from './verify.ts'

export interface TrainingSetsDependencies {
  readonly records: TrainingSetRecords
  readonly objects: ObjectStore
  /** Opened when a set is first read. */
  rows(): Promise<StoredRows>
  readonly encodeArrow: EncodeArrow
  /** Folder for files that live as long as one answer. */
  readonly scratchFolder: string
}

export type RowFormat = 'jsonl' | 'csv' | 'arrow' | 'parquet'

/** What is read of a stored set: columns in this order, a split, and positions among its rows; the whole when left out. */
export interface RowSelection {
  readonly format: RowFormat
  readonly columns?: readonly string[]
  readonly split?: string
  readonly from?: number
  readonly to?: number
  /** False leaves out the heading of CSV, for a later piece of one file. */
  readonly heading?: boolean
}

export type TrainingSetsService = ReturnType<typeof createTrainingSetsService>

/** Stored training sets: found by id (`ds-…`), by version (`late@v3`) or by name (the newest), read and verified. */
export function createTrainingSetsService(dependencies: TrainingSetsDependencies) {
  const { records, objects, rows, encodeArrow, scratchFolder } = dependencies
  const get = (reference: string) => find(records, reference)
  return {
    /** Newest first; of one name, or of all. */
    list: (name?: string) => records.list(name),
    /** Throws TRAINING_SET_UNKNOWN. */
    get,
    /** Whether the bytes of a set are still stored; the manifest always is. */
    isStored: async ({ manifest }: TrainingSetRecord): Promise<boolean> =>
      (await Promise.all(manifest.files.map(file => objects.has(`sha256:${file.sha256}`)))).every(Boolean),

    /** Part of a set in one of the formats. Throws TRAINING_SET_UNKNOWN, COLUMN_UNKNOWN, BAD_PARAMETER, OBJECT_UNKNOWN. */
    async read(reference: string, selection: RowSelection): Promise<Uint8Array> {
      const record = await get(reference)
      const query = queryOf(record, selection)
      const path = await fileOf(record, dependencies)
      const reader = await rows()
      if (selection.format === 'parquet') {
        const copy = join(scratchFolder, `${newId('set')}.parquet`)
        try {
          await reader.copy(path, query, copy)
          return await readFile(copy)
        } finally {
          await rm(copy, { force: true })
        }
      }
      const batches = reader.stream(path, query)
      if (selection.format === 'arrow') return encodeArrow(query.columns, batches)
      const pieces =
        selection.format === 'csv' ? csvLines(query.columns, batches) : jsonLines(query.columns, batches)
      const heading = selection.format === 'csv' && selection.heading !== false
      return joined(heading ? csvHeading(query.columns) : '', pieces)
    },

    /** Recomputes hashes of the files and checksums of the content: of the whole, and of each column if asked for. */
    async verify(reference: string, { byColumn = false } = {}): Promise<Verification> {
      const record = await get(reference)
      const path = await fileOf(record, dependencies)
      return verifyFiles(record.manifest, { path, rows: await rows(), byColumn })
    },
  }
}

async function find(records: TrainingSetRecords, reference: string): Promise<TrainingSetRecord> {
  if (reference.startsWith('ds-')) {
    const found = await records.find(reference)
    if (found) return found
    throw unknown(`no training set ${reference} was built`, 'fettle training-sets lists what was.')
  }
  const [name = '', version] = reference.split('@')
  const builds = await records.list(name)
  if (builds.length === 0) {
    const names = [...new Set((await records.list()).map(each => each.name))]
    const meant = nearest(name, names)
    throw unknown(
      `no training set "${name}" was built`,
      meant === undefined ? 'fettle training-sets lists what was.' : `Did you mean ${meant}?`,
    )
  }
  const found = version === undefined ? builds[0] : builds.find(each => `v${each.number}` === version)
  if (found) return found
  throw unknown(
    `"${name}" has no version ${version}`,
    builds.length === 1 ? `It has v${builds[0]?.number}.` : `It has v1 to v${builds[0]?.number}.`,
  )
}

function unknown(message: string, hint: string): FettleError {
  return new FettleError('TRAINING_SET_UNKNOWN', message, { hint })
}

function queryOf({ name, manifest }: TrainingSetRecord, selection: RowSelection): RowQuery {
  const { columns, split, from = 0, to } = selection
  const chosen = columns ?? manifest.columns.map(column => column.name)
  const fields = chosen.map((column): Field => {
    const found = manifest.columns.find(each => each.name === column)
    if (found) return { name: found.name, type: found.type }
    throw new FettleError('COLUMN_UNKNOWN', `training set "${name}" has no column "${column}"`, {
      hint: `It has: ${manifest.columns.map(each => each.name).join(', ')}.`,
    })
  })
  if (split !== undefined && !Object.hasOwn(manifest.splits, split))
    throw new FettleError('BAD_PARAMETER', `training set "${name}" has no split "${split}"`, {
      hint: `It has: ${Object.keys(manifest.splits).join(', ') || 'none'}.`,
    })
  if (to !== undefined && to < from)
    throw new FettleError('BAD_PARAMETER', `rows ${from} to ${to} are no range`)
  return { columns: fields, split: split ?? null, from, to: to ?? null }
}

/** A local file with the bytes of the set. */
async function fileOf(
  { name, number, manifest }: TrainingSetRecord,
  { objects }: TrainingSetsDependencies,
): Promise<string> {
  const [file] = manifest.files
  const path = file && (await objects.locate(`sha256:${file.sha256}`))
  if (path !== undefined) return path
  throw new FettleError('OBJECT_UNKNOWN', `the bytes of ${name}@v${number} are no longer stored`, {
    hint: `Its manifest is kept. Build it again: fettle training-sets build ${name} --as-of ${manifest.asOf}`,
  })
}

async function joined(heading: string, pieces: AsyncIterable<string>): Promise<Uint8Array> {
  const parts: Buffer[] = [Buffer.from(heading)]
  let text = ''
  for await (const piece of pieces) {
    text += piece
    if (text.length < 1 << 20) continue
    parts.push(Buffer.from(text))
    text = ''
  }
  parts.push(Buffer.from(text))
  return Buffer.concat(parts)
}
