import type { SourceData } from '../../definitions/model.ts'
import type { Micros } from '../../kernel/time.ts'
import { decodeHead, type Head } from './head.ts'
import { headKey, sequenceKey } from './keys.ts'
import type { Bytes, Change, OnlineStore } from './ports.ts'
import type { AcceptedRow } from './push-rows.ts'
import { pushed } from './run.ts'
import type { PlannedView } from './view-plan.ts'

/** The view a write goes to. */
export interface PushTarget {
  readonly store: OnlineStore
  readonly planned: PlannedView
  readonly source: SourceData
  readonly now: Micros
}

/** Accepted rows with the ingest sequences the caller gave, by position in the request. */
export interface WrittenRows {
  readonly rows: readonly AcceptedRow[]
  readonly sequences?: readonly bigint[]
}

/** The head a write leaves behind: a write is a heartbeat of the view. */
export interface PushedHead {
  readonly generation: number
  next(current: Bytes | undefined): Head
}

/** Which generation a write goes to, and the head to be written in the same update. */
export async function pushedHead({ store, planned, now }: PushTarget): Promise<PushedHead> {
  const next = (bytes: Bytes | undefined): Head => {
    const head = bytes && decodeHead(bytes)
    if (head && head.definition === planned.definition) {
      const heartbeat = planned.kind === 'window' && now > head.watermark
      return { ...head, source: pushed, watermark: heartbeat ? now : head.watermark }
    }
    return {
      generation: Math.max(head?.generation ?? 0, head?.former ?? 0) + 1,
      former: head?.generation ?? null,
      watermark: now,
      from: now,
      epochs: { start: now, length: 1n, count: 1, until: now },
      definition: planned.definition,
      source: pushed,
    }
  }
  const [bytes] = await store.readMany([headKey(planned.id)])
  return { generation: next(bytes).generation, next }
}

/** The ingest sequence of each row: the caller's, or the next ones of the view, taken inside the update. */
export function sequencesOf(
  planned: PlannedView,
  { rows, sequences }: WrittenRows,
): { readonly changes: readonly Change[]; of(row: number): bigint } {
  if (sequences) return { changes: [], of: row => sequences[row] ?? 0n }
  let base = 0n
  const last = rows.at(-1)?.row ?? -1
  const take = (current: Bytes | undefined): Bytes => {
    base = current ? Buffer.from(current).readBigInt64LE() : 0n
    const next = Buffer.alloc(8)
    next.writeBigInt64LE(base + BigInt(last + 1))
    return next
  }
  return { changes: [{ key: sequenceKey(planned.id), next: take }], of: row => base + BigInt(row) + 1n }
}
