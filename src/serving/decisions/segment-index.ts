import { open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { frameHeaderBytes, framePayloadLength } from '../../kernel/framing/frames.ts'
import { payloadFormats } from '../log/record-codec.ts'
import { decodeDecisions, decodeNote, type PeekedDecisions, peekDecisions } from '../log/record-decoder.ts'
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
}

/** What is known of one segment so far; grows while the front writes. */
export interface SegmentIndex {
  readonly name: SegmentName
  readonly frames: IndexedFrame[]
  readonly byBase: Map<string, IndexedFrame>
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
  return { name, frames: [], byBase: new Map(), notes: new Map(), end: segmentHeaderBytes }
}

/** Reads what was written since the last time. A frame that is not whole yet is left for the next time. */
export async function extendIndex(folder: string, index: SegmentIndex): Promise<void> {
  const bytes = await readFrom(folder, index.name, index.end)
  if (!bytes) return
  let at = 0
  for (;;) {
    const length = framePayloadLength(bytes, at)
    if (length === undefined) return
    const payload = bytes.subarray(at + frameHeaderBytes, at + frameHeaderBytes + length)
    addFrame(index, payload, index.end)
    at += frameHeaderBytes + length
    index.end += frameHeaderBytes + length
  }
}

function addFrame(index: SegmentIndex, payload: Buffer, offset: number): void {
  if (payload[0] === payloadFormats.note) {
    const { index: number, note } = decodeNote(payload)
    index.notes.set(number, note)
  } else if (payload[0] === payloadFormats.decisions) {
    const frame: IndexedFrame = { ...peekDecisions(payload), offset, bytes: payload.length }
    index.frames.push(frame)
    index.byBase.set(frame.base, frame)
  }
}

/** Every decision of a frame, in row order. */
export async function readFrame(
  folder: string,
  index: SegmentIndex,
  frame: IndexedFrame,
): Promise<readonly DecisionRecord[]> {
  const note = index.notes.get(frame.note)
  const payload = await readFrom(folder, index.name, frame.offset + frameHeaderBytes, frame.bytes)
  if (!note || !payload || payload.length < frame.bytes) return []
  return decodeDecisions(payload, note, { segment: segmentFileName(index.name), offset: frame.offset })
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
      if (offset === segmentHeaderBytes && length === undefined)
        return (await readFile(path)).subarray(offset)
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
