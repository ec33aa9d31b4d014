import { parseDuration } from '../../kernel/time.ts'
import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import {
  demoSource,
  type FeedbackFrame,
  type FeedbackSegment,
  type FeedbackSegments,
} from '../../serving/index.ts'
import type { FeedbackState } from './model.ts'
import type { FeedbackStore, NewFeedback } from './ports.ts'

export interface IngestParts {
  readonly segments: FeedbackSegments
  readonly uow: UnitOfWork<{ readonly feedback: FeedbackStore }>
  /** Asked before each round: whether a key, as `entityKeyText` writes it, is of somebody who was erased. */
  readonly erased: () => Promise<(deployment: string, entityKey: string) => boolean>
  /** Unix milliseconds. */
  readonly nowMillis: () => number
  /** A sealed segment has bytes that are no frame: what stands behind them was read. */
  onDamage(segment: string, bytes: number): void
}

export interface Ingested {
  /** Read from the logs. */
  readonly items: number
  /** New among them. */
  readonly added: number
}

const itemsAtOnce = 4000
/** A segment that was read to its end is kept this long. */
const keptMillis = 24 * 3_600_000

/**
 * Reads what the fronts have written since the last time into the label table: each item exactly once, since items and the
 * place that was reached are one transaction, and ids are unique. Segments that are read and a day old are removed.
 */
export async function ingestFeedback(parts: IngestParts): Promise<Ingested> {
  const { segments, uow } = parts
  const isErased = await parts.erased()
  const cursors = await uow.read.feedback.cursors()
  const there = await segments.list()
  const total = { items: 0, added: 0 }
  for (const segment of there) {
    const reached = cursors.get(segment.key) ?? 0
    const read = await ingestSegment({ ...parts, isErased }, segment, reached)
    total.items += read.items
    total.added += read.added
    const isOld = parts.nowMillis() - segment.createdMillis > keptMillis
    if (segment.sealed && read.items === 0 && isOld) await segment.remove()
  }
  const keys = new Set(there.map(({ key }) => key))
  for (const key of cursors.keys())
    if (!keys.has(key)) await uow.transaction(({ feedback }) => feedback.dropCursor(key))
  return total
}

type IsErased = Awaited<ReturnType<IngestParts['erased']>>

async function ingestSegment(
  { uow, onDamage, isErased }: IngestParts & { readonly isErased: IsErased },
  segment: FeedbackSegment,
  reached: number,
): Promise<Ingested> {
  const { frames, end, skippedBytes } = await segment.read(reached)
  let [items, added] = [0, 0]
  let batch: NewFeedback[] = []
  const write = async (readTo: number) => {
    const rows = batch
    batch = []
    items += rows.length
    added += await uow.transaction(async ({ feedback }) => {
      const count = rows.length === 0 ? 0 : await feedback.add(rows)
      await feedback.putCursor(segment.key, readTo)
      return count
    })
  }
  for (const each of frames) {
    batch.push(...rowsOf(each.frame).map(row => withoutErased(row, isErased)))
    if (batch.length >= itemsAtOnce) await write(each.end)
  }
  if (batch.length > 0 || (end > reached && frames.length + skippedBytes > 0)) await write(end)
  if (segment.sealed && skippedBytes > 0) onDamage(segment.key, skippedBytes)
  return { items, added }
}

function rowsOf({ deployment, receivedAt, kinds, items }: FeedbackFrame): readonly NewFeedback[] {
  return items.flatMap(({ target, rank, ...item }) => {
    const kind = kinds[item.kind]
    if (kind === undefined) return []
    // Votes of the demo page count by themselves; what any other unlisted source says is kept and never used.
    const isUnused = rank === null && item.source !== demoSource
    const state: FeedbackState = isUnused ? 'quarantined' : 'active'
    const row: NewFeedback = {
      ...{ ...nothing, ...target },
      ...{ deployment, rank, id: item.id, kind: item.kind, is: kind.is, value: item.value, weight: 1 },
      ...{ source: item.source, actorClass: item.actorClass, actor: item.actor, note: item.note },
      ...{ state, reason: isUnused ? 'source-not-listed' : null },
      eventTime: BigInt(item.eventTime),
      knownTime: BigInt(item.knownTime),
      receivedAt: BigInt(receivedAt),
      within: parseDuration(kind.within),
    }
    return [row]
  })
}

const nothing = { predictionId: null, requestId: null, row: null, entityKey: null }

/** Feedback on a key that was erased is kept as one that is about nobody, and not used. */
function withoutErased(row: NewFeedback, isErased: IsErased): NewFeedback {
  if (row.entityKey === null || !isErased(row.deployment, row.entityKey)) return row
  return { ...row, entityKey: null, actor: null, note: null, state: 'quarantined', reason: 'key-erased' }
}
