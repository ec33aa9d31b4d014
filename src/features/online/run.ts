import type { Micros } from '../../kernel/time.ts'
import type { Head } from './head.ts'
import type { MaterializeOptions } from './materialize.ts'
import type { Bytes } from './ports.ts'
import type { SourceRow } from './scan-rows.ts'
import type { TallyCounts } from './tally.ts'
import type { PlannedView } from './view-plan.ts'
import { type Epochs, planEpochs } from './window-epochs.ts'

/** What a run has done: written with every chunk. */
export interface RunState {
  /** Entity key up to which, inclusive, everything is written. */
  readonly lastKey: Buffer | null
  readonly counts?: TallyCounts
}

/** One run, fixed before it starts; only `state` moves. */
export interface Run {
  readonly mode: 'full' | 'incremental' | 'unchanged'
  readonly resumed: boolean
  readonly generation: number
  readonly now: Micros
  readonly epochs: Epochs
  /** Rows that become visible later are left in the source. */
  readonly deferUntil: Micros
  readonly knownAfter: Micros | null
  /** The watermark after the run. */
  readonly knownUpTo: Micros
  /** Known times that are asked of the source. */
  readonly scanUpTo: Micros
  readonly eventFrom: Micros | null
  readonly source: string | null
  /** Ingest sequence up to which the journal was read; null for sources that have none. */
  readonly merged: bigint | null
  /** Of a run that merges a part again: which rows, of which keys (encoded, latin1). */
  readonly part?: {
    readonly keeps: (row: SourceRow) => boolean
    readonly keys: ReadonlySet<string> | null
  }
  state: RunState
  encode(state: RunState): Bytes
}

/** The source version of a view that was written to: its rows are not all in the source, so it is merged into, never replaced. */
export const pushed = 'push'

const hour = 3_600_000_000n
export const endOfTime = 253_402_300_799_999_999n

interface Start {
  readonly view: PlannedView
  readonly head: Head | undefined
  readonly options: Pick<
    MaterializeOptions,
    'now' | 'deferUntil' | 'sourceVersions' | 'arrivalSlack' | 'refresh'
  >
  readonly unfinished: Bytes | undefined
}

/** Decides what the run has to do, and whether an unfinished one can be gone on with. */
export function beginRun(start: Start): Run {
  const { view, options } = start
  const deferUntil = limit(
    options.deferUntil ?? (view.kind === 'window' ? options.now + 24n * hour : endOfTime),
    options.now,
  )
  const epochs =
    view.kind === 'window' && !view.live
      ? planEpochs(options.now, deferUntil)
      : { start: options.now, length: 1n, count: 1, until: deferUntil }
  const mode = chooseMode(start, deferUntil)
  const current = start.head?.generation ?? 0
  const arrivalSlack = options.arrivalSlack ?? hour
  const generation = mode === 'full' ? nextGeneration(start) : current
  const knownAfter =
    mode === 'incremental' && start.head && start.head.source !== pushed && !view.live
      ? start.head.watermark - arrivalSlack
      : null
  const source = sourceVersion(start)
  const identity = JSON.stringify([
    mode,
    generation,
    String(options.now),
    String(deferUntil),
    String(knownAfter),
    view.definition,
    source,
  ])
  const state = source === null ? undefined : resumable(start.unfinished, identity)
  return {
    mode,
    resumed: state !== undefined,
    generation,
    now: options.now,
    epochs,
    deferUntil,
    knownAfter,
    knownUpTo: view.live || deferUntil === endOfTime ? options.now : deferUntil,
    scanUpTo: view.latest ? endOfTime : deferUntil,
    eventFrom: view.eventFrom(options.now),
    source,
    merged: view.live ? ingestSequence(source) : null,
    state: state ?? { lastKey: null },
    encode: next =>
      Buffer.from(
        JSON.stringify({ identity, lastKey: next.lastKey?.toString('hex') ?? null, counts: next.counts }),
      ),
  }
}

const ingestSequence = (version: string | null): bigint | null => {
  const match = /^watermark:(\d+)$/.exec(version ?? '')
  return match ? BigInt(match[1] ?? '0') : null
}

/** Null when nothing says that the source is what it was. */
function sourceVersion({ view, options }: Pick<Start, 'view' | 'options'>): string | null {
  const version = options.sourceVersions?.[view.source]
  return version === undefined || version === 'unversioned' ? null : version
}

function limit(until: Micros, now: Micros): Micros {
  return until < now ? now : until
}

/** The generation after every one that is, or was begun. */
function nextGeneration({ head }: Start): number {
  return Math.max(head?.generation ?? 0, head?.former ?? 0) + 1
}

/**
 * What is written to is merged into, with all rows. Unchanged data, already read up to the asked instant: nothing to do. As-of views over unchanged data merge what became
 * known since; going back in time, another definition, changed or unversioned data need a new generation.
 */
function chooseMode({ view, head, options }: Start, deferUntil: Micros): Run['mode'] {
  if (head === undefined || head.definition !== view.definition) return 'full'
  if (view.live || (head.source === pushed && view.kind === 'lookup')) return 'incremental'
  if (options.refresh) return 'full'
  const version = sourceVersion({ view, options })
  const same = version !== null && head.source === version
  if (!same || options.now < head.from) return 'full'
  if (head.from === options.now && head.epochs.until === deferUntil) return 'unchanged'
  return view.kind === 'window' ? 'full' : 'incremental'
}

function resumable(bytes: Bytes | undefined, identity: string): RunState | undefined {
  if (bytes === undefined) return undefined
  const stored = JSON.parse(Buffer.from(bytes).toString('utf8')) as {
    identity: string
    lastKey: string | null
    counts?: TallyCounts
  }
  if (stored.identity !== identity || stored.lastKey === null) return undefined
  return { lastKey: Buffer.from(stored.lastKey, 'hex'), ...(stored.counts ? { counts: stored.counts } : {}) }
}
