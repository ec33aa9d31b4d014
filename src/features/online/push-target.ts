import type { SourceData } from '../../definitions/model.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Head } from './head.ts'
import { sequenceKey } from './keys.ts'
import type { Change, OnlineStore } from './ports.ts'
import type { PushOutcome } from './push-rows.ts'
import type { PlannedView } from './view-plan.ts'

/** What a write goes to, and where it notes what became of each row. */
export interface PushTarget {
  readonly store: OnlineStore
  readonly planned: PlannedView
  readonly source: SourceData
  readonly now: Micros
  readonly outcomes: Map<number, PushOutcome>
  /** As it will be written: a write is a heartbeat of the view. */
  readonly head: Head
}

/** Takes the next ingest sequences inside the update: the first one after `base()`. */
export function sequenceChange(
  planned: PlannedView,
  count: number,
): { readonly change: Change; base(): bigint } {
  let base = 0n
  return {
    base: () => base,
    change: {
      key: sequenceKey(planned.id),
      next: current => {
        base = current ? Buffer.from(current).readBigInt64LE() : 0n
        const next = Buffer.alloc(8)
        next.writeBigInt64LE(base + BigInt(count))
        return next
      },
    },
  }
}
