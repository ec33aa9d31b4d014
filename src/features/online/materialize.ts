import { FettleError } from '../../kernel/errors/index.ts'
import { formatTimestamp, type Micros } from '../../kernel/time.ts'
import type { ViewClosure } from '../model.ts'
import type { OfflineEngine, ViewScan } from '../offline/ports.ts'
import { eventVersions, type UntilOf } from './event-versions.ts'
import { decodeHead, encodeHead, type Head } from './head.ts'
import { headKey, runKey } from './keys.ts'
import type { MaterializationReport, ViewMaterialization } from './model.ts'
import type { OnlineStore } from './ports.ts'
import { beginRun, dropOldGenerations, pushed, type Run, type RunState } from './run.ts'
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
  readonly projectFolder: string
  onProgress(update: {
    readonly done: number
    readonly total: number | null
    readonly unit: string
    readonly message: string
  }): void
  readonly signal: AbortSignal
}

/** Keys written in one update, with the checkpoint. */
const keysPerChunk = 500
const bytesPerChunk = 4 << 20

/**
 * Brings the online store to what features.md §3.2 (§4 for windows) says at `now` (§8), one view of the closure after
 * the other.
 *
 * - Idempotent: repeated, killed and resumed runs leave the state of one undisturbed run.
 * - As-of views whose source version is the one of the last run merge only what became known since (a merge law);
 *   everything else fills a new generation beside the serving one, and the head moves when it is complete.
 * - Window views are rebuilt from the events that can still matter, event ≥ now − (largest window + hop).
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

type Scanner = Pick<OfflineEngine, 'scanView'>

async function materializeView(job: Job): Promise<ViewMaterialization> {
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
    return await runLocked(job)
  } finally {
    await lock.release()
  }
}

interface Job {
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
  if (!run.resumed)
    await dropOldGenerations(store, {
      view: view.id,
      head,
      target: run.mode === 'full' ? run.generation : null,
    })
  const tally = createTally(run.state.counts)
  await fill(job, run, tally)
  const next = nextHead(head, run, { view, tally })
  await store.update([
    { key: headKey(view.id), next: () => encodeHead(next) },
    { key: runKey(view.id), next: () => null },
  ])
  return report(job, { head: next, before: head, run, tally, started })
}

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
  }
}

/** Scans the source and writes chunk after chunk, each with the checkpoint behind it. */
async function fill(job: Job, run: Run, tally: Tally): Promise<void> {
  const { options, view } = job
  const untilOf = await versionsOf(job, run)
  const scan = await scanOf(job, run, run.eventFrom)
  let chunk: KeyRows[] = []
  let size = 0
  for await (const key of scanRows(scan, view, untilOf)) {
    options.signal.throwIfAborted()
    tally.read += key.rows.length
    if (run.state.lastKey !== null && Buffer.compare(key.key, run.state.lastKey) <= 0) continue
    chunk.push(key)
    size += key.rows.length * view.rowBytes
    if (chunk.length < keysPerChunk && size < bytesPerChunk) continue
    await writeChunk(job, { run, tally, chunk })
    options.onProgress({
      done: tally.read,
      total: null,
      unit: 'rows',
      message: `${tally.counts.keys} keys of ${view.id.name} written`,
    })
    chunk = []
    size = 0
  }
  if (chunk.length > 0) await writeChunk(job, { run, tally, chunk })
  options.signal.throwIfAborted()
  const { null_key, null_event_time } = scan.skipped()
  tally.skip(null_key, null_event_time)
}

function scanOf(
  { engine, closure, options, view }: Job,
  run: Run,
  eventFrom: Micros | null,
): Promise<ViewScan> {
  return engine.scanView({
    closure,
    view: view.id.name,
    projectFolder: options.projectFolder,
    knownAfter: run.knownAfter,
    knownUpTo: run.scanUpTo,
    eventFrom,
    signal: options.signal,
  })
}

/** Where events have versions, they are all read first. */
async function versionsOf(job: Job, run: Run): Promise<UntilOf | undefined> {
  return job.view.eventId
    ? eventVersions(await scanOf(job, run, null), job.view, job.view.eventId)
    : undefined
}

async function writeChunk(
  { store, view }: Job,
  { run, tally, chunk }: { run: Run; tally: Tally; chunk: readonly KeyRows[] },
): Promise<void> {
  const changes = chunk.flatMap(key => view.writer(run, key, tally))
  const state: RunState = {
    ...run.state,
    lastKey: chunk.at(-1)?.key ?? run.state.lastKey,
    counts: tally.counts,
  }
  run.state = state
  await store.update([...changes, { key: runKey(view.id), next: () => run.encode(state) }])
}

function report(
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
    freshness: newest === null ? null : Number(run.now - BigInt(newest)),
    milliseconds: Math.round(performance.now() - started),
  }
}
