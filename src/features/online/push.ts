import type { SourceData } from '../../definitions/model.ts'
import type { Micros } from '../../kernel/time.ts'
import type { ErasureGuard } from './erasure.ts'
import { suppressed } from './erasure.ts'
import type { OnlineView } from './model.ts'
import type { OnlineStore } from './ports.ts'
import { pushLookupRows } from './push-lookups.ts'
import { type AcceptedRow, acceptRows, type PushOutcome, type PushRow, type Rejection } from './push-rows.ts'
import { pushWindowRows } from './push-windows.ts'
import { type PlannedView, planOnlineView } from './view-plan.ts'

export interface PushRequest {
  readonly view: OnlineView
  readonly source: SourceData
  readonly rows: readonly PushRow[]
  /** Fettle's clock: the known time of rows without a declared one. */
  readonly now: Micros
  /** Default 5 minutes, inclusive. */
  readonly maxFutureSkew?: Micros
  readonly guard?: ErasureGuard
}

/** One request's rows for every view of their source. */
export interface SourceWrite extends Omit<PushRequest, 'view'> {
  /** Views of the source, whatever their version. */
  readonly views: readonly OnlineView[]
  /**
   * Ingest sequence of each row, strictly increasing over all writes to the source; what rejected rows have is not
   * looked at. A row whose sequence was written before changes nothing. Left out: each view counts for itself.
   */
  readonly sequences?: readonly bigint[]
  /** Rows the caller refuses after they passed {@link acceptSource}, with the reason. */
  readonly refused?: ReadonlyMap<number, Rejection>
}

/** features.md §10.1: received = applied + superseded + duplicate + deferred + rejected. */
export interface PushReport extends Readonly<Record<PushOutcome, number>> {
  readonly received: number
  /** Every row that was not applied, in order. */
  readonly rows: readonly { readonly row: number; readonly outcome: PushOutcome; readonly code?: Rejection }[]
}

/** What a request's rows come to before anything is written. */
export interface SourceAcceptance {
  /** Positions of the rows that may be journaled and written, ascending. */
  readonly accepted: readonly number[]
  readonly rejected: ReadonlyMap<number, Rejection>
}

const defaultSkew = 300_000_000n

/** Writes rows into the serving generation of one view; see {@link pushSource}. */
export function pushRows(store: OnlineStore, { view, ...request }: PushRequest): Promise<PushReport> {
  return pushSource(store, { ...request, views: [view] })
}

/**
 * Tests a request's rows as {@link pushSource} will, in the order of features.md §18, and writes nothing. A row with a
 * null key is rejected if the key is null for every view; otherwise the views whose key is null pass over it. Throws
 * KEY_BAD_TEXT and KEY_TOO_LONG.
 */
export async function acceptSource(store: OnlineStore, request: SourceWrite): Promise<SourceAcceptance> {
  const { rejected } = await accept(store, request, planned(request))
  return { accepted: request.rows.flatMap((_, row) => (rejected.has(row) ? [] : [row])), rejected }
}

/**
 * Writes rows into the serving generation of every view: readable by the next request, in the order of features.md §3.2
 * with the ingest sequence. Rows are independent; bad ones are rejected with a code, the rest is written, in one update
 * per view. Writing the same rows with the same sequences again changes nothing, so that a journal can be replayed after
 * a crash between views. "Equal in every declared column" is tested on the columns a view reads.
 *
 * The report counts rows, not views. A row is `applied` if at least one as-of view serves it now or one window view counts
 * it, else `deferred` if one will, else `superseded` if one keeps it, and `duplicate` if it is one for every view that
 * takes it. A row of a source without views is `applied`. Throws KEY_BAD_TEXT, KEY_TOO_LONG, SOURCE_NOT_WRITABLE (a
 * window view that was filled from a batch source), STORE_UNAVAILABLE, STORE_FULL.
 */
export async function pushSource(store: OnlineStore, request: SourceWrite): Promise<PushReport> {
  const [report] = await pushBatches(store, [request])
  if (report === undefined) throw new TypeError('a request has a report')
  return report
}

