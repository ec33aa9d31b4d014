import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { frameHeaderBytes, framePayloadLength } from '../../kernel/framing/frames.ts'
import { payloadFormats } from '../log/record-codec.ts'
import {
  decodeDecisions,
  decodeNote,
  type PeekedDecisions,
  peekDecisions,
  type VectorSlab,
  vectorSlab,
} from '../log/record-decoder.ts'
import {
  parseSegmentFileName,
  type SegmentName,
  segmentFileName,
  segmentHeaderBytes,
} from '../log/segment.ts'
import type { DecisionRecord, ReleaseNote } from '../model.ts'

/** One frame of decisions: where it is and what can be told without reading its rows. */
export interface IndexedFrame extends PeekedDecisions {
  readonly offset: number
  readonly bytes: number
  /** The frame of the same base before this one: rows of several arms are several frames. */
  readonly former: IndexedFrame | undefined
}

/** Bytes of a sealed segment that are no frame: frames behind them were found by their checks. */
export interface DamagedBytes {
  readonly offset: number
  readonly bytes: number
}

/** What is known of one segment so far; grows while the front writes. */
export interface SegmentIndex {
  readonly name: SegmentName
  readonly frames: IndexedFrame[]
  /** The last frame of each base. */
  readonly byBase: Map<string, IndexedFrame>
  /** Empty unless the device changed what was sealed. */
  readonly damaged: DamagedBytes[]
  readonly notes: Map<number, ReleaseNote>
  /** Offset behind the last whole frame. */
  end: number
}

/** Segments of the folder, oldest first. */
export async function listSegments(folder: string): Promise<readonly SegmentName[]> {
  const files = await readdir(folder).catch(() => [])
  const names = files.map(parseSegmentFileName).filter(name => name !== undefined)
  return names.sort((a, b) => a.createdMillis - b.createdMillis || a.front - b.front || a.segment - b.segment)
}

export function newSegmentIndex(name: SegmentName): SegmentIndex {
  return { name, frames: [], byBase: new Map(), damaged: [], notes: new Map(), end: segmentHeaderBytes }
}

/**
 * Reads what was written since the last time. A frame that is not whole yet is left for the next time; in a sealed
 * segment nothing more will come, so what is behind a bad frame is looked for.
 */
export async function extendIndex(folder: string, index: SegmentIndex): Promise<void> {
  const bytes = await readFrom(folder, index.name, index.end)
  if (!bytes) return
  let at = 0
  while (at < bytes.length) {
    const length = framePayloadLength(bytes, at)
    if (length === undefined) {
      if (index.name.open) return
      const next = nextFrame(bytes, at + 1)
      index.damaged.push({ offset: index.end, bytes: next - at })
      index.end += next - at
      at = next
      continue
    }
    const payload = bytes.subarray(at + frameHeaderBytes, at + frameHeaderBytes + length)
    addFrame(index, payload, index.end)
    at += frameHeaderBytes + length
    index.end += frameHeaderBytes + length
  }
}

/** Offset of the next whole frame that can be one of ours, or the end. */
function nextFrame(bytes: Buffer, from: number): number {
  for (let at = from; at + frameHeaderBytes < bytes.length; at++) {
    const format = bytes[at + frameHeaderBytes]
    if (format !== payloadFormats.note && format !== payloadFormats.decisions) continue
    if (framePayloadLength(bytes, at)) return at
  }
  return bytes.length
}

function addFrame(index: SegmentIndex, payload: Buffer, offset: number): void {
  if (payload[0] === payloadFormats.note) {
    const { index: number, note } = decodeNote(payload)
    index.notes.set(number, note)
  } else if (payload[0] === payloadFormats.decisions) {
    const peeked = peekDecisions(payload)
    const frame: IndexedFrame = Object.assign(peeked, {
      offset,
      bytes: payload.length,
      former: index.byBase.get(peeked.base),
    })
    index.frames.push(frame)
    index.byBase.set(frame.base, frame)
  }
}

/** Decisions of frames that stand one behind the other, each frame in row order, with one read. */
export async function* readFrames(
  folder: string,
  index: SegmentIndex,
  frames: readonly IndexedFrame[],
): AsyncIterable<{ readonly frame: IndexedFrame; readonly records: readonly DecisionRecord[] }> {
  const slab = vectorSlab()
  for (let from = 0; from < frames.length; ) {
    const begin = frames[from]?.offset ?? 0
    let to = from
    let end = begin
    for (let next = frames[to]; next && (to === from || next.offset + next.bytes - begin <= pieceBytes); ) {
      end = next.offset + frameHeaderBytes + next.bytes
      next = frames[++to]
    }
    const bytes = await readFrom(folder, index.name, begin, end - begin)
    if (bytes === undefined || bytes.length < end - begin) return
    for (const frame of frames.slice(from, to)) {
      const at = frame.offset - begin + frameHeaderBytes
      yield { frame, records: decodeFrame(index, { frame, slab }, bytes.subarray(at, at + frame.bytes)) }
    }
    from = to
  }
}

const pieceBytes = 1 << 20

function decodeFrame(
  index: SegmentIndex,
  { frame, slab }: { readonly frame: IndexedFrame; readonly slab?: VectorSlab },
  payload: Buffer,
): readonly DecisionRecord[] {
  const note = index.notes.get(frame.note)
  // Sealing gives a segment another name; the place of a decision is the one it has then.
  const segment = segmentFileName({ ...index.name, open: false })
  return note
    ? decodeDecisions(payload, note, { logged: { segment, offset: frame.offset }, ...(slab ? { slab } : {}) })
    : []
}

/** Every decision of a frame, in row order. */
export async function readFrame(
  folder: string,
  index: SegmentIndex,
  frame: IndexedFrame,
): Promise<readonly DecisionRecord[]> {
  const payload = await readFrom(folder, index.name, frame.offset + frameHeaderBytes, frame.bytes)
  return payload && payload.length >= frame.bytes ? decodeFrame(index, { frame }, payload) : []
}

/** Bytes from an offset, at most `length` of them. A segment may be sealed, that is renamed, at any moment. */
async function readFrom(
  folder: string,
  name: SegmentName,
  offset: number,
  length?: number,
): Promise<Buffer | undefined> {
  for (const isOpen of [name.open, !name.open]) {
    const path = join(folder, segmentFileName({ ...name, open: isOpen }))
    try {
      const file = await open(path, 'r')
      try {
        const wanted = length ?? Math.max(0, (await file.stat()).size - offset)
        const { buffer, bytesRead } = await file.read(Buffer.alloc(wanted), 0, wanted, offset)
        return buffer.subarray(0, bytesRead)
      } finally {
        await file.close()
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  return undefined
}
