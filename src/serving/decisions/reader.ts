import { text } from '../../features/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Page, PageRequest } from '../../kernel/unit-of-work.ts'
import { baseKey } from '../log/record-decoder.ts'
import type { SegmentName } from '../log/segment.ts'
import type { DecisionKind, DecisionRecord } from '../model.ts'
import { cachedSegments, endingAfter, openLogSegments, slackMillis } from './log-segments.ts'
import type { ShippedFile } from './manifest.ts'
import { type Scanned, type ScanRequest, scanDecisions } from './scan.ts'
import { type DecisionFilter, type SearchPage, searchDecisions } from './search.ts'
import { readFrame } from './segment-index.ts'
import { noShippedFiles, type ShippedFiles } from './shipped-files.ts'

export interface Traffic {
  /** Rows answered to callers; demonstrations, shadows and batches are not among them. */
  readonly predictions: number
  readonly requests: number
  readonly degraded: number
  /** Rows answered on demo pages. */
  readonly demo: number
  readonly first: Micros | null
  readonly last: Micros | null
}

/**
 * Reads the prediction log, also while a front writes it, and the files that its segments have become. Only whole,
 * checked records are ever returned.
 */
export interface DecisionReader {
  /** Newest first; of every deployment when it is undefined. Answers, unless kinds are named. */
  latest(
    deployment: string | undefined,
    page: PageRequest & { readonly kinds?: readonly DecisionKind[] },
  ): Promise<Page<DecisionRecord>>
  /** By prediction id, `<uuid>-<row>`. */
  find(predictionId: string): Promise<DecisionRecord | undefined>
  /** What was decided since then, by time of decision. */
  traffic(deployment: string, since: Micros): Promise<Traffic>
  /** From the oldest on, in the order of the log, every kind: for what follows along. */
  scan(request: ScanRequest): Promise<Scanned>
  /** Newest first by time of decision. */
  search(filter: DecisionFilter, page: SearchPage): Promise<Page<DecisionRecord>>
}

const idPattern = /^([0-9a-f]{8})-([0-9a-f]{4})-(7[0-9a-f]{3})-([0-9a-f]{4})-([0-9a-f]{12})-(\d{1,10})$/

export function createDecisionReader(folder: string, shipped: ShippedFiles = noShippedFiles): DecisionReader {
  const log = openLogSegments(folder)

  async function find(predictionId: string): Promise<DecisionRecord | undefined> {
    const match = idPattern.exec(predictionId)
    if (!match) return undefined
    const base = match.slice(1, 6).join('-')
    const key = baseKey(base)
    const row = Number(match[6])
    const millis = Number.parseInt(base.replace('-', '').slice(0, 12), 16)
    for (const name of around(await log.list(), millis)) {
      const index = await log.indexOf(name)
      for (let frame = index.byBase.get(key); frame; frame = frame.former) {
        const found = (await readFrame(folder, index, frame)).find(record => record.row === row)
        if (found) return found
      }
    }
    return findShipped(shipped, { base, row, millis })
  }

  async function traffic(deployment: string, since: Micros): Promise<Traffic> {
    const from = Number(since)
    const sum = { predictions: 0, requests: 0, degraded: 0, demo: 0 }
    let first: number | null = null
    let last: number | null = null
    const segments = await log.list()
    for (const name of endingAfter(segments, from / 1000)) {
      const index = await log.indexOf(name)
      for (const frame of index.frames) {
        if (frame.decidedAt < from || index.notes.get(frame.note)?.deployment !== deployment) continue
        if (frame.kind === 'demo') sum.demo += frame.rows
        if (frame.kind !== 'online') continue
        if (frame.begins) sum.requests += 1
        sum.predictions += frame.rows
        if (frame.degraded) sum.degraded += frame.rows
        first = Math.min(first ?? frame.decidedAt, frame.decidedAt)
        last = Math.max(last ?? frame.decidedAt, frame.decidedAt)
      }
    }
    for (const file of await shipped.files()) {
      if (file.deployment !== deployment || file.to < from) continue
      const counted = await countShipped(shipped, file, { since, before: firstLocal(segments, file.front) })
      sum.predictions += counted['predictions'] ?? 0
      sum.requests += counted['requests'] ?? 0
      sum.degraded += counted['degraded'] ?? 0
      sum.demo += counted['demo'] ?? 0
      const { first: earliest = null, last: latest_ = null } = counted
      if (earliest !== null) first = Math.min(first ?? earliest, earliest)
      if (latest_ !== null) last = Math.max(last ?? latest_, latest_)
    }
    return {
      ...sum,
      first: first === null ? null : BigInt(first),
      last: last === null ? null : BigInt(last),
    }
  }

  const parts = { folder, log, shipped }
  return {
    find,
    latest: (deployment, { kinds, ...page }) =>
      searchDecisions(
        parts,
        { ...(deployment === undefined ? {} : { deployment }), ...(kinds ? { kinds } : {}) },
        page,
      ),
    traffic,
    scan: request => scanDecisions(parts, request),
    search: (filter, page) => searchDecisions(parts, filter, page),
  }
}

const firstLocal = (segments: readonly SegmentName[], front: number): number =>
  segments.find(name => name.front === front)?.segment ?? Number.MAX_SAFE_INTEGER

function countShipped(
  shipped: ShippedFiles,
  file: ShippedFile,
  { since, before }: { readonly since: Micros; readonly before: number },
) {
  const online = "kind = 'online'"
  const select = {
    predictions: `count(*) FILTER (${online})`,
    requests: `count(*) FILTER (${online} AND "row" = 0)`,
    degraded: `count(*) FILTER (${online} AND served_by <> 'model')`,
    demo: "count(*) FILTER (kind = 'demo')",
    first: `epoch_us(min(decided_at) FILTER (${online}))`,
    last: `epoch_us(max(decided_at) FILTER (${online}))`,
  }
  if (file.first >= before) return Promise.resolve<Readonly<Record<string, number | null>>>({})
  return shipped.count(file, select, `segment < ${before} AND decided_at >= make_timestamp(${since})`)
}

/** A file of about that time first; clocks may have stepped, so then every other. */
async function findShipped(
  shipped: ShippedFiles,
  { base, row, millis }: { readonly base: string; readonly row: number; readonly millis: number },
): Promise<DecisionRecord | undefined> {
  const isLikely = ({ from, to }: ShippedFile) =>
    from / 1000 - slackMillis <= millis && millis <= to / 1000 + slackMillis
  const files = await shipped.files()
  for (const file of [...files.filter(isLikely), ...files.filter(each => !isLikely(each))]) {
    const [found] = await shipped.read(file, {
      where: `base = ${text(base)} AND "row" = ${row}`,
      orderBy: '"row"',
      limit: 1,
    })
    if (found) return found.record
  }
  return undefined
}

/** Segments that may hold an id of that time: those written around it first, then all, as clocks may have stepped. */
function around(segments: readonly SegmentName[], millis: number): readonly SegmentName[] {
  const likely = endingAfter(segments, millis - slackMillis).filter(
    name => name.createdMillis <= millis + slackMillis,
  )
  const others = segments.filter(name => !likely.includes(name))
  return [...likely.toReversed(), ...others.toReversed()].slice(0, likely.length + cachedSegments)
}
