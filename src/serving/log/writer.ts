import { close, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { FettleError } from '../../kernel/errors/index.ts'
import type { DecidedRequest, ReleaseNote } from '../model.ts'
import { type LogFiles, logFiles } from './files.ts'
import { nodeOf } from './node.ts'
import { appendDecisions, appendNote, frameBuffer } from './record-codec.ts'
import { type Recovered, recoverSegments } from './recover.ts'
import { leastFreeShare, watchRoom } from './room.ts'
import { encodeSegmentHeader, segmentFileName, segmentHeaderBytes } from './segment.ts'

export interface LogWriterOptions {
  readonly folder: string
  /** Number of this front on its node. Default 0. */
  readonly front?: number
  /** Default 64 MiB. */
  readonly segmentBytes?: number
  /** Default 60 s. */
  readonly segmentMillis?: number
  readonly files?: LogFiles
}

export interface LogCounters {
  readonly segment: number
  readonly writtenRecords: number
  readonly syncedRecords: number
  /** Records whose request was refused because they could not be written. */
  readonly refusedRecords: number
  readonly writtenBytes: number
  readonly lastWriteMicros: number
  readonly failing: boolean
  /** Share of the device that is free, as it was seen a second ago. */
  readonly freeShare: number
}

/**
 * The prediction log of one front. `append` resolves when the records are written (`written`: they survive the death
 * of the process) or on the device (`synced`: they survive the loss of power); it rejects with LOG_UNWRITABLE when
 * they are not in the log. Everything appended in one turn of the event loop is one write.
 */
export interface LogWriter {
  append(request: DecidedRequest, level: 'written' | 'synced'): Promise<void>
  counters(): LogCounters
  readonly recovered: Recovered
  /** The next records begin a new segment; what was written becomes a sealed one soon. */
  seal(): void
  /** Writes and syncs what there is, seals the segment. */
  close(): Promise<void>
}

interface Segment {
  readonly file: number
  readonly path: string
  readonly sealedPath: string
  readonly createdMillis: number
  length: number
  /** Numbers of the release notes this segment holds. */
  readonly notes: Map<ReleaseNote, number>
  /** A failed write may have left bytes that could not be cut off: nothing more may be written behind them. */
  broken: boolean
  /** Set when no more is written to it: resolves when it is on the device under its final name. */
  sealed?: Promise<void>
}

interface Waiting {
  readonly records: number
  readonly level: 'written' | 'synced'
  segment?: Segment
  resolve(): void
  reject(error: unknown): void
}

export function createLogWriter(options: LogWriterOptions): LogWriter {
  const {
    folder,
    front = 0,
    segmentBytes = 64 * 1024 * 1024,
    segmentMillis = 60_000,
    files = logFiles,
  } = options
  mkdirSync(folder, { recursive: true })
  const recovered = recoverSegments(folder, front)
  const node = nodeOf(folder)
  const room = watchRoom(() => files.freeShare(folder))
  const buffer = frameBuffer()
  const sealing = new Set<Promise<void>>()
  const counters = {
    segment: recovered.lastSegment,
    writtenRecords: 0,
    syncedRecords: 0,
    refusedRecords: 0,
    writtenBytes: 0,
    lastWriteMicros: 0,
    failing: false,
  }
  let segment: Segment | undefined
  let pending: DecidedRequest[] = []
  let pendingBytes = 0
  let waiting: Waiting[] = []
  let toSync: Waiting[] = []
  let syncing: Promise<void> | undefined

  function openSegment(): Segment {
    const createdMillis = Date.now()
    const name = { front, segment: counters.segment + 1, createdMillis }
    const path = join(folder, segmentFileName({ ...name, open: true }))
    counters.segment = name.segment
    const file = files.create(path)
    const header = encodeSegmentHeader({
      front,
      node,
      segment: name.segment,
      createdAt: BigInt(createdMillis) * 1000n,
    })
    files.write(file, header)
    return {
      file,
      path,
      sealedPath: join(folder, segmentFileName({ ...name, open: false })),
      createdMillis,
      length: segmentHeaderBytes,
      notes: new Map(),
      broken: false,
    }
  }

  function usableSegment(): Segment {
    const full =
      segment &&
      (segment.broken ||
        segment.length >= segmentBytes ||
        Date.now() - segment.createdMillis >= segmentMillis)
    if (segment && full) retire(segment)
    if (!segment || full) {
      segment = undefined
      segment = openSegment()
    }
    return segment
  }

  /** Sync, then the new name: outside the event loop. A crash in between leaves an `.open` that recovery seals. */
  function retire(old: Segment): void {
    const sealed = files
      .sync(old.file)
      .then(() => files.rename(old.path, old.sealedPath))
      .finally(() => {
        close(old.file, () => undefined)
        sealing.delete(sealed)
      })
    sealed.catch(() => undefined)
    old.sealed = sealed
    sealing.add(sealed)
  }

  function flush(): void {
    const requests = pending
    const waiters = waiting
    pending = []
    pendingBytes = 0
    waiting = []
    const written: Waiting[] = []
    try {
      if (room.freeShare() < leastFreeShare) throw noRoom()
      writeAll(requests, waiters, written)
      counters.failing = false
    } catch (error) {
      counters.failing = true
      written.length = 0
      for (const each of waiters) {
        counters.refusedRecords += each.records
        each.reject(unwritable(error))
      }
    }
    for (const each of written) {
      counters.writtenRecords += each.records
      if (each.level === 'written') each.resolve()
      else toSync.push(each)
    }
    if (toSync.length > 0) syncing ??= syncLoop()
  }

  function writeAll(
    requests: readonly DecidedRequest[],
    waiters: readonly Waiting[],
    written: Waiting[],
  ): void {
    const target = usableSegment()
    const noted: ReleaseNote[] = []
    buffer.end = 0
    requests.forEach((request, i) => {
      const waiter = waiters[i] as Waiting
      let note = target.notes.get(request.note)
      if (note === undefined) {
        note = target.notes.size
        appendNote(buffer, note, request.note)
        target.notes.set(request.note, note)
        noted.push(request.note)
      }
      const before = buffer.end
      try {
        appendDecisions(buffer, note, request)
        waiter.segment = target
        written.push(waiter)
      } catch (error) {
        // This request alone cannot be recorded (too large): its bytes go, the others stay.
        buffer.end = before
        waiter.reject(error)
      }
    })
    const started = performance.now()
    try {
      files.write(target.file, buffer.bytes.subarray(0, buffer.end))
    } catch (error) {
      for (const note of noted) target.notes.delete(note)
      undo(target)
      throw error
    }
    counters.lastWriteMicros = Math.round((performance.now() - started) * 1000)
    target.length += buffer.end
    counters.writtenBytes += buffer.end
  }

  /** Cuts what a failed write left behind: recovery stops at the first bad frame, so none may stay in the middle. */
  function undo(target: Segment): void {
    try {
      files.truncate(target.file, target.length)
    } catch {
      target.broken = true
    }
  }

  async function syncLoop(): Promise<void> {
    while (toSync.length > 0) {
      const group = toSync
      toSync = []
      try {
        const segments = new Set(group.map(each => each.segment))
        await Promise.all([...segments].map(each => each && (each.sealed ?? files.sync(each.file))))
        for (const each of group) {
          counters.syncedRecords += each.records
          each.resolve()
        }
      } catch (error) {
        for (const each of group) each.reject(unwritable(error))
      }
    }
    syncing = undefined
  }

  return {
    recovered,
    counters: () => ({ ...counters, freeShare: room.freeShare() }),
    append: (request, level) =>
      new Promise((resolve, reject) => {
        pendingBytes += roughBytes(request)
        if (pendingBytes > mostUnwrittenBytes && pending.length > 0) {
          counters.refusedRecords += request.rows.length
          reject(new FettleError('OVERLOADED', 'more than 16 MiB wait to be written to the prediction log'))
          return
        }
        if (pending.push(request) === 1) setImmediate(flush)
        waiting.push({ records: request.rows.length, level, resolve, reject })
      }),
    seal() {
      if (segment) retire(segment)
      segment = undefined
    },
    async close() {
      if (pending.length > 0) flush()
      await syncing
      if (segment) retire(segment)
      segment = undefined
      await Promise.allSettled(sealing)
    },
  }
}

/** Of decisions that were made but not written: more is shed. */
const mostUnwrittenBytes = 16 * 1024 * 1024

/** About what a request takes in the log. */
const roughBytes = ({ note, rows }: DecidedRequest): number => rows.length * (64 + note.vector.length * 9)

const noRoom = (): Error => Object.assign(new Error('less than 2 % of the disk is free'), { code: 'ENOSPC' })

function unwritable(cause: unknown): FettleError {
  const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'write failed'
  return new FettleError(
    'LOG_UNWRITABLE',
    `the prediction log cannot be written (${why}): nothing was decided`,
    { cause },
  )
}
