import { id, text } from '../../features/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Page } from '../../kernel/unit-of-work.ts'
import type { Value } from '../../kernel/values/model.ts'
import type { SegmentName } from '../log/segment.ts'
import type { Arm, DecisionKind, DecisionRecord, ServedBy } from '../model.ts'
import { writtenOthers } from './entity-values.ts'
import { endingAfter, type LogSegments, slackMillis } from './log-segments.ts'
import type { ShippedFile } from './manifest.ts'
import { readFrames, type SegmentIndex } from './segment-index.ts'
import type { ShippedFiles } from './shipped-files.ts'

/** What decisions to look for; every part that is given must hold. */
export interface DecisionFilter {
  readonly deployment?: string
  readonly release?: number
  readonly arm?: Arm
  /** Default: what was answered to somebody, `online` and `demo`. */
  readonly kinds?: readonly DecisionKind[]
  readonly servedBy?: ServedBy
  /** Name of the action; null: rows on which nothing was done. */
  readonly action?: string | null
  /** Base of the request that it scored again; name the kinds of shadows with it. */
  readonly shadowOf?: string
  /** Fields of the request, each with this value. */
  readonly entity?: Readonly<Record<string, string>>
  /** Decided at or after, and before. */
  readonly since?: Micros
  readonly until?: Micros
  /** Inclusive. */
  readonly minScore?: number
  readonly maxScore?: number
}

export interface SearchPage {
  readonly cursor?: string
  /** At most 500; 50 when left out. */
  readonly limit?: number
}

export const answeredKinds: readonly DecisionKind[] = ['online', 'demo']

/** Place of a decision in the order of a search: newest first, then by id. */
interface Rank {
  readonly decidedAt: number
  readonly base: string
  readonly row: number
}

interface Search {
  readonly folder: string
  readonly log: LogSegments
  readonly shipped: ShippedFiles
  readonly filter: DecisionFilter
  readonly limit: number
  readonly after: Rank | undefined
}

/** Decisions of files and of segments that are in no file yet, newest first. Throws BAD_REQUEST for a bad cursor. */
export async function searchDecisions(
  parts: Pick<Search, 'folder' | 'log' | 'shipped'>,
  filter: DecisionFilter,
  page: SearchPage,
): Promise<Page<DecisionRecord>> {
  // One more than asked for says whether there is a next page.
  const limit = Math.min(page.limit ?? 50, 500) + 1
  const search: Search = { ...parts, filter, limit, after: parseRank(page.cursor) }
  const segments = await parts.log.list()
  const committed = await parts.shipped.files()
  const files = committed.filter(file => mayHold(search, file))
  const best = createBest(limit)
  for (const name of unshipped(search, segments, committed))
    if (!(best.isFull() && best.worst() > endOf(name))) await searchSegment(search, name, best)
  for (const file of files.sort((a, b) => b.to - a.to)) {
    if (best.isFull() && best.worst() > file.to) break
    const found = await parts.shipped.read(file, {
      where: conditionsOf(search, file),
      orderBy: 'decided_at DESC, base DESC, "row" DESC',
      limit,
    })
    // What was looked for in text may be in the text of another value.
    best.add(found.map(({ record }) => record).filter(record => recordHolds(filter, record)))
  }
  const items = best.records()
  const last = items.length === limit ? items[limit - 2] : undefined
  return last ? { items: items.slice(0, limit - 1), next: rankText(last) } : { items }
}

const rankText = ({ decidedAt, base, row }: DecisionRecord): string => `${decidedAt}.${base}.${row}`

function parseRank(cursor: string | undefined): Rank | undefined {
  if (cursor === undefined) return undefined
  const [, decidedAt, base = '', row] = /^(\d{1,17})\.([0-9a-f-]{36})\.(\d{1,10})$/.exec(cursor) ?? []
  if (decidedAt === undefined)
    throw new FettleError('BAD_REQUEST', 'cursor: not one that a search for decisions gave out')
  return { decidedAt: Number(decidedAt), base, row: Number(row) }
}

/** Falling order. */
function compare(a: DecisionRecord, b: DecisionRecord): number {
  if (a.decidedAt !== b.decidedAt) return a.decidedAt < b.decidedAt ? 1 : -1
  if (a.base !== b.base) return a.base < b.base ? 1 : -1
  return b.row - a.row
}

interface Best {
  add(records: readonly DecisionRecord[]): void
  isFull(): boolean
  /** Time of the last that is kept. */
  worst(): number
  records(): readonly DecisionRecord[]
}

function createBest(limit: number): Best {
  let kept: DecisionRecord[] = []
  return {
    add(records) {
      if (records.length > 0) kept = [...kept, ...records].sort(compare).slice(0, limit)
    },
    isFull: () => kept.length === limit,
    worst: () => Number(kept.at(-1)?.decidedAt ?? 0n),
    records: () => kept,
  }
}

function mayHold({ filter, after }: Search, file: ShippedFile): boolean {
  const { deployment, since, until } = filter
  return (
    (deployment === undefined || file.deployment === deployment) &&
    (since === undefined || file.to >= Number(since)) &&
    (until === undefined || file.from < Number(until)) &&
    (after === undefined || file.from <= after.decidedAt)
  )
}

/** Segments of which no file has been committed, newest first: those of a front are shipped in order. */
function unshipped(
  { filter }: Search,
  segments: readonly SegmentName[],
  files: readonly ShippedFile[],
): readonly SegmentName[] {
  const done = new Map<number, number>()
  for (const { front, last } of files) done.set(front, Math.max(done.get(front) ?? 0, last))
  const open = segments.filter(({ front, segment }) => segment > (done.get(front) ?? 0))
  return endingAfter(open, Number(filter.since ?? 0n) / 1000).toReversed()
}

