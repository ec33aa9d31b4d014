import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type OfflineEngine, type OfflineSession, text } from '../../features/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Field } from '../../kernel/values/index.ts'
import { decodeSegmentHeader, type SegmentName, segmentFileName, segmentHeaderBytes } from '../log/segment.ts'
import type { DecisionRecord, ReleaseNote } from '../model.ts'
import { batchOf, type DecisionLayout, fileColumns, heldFields, type PlacedDecision } from './columns.ts'
import { kindOf } from './entity-values.ts'
import { type IsErasedDecision, withoutValues } from './erase-decision.ts'
import type { SegmentKey, ShippedFile } from './manifest.ts'
import {
  extendIndex,
  type IndexedFrame,
  newSegmentIndex,
  readFrames,
  type SegmentIndex,
} from './segment-index.ts'

export interface Shipping {
  /** Of the prediction log. */
  readonly logFolder: string
  /** Of the files of decisions. */
  readonly folder: string
  readonly engine: OfflineEngine
  /** Whose decisions go without the values they were made from. */
  readonly isErased: IsErasedDecision
  /** Called between pieces, so that others get their turn. */
  pause(): Promise<void>
}

/** What became of one segment: files that nobody sees before they are committed. */
export interface Shipped {
  readonly key: SegmentKey
  readonly rows: number
  readonly bytes: number
  readonly damagedBytes: number
  /** Frames of decisions whose release note is among the damaged bytes: they cannot be read. */
  readonly unreadableFrames: number
  readonly files: readonly ShippedFile[]
}

/** Rows handed to the engine at a time. */
const pieceRows = 2048

/** Writes the decisions of a sealed segment as Parquet files, synced and checked against the segment. */
export async function shipSegment(shipping: Shipping, name: SegmentName): Promise<Shipped> {
  const { logFolder } = shipping
  const key = await segmentKey(logFolder, name)
  const index = newSegmentIndex(name)
  await extendIndex(logFolder, index)
  const files: ShippedFile[] = []
  const deployments = new Set([...index.notes.values()].map(note => note.deployment))
  for (const deployment of deployments) {
    const frames = index.frames.filter(frame => index.notes.get(frame.note)?.deployment === deployment)
    if (frames.length > 0) files.push(await shipDeployment(shipping, { index, key, deployment, frames }))
  }
  return {
    key,
    rows: files.reduce((sum, file) => sum + file.rows, 0),
    bytes: index.end,
    damagedBytes: index.damaged.reduce((sum, { bytes }) => sum + bytes, 0),
    unreadableFrames: index.frames.filter(frame => !index.notes.has(frame.note)).length,
    files,
  }
}

/** Throws LOG_DAMAGED for a file that is no segment. */
export async function segmentKey(folder: string, name: SegmentName): Promise<SegmentKey> {
  const path = join(folder, segmentFileName(name))
  const file = await open(path)
  try {
    const { buffer } = await file.read(Buffer.alloc(segmentHeaderBytes), 0, segmentHeaderBytes, 0)
    const header = decodeSegmentHeader(buffer)
    if (!header) throw new FettleError('LOG_DAMAGED', `${path} is no segment of a prediction log`)
    return { node: Buffer.from(header.node).toString('hex'), front: header.front, segment: header.segment }
  } finally {
    await file.close()
  }
}

interface Part {
  readonly index: SegmentIndex
  readonly key: SegmentKey
  readonly deployment: string
  readonly frames: readonly IndexedFrame[]
}

async function shipDeployment(shipping: Shipping, part: Part): Promise<ShippedFile> {
  const { key, deployment, frames, index } = part
  const date = new Date(index.name.createdMillis).toISOString().slice(0, 10)
  const path = join(
    `date=${date}`,
    `deployment=${deployment}`,
    `${key.node}-${key.front}-${String(key.segment).padStart(10, '0')}.parquet`,
  )
  const to = join(shipping.folder, path)
  const aside = join(shipping.folder, asideFolder, `${randomBytes(8).toString('hex')}.parquet`)
  await mkdir(dirname(aside), { recursive: true })
  await mkdir(dirname(to), { recursive: true })
  const session = await shipping.engine.open({
    projectFolder: shipping.folder,
    reach: { files: [], folders: [dirname(aside)] },
  })
  try {
    const { layout, notes, rows } = await hold(session, shipping, part)
    await session.writeParquet(`SELECT ${fileColumns(layout, notes, key.node)} FROM held`, aside)
    await assertSame(session, aside, rows)
    const bytes = await putInPlace(aside, to)
    const times = frames.map(frame => frame.decidedAt)
    const [from, until] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))]
    const { node, front, segment } = key
    return {
      ...{ path, deployment, date, node, front, first: segment, last: segment },
      ...{ rows, bytes, from, to: until, layout },
    }
  } finally {
    await session.close()
    await rm(aside, { force: true })
  }
}

