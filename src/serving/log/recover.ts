import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { validPrefix } from '../../kernel/framing/frames.ts'
import { decodeSegmentHeader, parseSegmentFileName, segmentFileName, segmentHeaderBytes } from './segment.ts'

export interface Recovered {
  /** Highest segment number of this front; 0 when there is none. */
  readonly lastSegment: number
  /** Frames kept in segments that were open. */
  readonly frames: number
  /** Bytes cut off: torn tails of records that were never acknowledged. */
  readonly truncatedBytes: number
}

/**
 * Seals what a front that died left open: keeps the longest valid prefix of each open segment, cuts the rest, syncs,
 * renames `.open` to `.log`. Call before the front writes; other fronts' segments are left alone.
 */
export function recoverSegments(folder: string, front: number): Recovered {
  let lastSegment = 0
  let frames = 0
  let truncatedBytes = 0
  for (const file of readdirSync(folder)) {
    const name = parseSegmentFileName(file)
    if (name?.front !== front) continue
    lastSegment = Math.max(lastSegment, name.segment)
    if (!name.open) continue
    const kept = seal(join(folder, file), join(folder, segmentFileName({ ...name, open: false })))
    frames += kept.frames
    truncatedBytes += kept.truncatedBytes
  }
  return { lastSegment, frames, truncatedBytes }
}

function seal(open: string, sealed: string): { frames: number; truncatedBytes: number } {
  const bytes = readFileSync(open)
  if (!decodeSegmentHeader(bytes)) {
    // Died before the header was whole: no record can be behind it.
    unlinkSync(open)
    return { frames: 0, truncatedBytes: bytes.length }
  }
  const { frames, end } = validPrefix(bytes, segmentHeaderBytes)
  const file = openSync(open, 'r+')
  if (end < bytes.length) ftruncateSync(file, end)
  fsyncSync(file)
  closeSync(file)
  renameSync(open, sealed)
  return { frames, truncatedBytes: bytes.length - end }
}