/** Nothing in a segment is later than this, µs: nobody writes to one that is older than a minute. */
const endOf = ({ createdMillis }: SegmentName): number => (createdMillis + 60_000 + slackMillis) * 1000

/** Frames read between two looks at whether there is enough. */
const framesAtATime = 512

async function searchSegment(search: Search, name: SegmentName, best: Best): Promise<void> {
  const { folder, log, after } = search
  const index = await log.indexOf(name)
  const wanted = index.frames.filter(frame => frameHolds(search, index, frame))
  const newest = newestSoFar(wanted)
  for (let end = wanted.length; end > 0; end -= framesAtATime) {
    if (best.isFull() && best.worst() > (newest[end - 1] ?? 0)) return
    const found: DecisionRecord[] = []
    for await (const { records } of readFrames(
      folder,
      index,
      wanted.slice(Math.max(0, end - framesAtATime), end),
    ))
      for (const record of records)
        if (recordHolds(search.filter, record) && isBehind(record, after)) found.push(record)
    best.add(found)
  }
}

/** Per frame the latest time of it and those before: clocks may step. */
function newestSoFar(frames: readonly { readonly decidedAt: number }[]): Float64Array {
  let newest = 0
  return Float64Array.from(frames, ({ decidedAt }) => {
    newest = Math.max(newest, decidedAt)
    return newest
  })
}

function frameHolds({ filter, after }: Search, index: SegmentIndex, frame: SegmentIndex['frames'][number]) {
  const { deployment, release, since, until } = filter
  const note = index.notes.get(frame.note)
  return (
    (filter.kinds ?? answeredKinds).includes(frame.kind) &&
    (deployment === undefined || note?.deployment === deployment) &&
    (release === undefined || note?.release === release) &&
    (since === undefined || frame.decidedAt >= Number(since)) &&
    (until === undefined || frame.decidedAt < Number(until)) &&
    (after === undefined || frame.decidedAt <= after.decidedAt)
  )
}

function isBehind(record: DecisionRecord, after: Rank | undefined): boolean {
  if (after === undefined) return true
  const at = Number(record.decidedAt)
  if (at !== after.decidedAt) return at < after.decidedAt
  return record.base === after.base ? record.row < after.row : record.base < after.base
}

function recordHolds(filter: DecisionFilter, record: DecisionRecord): boolean {
  const { arm, servedBy, action, shadowOf, entity = {}, minScore, maxScore } = filter
  return (
    (arm === undefined || record.arm === arm) &&
    (servedBy === undefined || record.servedBy === servedBy) &&
    (action === undefined || record.action === action) &&
    (shadowOf === undefined || record.shadowOf === shadowOf) &&
    (minScore === undefined || record.score >= minScore) &&
    (maxScore === undefined || record.score <= maxScore) &&
    Object.entries(entity).every(([name, value]) => isValue(record.entity[name] ?? null, value))
  )
}

/** Callers name values as text: a number is meant by any text of it. */
function isValue(value: Value, asked: string): boolean {
  if (value === null) return false
  if (typeof value === 'number') return value === Number(asked)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64') === asked
  return String(value) === asked
}

function conditionsOf({ filter, after }: Search, { layout }: ShippedFile): string {
  const { release, arm, servedBy, action, since, until, minScore, maxScore, entity = {} } = filter
  const conditions = [`kind IN (${(filter.kinds ?? answeredKinds).map(text).join(', ')})`]
  const add = (value: unknown, sql: string) => void (value === undefined || conditions.push(sql))
  add(release, `release = ${release}`)
  add(arm, `arm = ${text(String(arm))}`)
  add(servedBy, `served_by = ${text(String(servedBy))}`)
  add(action, action === null ? 'action IS NULL' : `action = ${text(String(action))}`)
  add(filter.shadowOf, `shadow_of = ${text(String(filter.shadowOf))}`)
  add(since, `decided_at >= make_timestamp(${since})`)
  add(until, `decided_at < make_timestamp(${until})`)
  add(minScore, `score >= CAST(${text(String(minScore))} AS DOUBLE)`)
  add(maxScore, `score <= CAST(${text(String(maxScore))} AS DOUBLE)`)
  if (after)
    conditions.push(
      `(decided_at, base, "row") < (make_timestamp(${after.decidedAt}), ${text(after.base)}, ${after.row})`,
    )
  for (const [name, value] of Object.entries(entity)) {
    const field = layout.fields.find(each => each.name === name)
    const others = writtenOthers(name, value).map(written => `contains(other_fields, ${text(written)})`)
    conditions.push(`(${[...(field ? [fieldCondition(field, value)] : []), ...others].join(' OR ')})`)
  }
  return conditions.join(' AND ')
}

function fieldCondition(
  { name, role, kind }: ShippedFile['layout']['fields'][number],
  value: string,
): string {
  const column = id(`${role === 'key' ? 'key' : 'field'}.${name}`)
  if (kind === 'string') return `${column} = ${text(value)}`
  if (kind === 'boolean') return `CAST(${column} AS VARCHAR) = ${text(value)}`
  if (kind === 'bytes') return `to_base64(${column}) = ${text(value)}`
  return `${column} = TRY_CAST(${text(value)} AS ${kind === 'number' ? 'DOUBLE' : 'BIGINT'})`
}