/** Files that are being written; nobody reads there. */
export const asideFolder = '.aside'

interface Held {
  readonly layout: DecisionLayout
  readonly notes: readonly ReleaseNote[]
  readonly rows: number
}

/** Brings the decisions of a part into relation `held` of the session. */
async function hold(session: OfflineSession, shipping: Shipping, part: Part): Promise<Held> {
  const { logFolder, pause, isErased } = shipping
  const { index, deployment } = part
  const notes = [...index.notes.values()].filter(note => note.deployment === deployment)
  const numbers = new Map(notes.map((note, i) => [note, i]))
  const begun = new Set<number>()
  let layout: DecisionLayout | undefined
  let piece: PlacedDecision[] = []
  let rows = 0
  const flush = async () => {
    if (piece.length === 0) return
    const first = layout === undefined
    layout ??= layoutOf(
      notes,
      piece.map(({ record }) => record),
    )
    rows += piece.length
    await session.run('DROP TABLE IF EXISTS piece')
    await session.addColumns('piece', heldFields(layout), [batchOf(piece, layout)])
    await session.run(first ? 'CREATE TEMP TABLE held AS FROM piece' : 'INSERT INTO held FROM piece')
    piece = []
    await pause()
  }
  for await (const { records } of readFrames(logFolder, index, part.frames)) {
    for (const logged of records) {
      const record = isErased(logged) ? withoutValues(logged) : logged
      const note = numbers.get(record.release) ?? 0
      const noteText = begun.has(note) ? null : JSON.stringify(record.release)
      begun.add(note)
      piece.push({ record, segment: part.key.segment, note, noteText })
      if (piece.length === pieceRows) await flush()
    }
  }
  await flush()
  const expected = part.frames.reduce((sum, frame) => sum + frame.rows, 0)
  if (layout === undefined || rows !== expected)
    throw new FettleError('LOG_DAMAGED', `${rows} of ${expected} decisions of a segment could be read`)
  return { layout, notes, rows }
}

/** A column per field; its kind is that of the first values that are there. */
function layoutOf(notes: readonly ReleaseNote[], records: readonly DecisionRecord[]): DecisionLayout {
  const request = notes.flatMap(note => note.request)
  const names = [...new Set(request.map(({ name }) => name))]
  return {
    fields: names.map(name => ({
      name,
      role: request.find(field => field.name === name)?.role ?? 'request',
      kind: records.map(({ entity }) => kindOf(entity[name] ?? null)).find(kind => kind !== null) ?? 'string',
    })),
    vector: [...new Set(notes.flatMap(note => note.vector))],
    lookups: [...new Set(notes.flatMap(note => note.lookups))],
  }
}

/** Reads the file again: as many rows, and the same ones. */
async function assertSame(session: OfflineSession, path: string, rows: number): Promise<void> {
  const fields: readonly Field[] = [
    { name: 'rows', type: 'int64' },
    { name: 'ids', type: 'string' },
  ]
  const facts = (from: string) =>
    session.rows(
      `SELECT count(*), CAST(bit_xor(hash(base, "row", "offset", score)) AS VARCHAR) FROM ${from}`,
      fields,
    )
  const [[held], [written]] = [await facts('held'), await facts(`read_parquet(${text(path)})`)]
  const same = held?.[1] === written?.[1] && Number(written?.[0]) === rows && Number(held?.[0]) === rows
  if (!same) throw new FettleError('LOG_DAMAGED', `${path} does not hold what its segment holds`)
}

/** Syncs a file and gives it its name; resolves with its size. */
export async function putInPlace(aside: string, to: string): Promise<number> {
  await syncPath(aside)
  await rename(aside, to)
  await syncPath(dirname(to))
  return (await stat(to)).size
}

async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