/**
 * Several requests to the same views of one source, as {@link pushSource} would do one after the other, with fewer updates
 * of the store. More than one must have sequences.
 */
export async function pushBatches(
  store: OnlineStore,
  requests: readonly SourceWrite[],
): Promise<readonly PushReport[]> {
  const [first] = requests
  const last = requests.at(-1)
  if (first === undefined || last === undefined) return []
  const plans = planned(first)
  const accepted: Accepted[] = []
  for (const request of requests) accepted.push(await accept(store, request, plans))
  const outcomes = requests.map(() => new Map<number, PushOutcome>())
  for (const [index, view] of plans.entries()) {
    const target = { store, planned: view, source: first.source, now: last.now }
    const batches = requests.map(({ now, sequences }, at) => ({
      now,
      rows: (accepted[at]?.byView[index] ?? []).filter(({ row }) => !accepted[at]?.rejected.has(row)),
      ...(sequences ? { sequences } : {}),
    }))
    const found =
      view.kind === 'lookup'
        ? await pushLookupRows(target, batches)
        : await inOrder(batches, batch => pushWindowRows({ ...target, now: batch.now }, batch))
    for (const [at, each] of found.entries())
      for (const [row, outcome] of each) outcomes[at]?.set(row, better(outcomes[at]?.get(row), outcome))
  }
  return requests.map(({ rows }, at) =>
    report(rows.length, outcomes[at] ?? new Map(), accepted[at]?.rejected ?? new Map()),
  )
}

async function inOrder<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = []
  for (const item of items) results.push(await work(item))
  return results
}

function planned({ views, source }: SourceWrite): readonly PlannedView[] {
  return views.map(view => planOnlineView(view, source))
}

interface Accepted {
  readonly rejected: ReadonlyMap<number, Rejection>
  readonly byView: readonly (readonly AcceptedRow[])[]
}

async function accept(
  store: OnlineStore,
  request: SourceWrite,
  plans: readonly PlannedView[],
): Promise<Accepted> {
  const acceptance = { now: request.now, maxFutureSkew: request.maxFutureSkew ?? defaultSkew }
  const results =
    plans.length === 0
      ? [acceptRows(request.source, [], request.rows, acceptance)]
      : plans.map(({ keys }) => acceptRows(request.source, keys, request.rows, acceptance))
  const rejected = new Map<number, Rejection>()
  const takers = new Map<number, number>()
  for (const { accepted } of results)
    for (const { row } of accepted) takers.set(row, (takers.get(row) ?? 0) + 1)
  for (const result of results)
    for (const { row, code } of result.rejected) if (!takers.has(row)) rejected.set(row, code)
  for (const [index, view] of plans.entries()) {
    const erased = await suppressed(store, request.guard, view)
    for (const { row, key } of results[index]?.accepted ?? [])
      if (erased(key)) rejected.set(row, 'KEY_ERASED')
  }
  for (const [row, code] of request.refused ?? []) if (!rejected.has(row)) rejected.set(row, code)
  return { rejected, byView: plans.map((_, index) => results[index]?.accepted ?? []) }
}

const ranking = ['rejected', 'duplicate', 'superseded', 'deferred', 'applied'] as const

function better(left: PushOutcome | undefined, right: PushOutcome): PushOutcome {
  return left === undefined || ranking.indexOf(right) > ranking.indexOf(left) ? right : left
}

function report(
  received: number,
  outcomes: ReadonlyMap<number, PushOutcome>,
  codes: ReadonlyMap<number, Rejection>,
): PushReport {
  const counts = { applied: 0, superseded: 0, duplicate: 0, deferred: 0, rejected: 0 }
  const rows: { row: number; outcome: PushOutcome; code?: Rejection }[] = []
  for (let row = 0; row < received; row++) {
    const code = codes.get(row)
    const outcome = code === undefined ? (outcomes.get(row) ?? 'applied') : 'rejected'
    counts[outcome] += 1
    if (outcome !== 'applied') rows.push({ row, outcome, ...(code === undefined ? {} : { code }) })
  }
  return { received, ...counts, rows }
}
