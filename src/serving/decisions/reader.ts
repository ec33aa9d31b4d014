import type { Micros } from '../../kernel/time.ts'
import type { Page, PageRequest } from '../../kernel/unit-of-work.ts'
import type { SegmentName } from '../log/segment.ts'
import type { DecisionRecord } from '../model.ts'
import {
  extendIndex,
  type IndexedFrame,
  listSegments,
  newSegmentIndex,
  readFrame,
  type SegmentIndex,
} from './segment-index.ts'

export interface Traffic {
  /** Rows decided. */
  readonly predictions: number
  readonly requests: number
  readonly degraded: number
  readonly first: Micros | null
  readonly last: Micros | null
}

/** Reads the prediction log, also while a front writes it. Only whole, checked records are ever returned. */
export interface DecisionReader {
  /** Newest first; of every deployment when it is undefined. */
  latest(deployment: string | undefined, page: PageRequest): Promise<Page<DecisionRecord>>
  /** By prediction id, `<uuid>-<row>`. */
  find(predictionId: string): Promise<DecisionRecord | undefined>
  /** What was decided since then, by time of decision. */
  traffic(deployment: string, since: Micros): Promise<Traffic>
}

/** Indexes of this many segments are kept in memory (about 10 MB each when full). */
const cachedSegments = 16
/** Ids and segment times come from one clock, but ids of a burst run a little ahead. */
const slackMillis = 5000

export function createDecisionReader(folder: string): DecisionReader {
  const cache = new Map<string, SegmentIndex>()
  const extending = new Map<SegmentIndex, Promise<void>>()

  async function indexOf(name: SegmentName): Promise<SegmentIndex> {
    const key = `${name.front}-${name.segment}-${name.createdMillis}`
    const known = cache.get(key)
    const index = known ?? newSegmentIndex(name)
    cache.delete(key)
    cache.set(key, index)
    for (const oldest of cache.keys()) {
      if (cache.size <= cachedSegments) break
      cache.delete(oldest)
    }
    if (!known || name.open || index.name.open) await extendOnce(index)
    if (!name.open && index.name.open) {
      const sealed: SegmentIndex = { ...index, name }
      cache.set(key, sealed)
      return sealed
    }
    return index
  }

  function extendOnce(index: SegmentIndex): Promise<void> {
    let running = extending.get(index)
    if (!running) {
      running = extendIndex(folder, index).finally(() => extending.delete(index))
      extending.set(index, running)
    }
    return running
  }

  async function find(predictionId: string): Promise<DecisionRecord | undefined> {
    const match = /^([0-9a-f]{8})-([0-9a-f]{4})-(7[0-9a-f]{3})-([0-9a-f]{4})-([0-9a-f]{12})-(\d{1,5})$/.exec(
      predictionId,
    )
    if (!match) return undefined
    const base = match.slice(1, 6).join('')
    const millis = Number.parseInt(base.slice(0, 12), 16)
    const segments = await listSegments(folder)
    for (const name of around(segments, millis)) {
      const index = await indexOf(name)
      const frame = index.byBase.get(base)
      if (frame) return (await readFrame(folder, index, frame))[Number(match[6])]
    }
    return undefined
  }

  async function latest(deployment: string | undefined, page: PageRequest): Promise<Page<DecisionRecord>> {
    const limit = Math.min(page.limit ?? 50, 500)
    const from = parseCursor(page.cursor)
    const items: DecisionRecord[] = []
    /** Of the last item. */
    let next = ''
    const segments = (await listSegments(folder)).toReversed()
    for (const name of segments) {
      if (from && isAfter(name, from)) continue
      const index = await indexOf(name)
      const same =
        from &&
        name.createdMillis === from.createdMillis &&
        name.segment === from.segment &&
        name.front === from.front
      for (let i = index.frames.length - 1; i >= 0; i--) {
        const frame = index.frames[i] as IndexedFrame
        if (same && frame.offset > from.offset) continue
        if (deployment !== undefined && index.notes.get(frame.note)?.deployment !== deployment) continue
        const rows = (await readFrame(folder, index, frame)).toReversed()
        const rest = same && frame.offset === from.offset ? rows.filter(row => row.row < from.row) : rows
        for (const row of rest) {
          if (items.length === limit) return { items, next }
          items.push(row)
          next = [name.createdMillis, name.front, name.segment, frame.offset, row.row].join('.')
        }
      }
    }
    return { items }
  }

  async function traffic(deployment: string, since: Micros): Promise<Traffic> {
    const from = Number(since)
    let predictions = 0
    let requests = 0
    let degraded = 0
    let first: number | null = null
    let lastAt: number | null = null
    for (const name of endingAfter(await listSegments(folder), from / 1000)) {
      const index = await indexOf(name)
      for (const frame of index.frames) {
        if (frame.decidedAt < from || index.notes.get(frame.note)?.deployment !== deployment) continue
        requests += 1
        predictions += frame.rows
        if (frame.degraded) degraded += frame.rows
        first = Math.min(first ?? frame.decidedAt, frame.decidedAt)
        lastAt = Math.max(lastAt ?? frame.decidedAt, frame.decidedAt)
      }
    }
    return {
      predictions,
      requests,
      degraded,
      first: first === null ? null : BigInt(first),
      last: lastAt === null ? null : BigInt(lastAt),
    }
  }

  return { find, latest, traffic }
}

interface Cursor {
  readonly createdMillis: number
  readonly front: number
  readonly segment: number
  readonly offset: number
  readonly row: number
}

function parseCursor(text: string | undefined): Cursor | undefined {
  const [createdMillis, front, segment, offset, row] = (text ?? '').split('.').map(Number)
  if (
    createdMillis === undefined ||
    front === undefined ||
    segment === undefined ||
    offset === undefined ||
    row === undefined
  )
    return undefined
  return { createdMillis, front, segment, offset, row }
}

function isAfter(name: SegmentName, cursor: Cursor): boolean {
  if (name.createdMillis !== cursor.createdMillis) return name.createdMillis > cursor.createdMillis
  return name.front === cursor.front ? name.segment > cursor.segment : name.front > cursor.front
}

/** Segments that may hold an id of that time: those written around it first, then all, as clocks may have stepped. */
function around(segments: readonly SegmentName[], millis: number): readonly SegmentName[] {
  const likely = endingAfter(segments, millis - slackMillis).filter(
    name => name.createdMillis <= millis + slackMillis,
  )
  const others = segments.filter(name => !likely.includes(name))
  return [...likely.toReversed(), ...others.toReversed()].slice(0, likely.length + cachedSegments)
}

/** A segment ends when the next of its front begins. */
function endingAfter(segments: readonly SegmentName[], millis: number): readonly SegmentName[] {
  return segments.filter((name, i) => {
    const next = segments.slice(i + 1).find(each => each.front === name.front)
    return !next || next.createdMillis + slackMillis >= millis
  })
}
