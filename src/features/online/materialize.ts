import { FettleError } from '../../kernel/errors/index.ts'
import { formatTimestamp, type Micros } from '../../kernel/time.ts'
import type { ViewClosure } from '../model.ts'
import type { OfflineEngine, ViewScan } from '../offline/ports.ts'
import { type ErasureGuard, suppressed } from './erasure.ts'
import { eventVersions, type UntilOf } from './event-versions.ts'
import { dropFormer, dropOldFormer } from './generations.ts'
import { decodeHead, encodeHead, type Head } from './head.ts'
import { formerHeadKey, generationPrefix, headKey, runKey } from './keys.ts'
import { fillLive } from './live-fill.ts'
import type { MaterializationReport, ViewMaterialization } from './model.ts'
import type { Bytes, OnlineStore } from './ports.ts'
import { beginRun, pushed, type Run, type RunState } from './run.ts'
import { type KeyRows, scanRows } from './scan-rows.ts'
import { createTally, type Tally } from './tally.ts'
import { type PlannedView, planView } from './view-plan.ts'

export interface MaterializeOptions {
  /** The instant from which on the store answers. */
  readonly now: Micros
  /**
   * Rows that become visible after `now` are kept aside up to this instant; later ones stay in the source for the next
   * run. Default: for as-of views without limit, for window views one day.
   */
  readonly deferUntil?: Micros
  /**
   * Versions by source name. With an equal version a run repeats nothing that was done and a killed run is gone on with;
   * without one every run is full.
   */
  readonly sourceVersions?: Readonly<Record<string, string>>
  /** Known times this long before the watermark are read again: a source may show a row after it was known. Default 1 h. */
  readonly arrivalSlack?: Micros
  /**
   * True: a new generation, whatever was done before. What is written to is never replaced: it is merged into again.
   */
  readonly refresh?: boolean
  /** Keeps erased keys away. */
  readonly guard?: ErasureGuard
  readonly projectFolder: string
  onProgress(update: {
    readonly done: number
    readonly total: number | null
    readonly unit: string
    readonly message: string
  }): void
  readonly signal: AbortSignal
}

/** Keys written in one update, with the checkpoint; fewer where other writers may come first. */
export const keysPerChunk = ({ live }: Pick<PlannedView, 'live'>): number => (live ? 500 : 2_000)
const bytesPerChunk = 4 << 20

/**
 * Brings the online store to what features.md §3.2 (§4 for windows) says at `now` (§8), one view of the closure after
 * the other.
 *
 * - Idempotent: repeated, killed and resumed runs leave the state of one undisturbed run.
 * - Views whose source is written to are merged into, whatever is pushed meanwhile; nothing written is lost.
 * - As-of views whose source version is the one of the last run merge only what became known since (a merge law);
 *   everything else fills a new generation beside the serving one, and the head moves when it is complete.
 * - Other window views are rebuilt from the events that can still matter, event ≥ now − (largest window + hop).
 * - Chunks of keys are checkpointed in the update that writes them; a killed run with the same options goes on behind
 *   its last chunk.
 * - A run that fails or is cancelled moves neither head nor watermark.
 *
 * Throws ALREADY_RUNNING with the holder, STORE_FULL, STORE_UNAVAILABLE, and what the source throws; aborts with the
 * signal's reason.
 */
export async function materialize(
  engine: Scanner & Partial<Pick<OfflineEngine, 'openScans'>>,
  store: OnlineStore,
  closure: ViewClosure,
  options: MaterializeOptions,
): Promise<MaterializationReport> {
  const { projectFolder, signal } = options
  const scope = await engine.openScans?.(closure, { projectFolder, signal })
  try {
    const job = { engine: scope ?? engine, store, closure, options }
    const views: ViewMaterialization[] = []
    for (const { name } of closure.views)
      views.push(await materializeView({ ...job, view: planView(closure, name) }))
    return { views }
  } finally {
    await scope?.close()
  }
}

export type Scanner = Pick<OfflineEngine, 'scanView'>

export function materializeView(job: Job): Promise<ViewMaterialization> {
  return withRunLock(job, () => runLocked(job))
}

