import {
  closeSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { FettleError } from '../../../kernel/errors/index.ts'
import { frameHeaderBytes, maxPayloadBytes } from '../../../kernel/framing/frames.ts'
import type { Micros } from '../../../kernel/time.ts'
import type { Field } from '../../../kernel/values/index.ts'
import { type BatchRecord, encodeRecord, type ResultRecord } from './records.ts'
import {
  encodeHeader,
  listSegments,
  readSealed,
  readSegment,
  segmentHeaderBytes,
  segmentPath,
} from './segments.ts'

export type NewBatch = Omit<BatchRecord, 'kind' | 'first'>

/** A batch that is in the journal, with its report if it is also known to be in the store. */
export interface RecoveredBatch {
  readonly batch: BatchRecord
  readonly fields: readonly Field[]
  readonly report: ResultRecord['report'] | undefined
}

/**
 * The journal of one push source. It has one writer: whoever opens it holds the serving folder's lock, which the
 * operating system gives back when the process dies.
 */
export interface JournalWriter {
  /** What is remembered at the start: batches of the last seven days, and all that may not be in the store. */
  readonly recovered: readonly RecoveredBatch[]
  /** Resolves with the sequence of the first row when the rows are on the device. Rejects JOURNAL_UNWRITABLE, BATCH_TOO_LARGE. */
  append(batch: NewBatch, fields: readonly Field[]): Promise<bigint>
  /** Notes that a batch is in the store. Never awaited: without the note the batch is written again after a restart. */
  settle(result: Omit<ResultRecord, 'kind'>): void
  /** Begins a new segment, so that all that was appended is in ones that nobody writes to. Rejects JOURNAL_UNWRITABLE. */
  roll(now: Micros): Promise<void>
  close(): Promise<void>
}

export interface JournalOptions {
  readonly folder: string
  readonly now: Micros
  /** Default 64 MiB. */
  readonly segmentBytes?: number
  readonly files?: JournalFiles
}

/** What the writer asks of the file system: a seam, so that full and failing disks can be tried. */
export interface JournalFiles {
  write(file: number, bytes: Uint8Array): void
  sync(file: number): Promise<void>
}

const journalFiles: JournalFiles = {
  write: (file, bytes) => {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at)
  },
  sync: file =>
    new Promise((resolve, reject) => fdatasync(file, error => (error ? reject(error) : resolve()))),
}

export const rememberedMicros: Micros = 7n * 86_400_000_000n

/** Throws JOURNAL_DAMAGED when a file that was finished does not hold together. */
export function openJournal(options: JournalOptions): JournalWriter {
  mkdirSync(options.folder, { recursive: true })
  const found = recover(options)
  return createWriter(options, found)
}

interface Recovered {
  readonly batches: readonly RecoveredBatch[]
  /** Next ingest sequence. */
  readonly next: bigint
  /** The segment to go on with. */
  readonly open:
    | { readonly path: string; readonly bytes: number; readonly fields: readonly Field[] }
    | undefined
}

/** Cuts the torn tail of the last segment: records that were never acknowledged. */
function recover({ folder, now }: JournalOptions): Recovered {
  const segments = [...listSegments(folder)]
  const last = segments.at(-1)
  const tail = last && readSegment(last.path)
  if (last && !tail) {
    // Died before the header was whole: no record can be behind it.
    unlinkSync(last.path)
    return recover({ folder, now })
  }
  if (!last || !tail) return { batches: [], next: 1n, open: undefined }
  if (tail.validBytes < tail.bytes) cut(last.path, tail.validBytes)
  const contents = [tail]
  for (const { path } of segments.slice(0, -1).reverse()) {
    if (contents.length > 1 && (contents[0]?.createdAt ?? 0n) < now - rememberedMicros) break
    contents.unshift(readSealed(path))
  }
  const reports = new Map<bigint, ResultRecord['report']>()
  const batches: Omit<RecoveredBatch, 'report'>[] = []
  let next = last.first
  for (const { records } of contents) {
    let fields: readonly Field[] = []
    for (const record of records) {
      if (record.kind === 'schema') fields = record.fields
      else if (record.kind === 'result') reports.set(record.first, record.report)
      else {
        batches.push({ batch: record, fields })
        next = record.first + BigInt(record.rows.length)
      }
    }
  }
  return {
    batches: batches.map(each => ({ ...each, report: reports.get(each.batch.first) })),
    next,
    open: { path: last.path, bytes: tail.validBytes, fields: tail.fields },
  }
}

function cut(path: string, length: number): void {
  const file = openSync(path, 'r+')
  ftruncateSync(file, length)
  fsyncSync(file)
  closeSync(file)
}

interface Waiting {
  resolve(first: bigint): void
  reject(error: unknown): void
  readonly batch: NewBatch
  readonly fields: readonly Field[]
}

interface Roll {
  readonly now: Micros
  resolve(): void
  reject(error: unknown): void
}

interface OpenSegment {
  readonly file: number
  /** Bytes that are synced and whole. */
  length: number
  fields: string
  /** There may be more behind them. */
  torn: boolean
}

interface Group {
  readonly frames: readonly Buffer[]
  readonly written: readonly { readonly waiter: Waiting; readonly first: bigint }[]
  readonly following: bigint
  readonly schema: string
}

