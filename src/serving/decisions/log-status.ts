import { openLogSegments } from './log-segments.ts'
import type { DecisionManifest } from './manifest.ts'

/** Where the decisions of a log are. Everything written is shipped or waits: nothing is ever dropped. */
export interface LogStatus {
  /** Decisions in the log, of all time: shipped + waiting. */
  readonly written: number
  readonly shipped: number
  readonly waiting: number
  readonly files: number
  readonly fileBytes: number
  /** Segments that are still there though their decisions are in files. */
  readonly keptSegments: number
  readonly waitingSegments: number
  /** Age of the oldest decision that waits, seconds; 0 when none does. */
  readonly lagSeconds: number
  /** Bytes of sealed segments that the device changed. */
  readonly damagedBytes: number
}

export async function decisionLogStatus(
  folder: string,
  manifest: Pick<DecisionManifest, 'segments' | 'files'>,
  nowMicros: bigint,
): Promise<LogStatus> {
  const log = openLogSegments(folder)
  const segments = await manifest.segments()
  const files = await manifest.files()
  const there = await log.list()
  // Those of a front are shipped in order; a segment is told by its front and number, as its readers do.
  const last = new Map<number, number>()
  for (const { front, segment } of segments) last.set(front, Math.max(last.get(front) ?? 0, segment))
  const waiting = there.filter(({ front, segment }) => segment > (last.get(front) ?? 0))
  let rows = 0
  let oldest = Number.POSITIVE_INFINITY
  for (const name of waiting) {
    const { frames } = await log.indexOf(name)
    for (const frame of frames) {
      rows += frame.rows
      oldest = Math.min(oldest, frame.decidedAt)
    }
  }
  const shipped = segments.reduce((sum, segment) => sum + segment.rows, 0)
  return {
    ...{ written: shipped + rows, shipped, waiting: rows },
    ...{ files: files.length, fileBytes: files.reduce((sum, file) => sum + file.bytes, 0) },
    ...{ keptSegments: there.length - waiting.length, waitingSegments: waiting.length },
    lagSeconds: rows === 0 ? 0 : Math.max(0, (Number(nowMicros) - oldest) / 1e6),
    damagedBytes: segments.reduce((sum, segment) => sum + segment.damagedBytes, 0),
  }
}