/** Keeps other runs away from the view: throws ALREADY_RUNNING with the holder. */
export async function withRunLock<Result>(
  job: Pick<Job, 'store' | 'view'>,
  work: () => Promise<Result>,
): Promise<Result> {
  const { name, version } = job.view.id
  const lock = await job.store.lock(`materialize ${name}@v${version}`)
  if ('heldBy' in lock) {
    throw new FettleError(
      'ALREADY_RUNNING',
      `view ${name}@v${version} is being materialized by ${lock.heldBy}`,
      { details: { view: name, heldBy: lock.heldBy } },
    )
  }
  try {
    return await work()
  } finally {
    await lock.release()
  }
}

/** One view of a run. */
export interface Job {
  readonly engine: Scanner
  readonly store: OnlineStore
  readonly closure: ViewClosure
  readonly options: MaterializeOptions
  readonly view: PlannedView
}

async function runLocked(job: Job): Promise<ViewMaterialization> {
  const { store, view, options } = job
  const started = performance.now()
  const [headBytes, runBytes] = await store.readMany([headKey(view.id), runKey(view.id)])
  const head = headBytes && decodeHead(headBytes)
  const run = beginRun({ view, head, options, unfinished: runBytes })
  if (run.mode === 'unchanged' && head)
    return report(job, { head, before: head, run, tally: createTally(), started })
  const fresh = run.mode === 'full' && !view.live
  // What an abandoned run left there.
  if (fresh && !run.resumed) await store.removeAll(generationPrefix(view.id, run.generation))
  if (!fresh) await dropOldFormer(store, view.id, run.now)
  const tally = createTally(run.state.counts)
  await fill(job, run, tally)
  if (fresh) await dropFormer(store, view.id)
  const after = (current: Bytes | undefined): Head =>
    view.live
      ? liveHead(current && decodeHead(current), run, { view, tally })
      : nextHead(head, run, { view, tally })
  let next = after(headBytes)
  await store.update([
    {
      key: headKey(view.id),
      next: current => {
        next = after(current)
        return encodeHead(next)
      },
    },
    ...(headBytes && next.generation !== head?.generation
      ? [{ key: formerHeadKey(view.id), next: () => replacedHead(headBytes, run.now) }]
      : []),
    { key: runKey(view.id), next: () => null },
  ])
  return report(job, { head: next, before: head, run, tally, started })
}

const replacedHead = (bytes: Bytes, now: Micros): Bytes => encodeHead({ ...decodeHead(bytes), replaced: now })

function nextHead(
  head: Head | undefined,
  run: Run,
  { view, tally }: { readonly view: PlannedView; readonly tally: Tally },
): Head {
  const advanced = head && run.mode === 'incremental'
  // Rows left in the source for being too far ahead were known before the watermark: the next run has to read it whole.
  const leftBehind = view.kind === 'lookup' && tally.counts.tooLate > 0
  return {
    generation: run.generation,
    former: advanced ? head.former : (head?.generation ?? null),
    watermark: advanced && head.watermark > run.knownUpTo ? head.watermark : run.knownUpTo,
    from: run.now,
    epochs: run.epochs,
    definition: view.definition,
    source: head?.source === pushed ? pushed : leftBehind ? null : run.source,
    merged: mergedUpTo(advanced ? head : undefined, run, tally),
  }
}

/** Rows left in the journal for being too far ahead have to be read again. */
function mergedUpTo(head: Head | undefined, run: Run, tally: Tally): bigint | null {
  const before = head?.merged ?? null
  if (run.merged === null || tally.counts.tooLate > 0) return before
  return before !== null && before > run.merged ? before : run.merged
}

/**
 * The head of a view that is written to: the run may have met writes of others. What it read of a window view vouches for
 * the data up to the newest row, as a write does; that the journal was read says nothing about who should have written.
 */
function liveHead(
  current: Head | undefined,
  run: Run,
  { view, tally }: { readonly view: PlannedView; readonly tally: Tally },
): Head {
  const { newest } = tally.counts
  const upTo = view.kind === 'lookup' || newest === null ? null : BigInt(newest)
  if (current === undefined || current.generation !== run.generation) {
    return {
      ...nextHead(current, run, { view, tally }),
      watermark: upTo ?? run.knownUpTo,
      source: pushed,
    }
  }
  const watermark = view.kind === 'lookup' ? run.knownUpTo : (upTo ?? current.watermark)
  return {
    ...current,
    source: pushed,
    merged: mergedUpTo(current, run, tally),
    watermark: watermark > current.watermark ? watermark : current.watermark,
  }
}

