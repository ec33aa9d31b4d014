import { randomBytes } from 'node:crypto'
import { close, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { FettleError } from '../../kernel/errors/index.ts'
import { type LogFiles, logFiles } from '../log/files.ts'
import { recoverSegments } from '../log/recover.ts'
import { encodeSegmentHeader, segmentFileName, segmentHeaderBytes } from '../log/segment.ts'

export interface FeedbackLogOptions {
  /** `serving/feedback`. */
  readonly folder: string
  /** Number of this front on its node. Default 0. */
  readonly front?: number
  /** Default 64 MiB. */
  readonly segmentBytes?: number
  /** Default an hour. */
  readonly segmentMillis?: number
  readonly files?: LogFiles
}

/**
 * The feedback log of one front: segments and frames as the prediction log has them, in a folder of its own. `append`
 * resolves when the frames are written (`written`) or on the device (`synced`); it rejects with FEEDBACK_UNWRITABLE when
 * they are not in the log, all or none.
 */
export interface FeedbackLog {
  append(frames: readonly Buffer[], level: 'written' | 'synced'): Promise<void>
  /** The next frames begin a new segment. */
  seal(): void
  close(): Promise<void>
}

interface Segment {
  readonly file: number
  readonly path: string
  readonly sealedPath: string
  readonly createdMillis: number
  length: number
  /** A failed write may have left bytes that could not be cut off: nothing more may be written behind them. */
  broken: boolean
}

export function createFeedbackLog(options: FeedbackLogOptions): FeedbackLog {
  const { folder, front = 0, segmentBytes = 64 * 1024 * 1024, segmentMillis = 3_600_000 } = options
  const files = options.files ?? logFiles
  mkdirSync(folder, { recursive: true })
  let last = recoverSegments(folder, front).lastSegment
  const node = randomBytes(16)
  const sealing = new Set<Promise<void>>()
  let segment: Segment | undefined

  function openSegment(): Segment {
    const createdMillis = Date.now()
    const name = { front, segment: last + 1, createdMillis }
    const path = join(folder, segmentFileName({ ...name, open: true }))
    last += 1
    const file = files.create(path)
    const createdAt = BigInt(createdMillis) * 1000n
    files.write(file, encodeSegmentHeader({ front, node, segment: name.segment, createdAt }))
    const sealedPath = join(folder, segmentFileName({ ...name, open: false }))
    return { file, path, sealedPath, createdMillis, length: segmentHeaderBytes, broken: false }
  }

  function usable(): Segment {
    const full =
      segment !== undefined &&
      (segment.broken ||
        segment.length >= segmentBytes ||
        Date.now() - segment.createdMillis >= segmentMillis)
    if (full) retire()
    segment ??= openSegment()
    return segment
  }

  /** Sync, then the final name; a crash in between leaves an `.open` that recovery seals. */
  function retire(): void {
    const old = segment
    segment = undefined
    if (!old) return
    const sealed: Promise<void> = files
      .sync(old.file)
      .then(() => files.rename(old.path, old.sealedPath))
      .catch(() => undefined)
      .finally(() => {
        close(old.file, () => undefined)
        sealing.delete(sealed)
      })
    sealing.add(sealed)
  }

  /** What a failed write left behind is cut off: recovery stops at the first bad frame, so none may stay in the middle. */
  function write(target: Segment, bytes: Buffer): void {
    try {
      files.write(target.file, bytes)
    } catch (error) {
      try {
        files.truncate(target.file, target.length)
      } catch {
        target.broken = true
      }
      throw error
    }
    target.length += bytes.length
  }

  return {
    async append(frames, level) {
      try {
        const target = usable()
        write(target, frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames))
        if (level === 'synced') await files.sync(target.file)
      } catch (error) {
        throw unwritable(error)
      }
    },
    seal: retire,
    async close() {
      retire()
      await Promise.all(sealing)
    },
  }
}

function unwritable(cause: unknown): FettleError {
  const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'write failed'
  return new FettleError(
    'FEEDBACK_UNWRITABLE',
    `the feedback log cannot be written (${why}): nothing was taken`,
    {
      cause,
    },
  )
}
