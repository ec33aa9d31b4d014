import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { type SegmentName, segmentFileName, segmentHeaderBytes } from '../log/segment.ts'
import { decodeFeedback } from './frames.ts'
import type { FeedbackFrame } from './model.ts'

export interface ReadFeedback {
  readonly frames: readonly { readonly frame: FeedbackFrame; readonly start: number; readonly end: number }[]
  /** Where the last whole frame ends. */
  readonly end: number
  /** Bytes in the middle that are no frame: skipped in a sealed segment, not yet whole in an open one. */
  readonly skippedBytes: number
}

/**
 * Frames from an offset on. In a segment that is still written the first frame that is not whole ends them; in a sealed one
 * what is no frame is passed over to the next that is, and counted.
 */
export async function readFeedbackSegment(
  folder: string,
  name: SegmentName,
  from: number = segmentHeaderBytes,
): Promise<ReadFeedback> {
  const bytes = await bytesFrom(folder, name, Math.max(from, segmentHeaderBytes))
  const frames: { frame: FeedbackFrame; start: number; end: number }[] = []
  const start = Math.max(from, segmentHeaderBytes)
  let [at, end, skippedBytes] = [0, start, 0]
  while (at < bytes.length) {
    const found = decodeFeedback(bytes, at)
    if (found) {
      frames.push({ frame: found.frame, start: start + at, end: start + found.end })
      at = found.end
      end = start + at
    } else if (name.open) break
    else {
      at += 1
      skippedBytes += 1
    }
  }
  return { frames, end: name.open ? end : start + bytes.length, skippedBytes }
}

/** A segment may be sealed, that is renamed, at any moment. */
async function bytesFrom(folder: string, name: SegmentName, offset: number): Promise<Buffer> {
  for (const isOpen of [name.open, !name.open]) {
    try {
      const file = await open(join(folder, segmentFileName({ ...name, open: isOpen })), 'r')
      try {
        const length = Math.max(0, (await file.stat()).size - offset)
        const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset)
        return buffer.subarray(0, bytesRead)
      } finally {
        await file.close()
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  return Buffer.alloc(0)
}