function encodeGroup(
  group: readonly Waiting[],
  from: { readonly next: bigint; readonly schema: string },
): Group {
  const frames: Buffer[] = []
  const written: { waiter: Waiting; first: bigint }[] = []
  let [following, schema] = [from.next, from.schema]
  for (const waiter of group) {
    const frame = encodeRecord({ kind: 'batch', first: following, ...waiter.batch }, waiter.fields)
    if (frame.length - frameHeaderBytes > maxPayloadBytes) {
      waiter.reject(tooLarge(frame.length))
      continue
    }
    const text = JSON.stringify(waiter.fields)
    if (text !== schema) frames.push(encodeRecord({ kind: 'schema', fields: waiter.fields }, []))
    schema = text
    frames.push(frame)
    written.push({ waiter, first: following })
    following += BigInt(waiter.batch.rows.length)
  }
  return { frames, written, following, schema }
}

function createWriter(options: JournalOptions, recovered: Recovered): JournalWriter {
  const { folder, segmentBytes = 64 * 1024 * 1024, files = journalFiles } = options
  let next = recovered.next
  let segment = recovered.open && reopen(recovered.open)
  let waiting: Waiting[] = []
  let notes: Buffer[] = []
  const rolls: Roll[] = []
  let running: Promise<void> | undefined

  function openSegment(createdAt: Micros): OpenSegment {
    // A file of this name holds no row: it was begun when the disk was full.
    const file = openSync(segmentPath(folder, next), 'w')
    try {
      files.write(file, encodeHeader(next, createdAt))
      syncFolder(folder)
    } catch (error) {
      closeSync(file)
      throw error
    }
    return { file, length: segmentHeaderBytes, fields: '', torn: false }
  }

  /** The segment to write to, without what a failed write left behind: nothing may stand behind a torn frame. */
  function usableSegment(createdAt: Micros): OpenSegment {
    if (segment?.torn) ftruncateSync(segment.file, segment.length)
    if (segment) segment.torn = false
    if (segment && segment.length >= segmentBytes) {
      closeSync(segment.file)
      segment = undefined
    }
    segment ??= openSegment(createdAt)
    return segment
  }

  /** Writes and syncs a group. What fails alone (too large) is refused alone. */
  async function writeGroup(group: readonly Waiting[]): Promise<void> {
    const target = usableSegment(group[0]?.batch.now ?? options.now)
    const { frames, written, following, schema } = encodeGroup(group, { next, schema: target.fields })
    const bytes = Buffer.concat([...notes, ...frames])
    notes = []
    target.torn = true
    files.write(target.file, bytes)
    if (written.length > 0) await files.sync(target.file)
    target.torn = false
    target.length += bytes.length
    target.fields = schema
    next = following
    for (const { waiter, first } of written) waiter.resolve(first)
  }

  /** The new segment is there, with the next sequence in its name, before an old one may lose its last rows. */
  async function rollOver({ now, resolve, reject }: Roll): Promise<void> {
    try {
      if (segment) {
        if (segment.torn) ftruncateSync(segment.file, segment.length)
        await files.sync(segment.file)
        closeSync(segment.file)
        segment = undefined
        segment = openSegment(now)
        await files.sync(segment.file)
      }
      resolve()
    } catch (error) {
      reject(unwritable(error))
    }
  }

  async function run(): Promise<void> {
    while (waiting.length > 0 || notes.length > 0 || rolls.length > 0) {
      for (const roll of rolls.splice(0)) await rollOver(roll)
      if (waiting.length === 0 && notes.length === 0) continue
      const group = waiting
      waiting = []
      try {
        await writeGroup(group)
      } catch (error) {
        for (const waiter of group) waiter.reject(unwritable(error))
      }
    }
    running = undefined
  }

  /** What arrives in one turn of the event loop, or while a sync is under way, shares the next sync. */
  function wake(): void {
    running ??= new Promise<void>(start => setImmediate(start)).then(run)
  }

  return {
    recovered: recovered.batches,
    append: (batch, fields) =>
      new Promise((resolve, reject) => {
        waiting.push({ batch, fields, resolve, reject })
        wake()
      }),
    settle: result => {
      notes.push(encodeRecord({ kind: 'result', ...result }, []))
      wake()
    },
    roll: now =>
      new Promise((resolve, reject) => {
        rolls.push({ now, resolve, reject })
        wake()
      }),
    async close() {
      await running
      if (!segment) return
      await files.sync(segment.file)
      closeSync(segment.file)
      segment = undefined
    },
  }
}

function reopen(open: NonNullable<Recovered['open']>): OpenSegment {
  const file = openSync(open.path, 'a')
  return { file, length: open.bytes, fields: JSON.stringify(open.fields), torn: false }
}

/** A new file's name is on the device only when its folder is. */
function syncFolder(folder: string): void {
  const file = openSync(folder, 'r')
  fsyncSync(file)
  closeSync(file)
}

function tooLarge(bytes: number): FettleError {
  return new FettleError('BATCH_TOO_LARGE', `the rows take ${bytes} bytes of the journal`, {
    hint: `Send at most ${maxPayloadBytes} bytes of rows at once.`,
    details: { bytes, limit: maxPayloadBytes },
  })
}

function unwritable(cause: unknown): FettleError {
  const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'the write failed'
  return new FettleError(
    'JOURNAL_UNWRITABLE',
    `the journal cannot be written (${why}): nothing was acknowledged`,
    {
      cause,
    },
  )
}