/** Scans the source and writes chunk after chunk, each with the checkpoint behind it. */
export async function fill(job: Job, run: Run, tally: Tally): Promise<void> {
  const { options, view } = job
  const untilOf = view.live ? undefined : await versionsOf(job, run)
  const scan = await scanOf(job, run, view.live && view.eventId ? null : run.eventFrom)
  const erased = await suppressed(job.store, options.guard, view)
  let chunk: KeyRows[] = []
  let size = 0
  for await (const keys of scanRows(scan, view, untilOf)) {
    options.signal.throwIfAborted()
    for (const key of keys) {
      if (erased(key.key) || run.part?.keys?.has(key.key.toString('latin1')) === false) continue
      const rows = run.part ? key.rows.filter(run.part.keeps) : key.rows
      if (rows.length === 0) continue
      tally.read += rows.length
      if (run.state.lastKey !== null && Buffer.compare(key.key, run.state.lastKey) <= 0) continue
      chunk.push(run.part ? { key: key.key, rows } : key)
      size += rows.length * view.rowBytes
      if (chunk.length < keysPerChunk(view) && size < bytesPerChunk) continue
      await writeChunk(job, { run, tally, chunk })
      tellProgress(job, tally)
      chunk = []
      size = 0
    }
  }
  if (chunk.length > 0) await writeChunk(job, { run, tally, chunk })
  options.signal.throwIfAborted()
  const { null_key, null_event_time } = scan.skipped()
  tally.skip(null_key, null_event_time)
}

function tellProgress({ options, view }: Job, { read, counts }: Tally): void {
  options.onProgress({
    done: read,
    total: null,
    unit: 'rows',
    message: `${counts.keys} keys of ${view.id.name} written`,
  })
}

function scanOf(
  { engine, closure, options, view }: Job,
  run: Run,
  eventFrom: Micros | null,
  places = false,
): Promise<ViewScan> {
  return engine.scanView({
    closure,
    view: view.id.name,
    projectFolder: options.projectFolder,
    knownAfter: run.knownAfter,
    knownUpTo: run.scanUpTo,
    eventFrom,
    places,
    signal: options.signal,
  })
}

/** Where events have versions, they are all read first. */
async function versionsOf(job: Job, run: Run): Promise<UntilOf | undefined> {
  return job.view.eventId
    ? eventVersions(await scanOf(job, run, null, true), job.view, job.view.eventId)
    : undefined
}

async function writeChunk(
  { store, view }: Job,
  { run, tally, chunk }: { run: Run; tally: Tally; chunk: readonly KeyRows[] },
): Promise<void> {
  const live = view.live && view.kind === 'window'
  const changes = live ? [] : chunk.flatMap(key => view.writer(run, key, tally))
  const state: RunState = {
    ...run.state,
    lastKey: chunk.at(-1)?.key ?? run.state.lastKey,
    counts: tally.counts,
  }
  run.state = state
  const checkpoint = { key: runKey(view.id), next: () => run.encode(state) }
  if (live) await fillLive({ store, view, run, tally }, chunk, checkpoint)
  else await store.update([...changes, checkpoint])
}

export function report(
  job: Job,
  result: { head: Head; before: Head | undefined; run: Run; tally: Tally; started: number },
): ViewMaterialization {
  const { head, before, run, tally, started } = result
  const newest = tally.counts.newest
  return {
    view: job.view.id.name,
    version: job.view.id.version,
    generation: head.generation,
    mode: run.mode,
    resumed: run.resumed,
    read: tally.read,
    applied: tally.counts.applied,
    superseded: tally.counts.superseded,
    deferred: tally.counts.deferred,
    skipped: { ...tally.skipped, too_late: tally.counts.tooLate, never_known: tally.counts.neverKnown },
    keys: tally.counts.keys,
    bytes: tally.counts.bytes,
    watermarkBefore: before ? formatTimestamp(before.watermark) : null,
    watermarkAfter: formatTimestamp(head.watermark),
    newestKnown: newest === null ? null : formatTimestamp(BigInt(newest)),
    freshness: newest === null ? null : Number(run.now - BigInt(newest)),
    milliseconds: Math.round(performance.now() - started),
  }
}
