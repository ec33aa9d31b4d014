import { text } from '../../features/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { SegmentName } from '../log/segment.ts'
import type { DecisionKind, DecisionRecord } from '../model.ts'
import { endingAfter, type LogSegments } from './log-segments.ts'
import { type IndexedFrame, readFrames } from './segment-index.ts'
import type { ShippedFiles } from './shipped-files.ts'

export interface ScanRequest {
  /** Undefined: of every deployment; then only what is not shipped, or not deleted yet, is read. */
  readonly deployment: string | undefined
  /** Of these kinds; undefined: of every kind. */
  readonly kinds?: readonly DecisionKind[]
  /** Decided at or after. */
  readonly since: Micros
  /** Where the last scan ended; null: at the beginning. */
  readonly cursor: string | null
  readonly limit: number
}

export interface Scanned {
  readonly records: readonly DecisionRecord[]
  readonly cursor: string
  /** Nothing more is there now. */
  readonly done: boolean
}

/** Behind the last decision that was given, or looked at, of one front. */
interface Place {
  readonly segment: number
  readonly offset: number
  readonly row: number
}

/** Row number behind the last one of a frame. */
const frameEnd = 0xffff_ffff
/** Frames looked at between two turns of the event loop. */
const framesAtATime = 512

interface Scan extends ScanRequest {
  readonly folder: string
  readonly log: LogSegments
  readonly shipped: ShippedFiles
  readonly records: DecisionRecord[]
  readonly places: Map<number, Place>
}

/**
 * Decisions in the order of the log: per front by (segment, offset, row), one front after another; times are data. A
 * cursor is a place per front, so that what a slower front appends later is not missed; it holds over shipping,
 * compaction and deletion of segments.
 */
export async function scanDecisions(
  parts: Pick<Scan, 'folder' | 'log' | 'shipped'>,
  request: ScanRequest,
): Promise<Scanned> {
  const scan: Scan = { ...request, ...parts, records: [], places: parsePlaces(request.cursor) }
  const segments = await scan.log.list()
  const files = await scan.shipped.files()
  const fronts = new Set([...segments.map(name => name.front), ...files.map(file => file.front)])
  for (const front of [...fronts].sort((a, b) => a - b)) {
    const own = segments.filter(name => name.front === front)
    await scanShipped(scan, front, own[0]?.segment ?? Number.POSITIVE_INFINITY)
    const recent = new Set(endingAfter(own, Number(scan.since) / 1000))
    for (const name of own) if (recent.has(name)) await scanSegment(scan, name)
  }
  return {
    records: scan.records,
    cursor: [...scan.places].map(([front, at]) => [front, at.segment, at.offset, at.row].join('.')).join('~'),
    done: scan.records.length < scan.limit,
  }
}

/** Throws BAD_REQUEST. */
function parsePlaces(cursor: string | null): Map<number, Place> {
  if (!cursor) return new Map()
  return new Map(
    cursor.split('~').map(place => {
      const [front = -1, segment = -1, offset = -1, row = -1] = place.split('.').map(Number)
      if (![front, segment, offset, row].every(each => Number.isSafeInteger(each) && each >= 0))
        throw new FettleError('BAD_REQUEST', 'cursor: not one that a scan of the prediction log gave out')
      return [front, { segment, offset, row }]
    }),
  )
}

async function scanSegment(scan: Scan, name: SegmentName): Promise<void> {
  const { folder, log, records, places, limit, since, deployment, kinds } = scan
  const { front, segment } = name
  const from = places.get(front)
  if (records.length >= limit || (from && from.segment > segment)) return
  const index = await log.indexOf(name)
  const begin = from?.segment === segment ? from : { segment, offset: 0, row: frameEnd }
  const wanted = (frame: IndexedFrame) =>
    frame.decidedAt >= Number(since) &&
    (deployment === undefined || index.notes.get(frame.note)?.deployment === deployment) &&
    (kinds?.includes(frame.kind) ?? true)
  let at = firstFrom(index.frames, begin.offset)
  // Frames that are added while this waits belong to the next scan.
  const end = index.frames.length
  while (at < end && records.length < limit) {
    const looked = index.frames.slice(at, Math.min(end, at + framesAtATime))
    const asked = looked.filter(wanted)
    let read = 0
    for await (const { frame, records: found } of readFrames(folder, index, asked)) {
      read += 1
      const rest = frame.offset === begin.offset ? found.filter(({ row }) => row > begin.row) : found
      const taken = rest.slice(0, limit - records.length)
      records.push(...taken)
      const last = taken.at(-1)
      if (taken.length < rest.length && last) {
        places.set(front, { segment, offset: frame.offset, row: last.row })
        return
      }
      places.set(front, { segment, offset: frame.offset, row: frameEnd })
      if (records.length >= limit) return
    }
    // The segment has been deleted meanwhile: the next scan finds it in a file.
    if (read < asked.length) return
    at += looked.length
    places.set(front, { segment, offset: looked.at(-1)?.offset ?? begin.offset, row: frameEnd })
  }
}

/** Place of the first frame at or behind an offset. */
function firstFrom(frames: readonly IndexedFrame[], offset: number): number {
  let low = 0
  let high = frames.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((frames[middle]?.offset ?? 0) < offset) low = middle + 1
    else high = middle
  }
  return low
}

/** What is only in files: segments before the first that is still there. */
async function scanShipped(scan: Scan, front: number, before: number): Promise<void> {
  const { shipped, records, places, limit, since, deployment, kinds } = scan
  const files = (await shipped.files())
    .filter(
      file =>
        file.front === front &&
        file.first < before &&
        file.to >= Number(since) &&
        file.deployment === deployment,
    )
    .sort((a, b) => a.first - b.first)
  for (const file of files) {
    const from = places.get(front)
    if (records.length >= limit) return
    if (from && from.segment > file.last) continue
    const found = await shipped.read(file, {
      where: [
        `segment < ${Math.min(before, Number.MAX_SAFE_INTEGER)}`,
        `decided_at >= make_timestamp(${since})`,
        ...(kinds ? [`kind IN (${kinds.map(text).join(', ')})`] : []),
        ...(from ? [`(segment, "offset", "row") > (${from.segment}, ${from.offset}, ${from.row})`] : []),
      ].join(' AND '),
      orderBy: 'segment, "offset", "row"',
      limit: limit - records.length,
    })
    records.push(...found.map(({ record }) => record))
    const last = found.at(-1)
    const end = Math.min(file.last, before - 1)
    if (records.length < limit) places.set(front, { segment: end, offset: Number.MAX_SAFE_INTEGER, row: 0 })
    else if (last)
      places.set(front, { segment: last.segment, offset: last.record.logged.offset, row: last.record.row })
  }
}
