import type { AuditStores } from '../../governance/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { RunAlertStore } from '../alerts/ports.ts'
import type { PurgeStore } from '../purge/ports.ts'
import type { Chunk } from '../series/chunk.ts'
import type { SeriesPoint } from '../series/order.ts'
import type { SeriesFacts } from '../series/summary.ts'
import type { SyncStore } from '../sync/ports.ts'
import type { DatasetInput, Facts, RunStatus } from './model.ts'

export interface StoredExperiment {
  readonly id: number
  readonly name: string
  readonly artifactLocation: string
  readonly owner: string
  readonly deleted: boolean
  readonly createdAt: Micros
  readonly updatedAt: Micros
}

export interface StoredRun {
  /** The number that stands for the run inside. */
  readonly ref: number
  readonly id: string
  readonly experiment: number
  readonly name: string
  readonly user: string
  readonly status: RunStatus
  readonly startedAt: Micros | null
  readonly endedAt: Micros | null
  readonly deleted: boolean
  /** Deleted with its experiment, to be restored with it. */
  readonly deletedWith: boolean
  readonly artifactLocation: string
  readonly parent: string | null
  readonly forkOf: { readonly run: string; readonly step: number } | null
  readonly pipelineRun: string | null
  readonly trainingSet: string | null
  /** Why it ended, where its writer did not say: `lost`. */
  readonly cause: string | null
  /** Who keeps the heartbeat, once there was one. */
  readonly client: string | null
  readonly createdAt: Micros
  /** Last write, or heartbeat as far as stored; by the server's clock. */
  readonly seenAt: Micros
  readonly beats: boolean
  readonly revision: number
}

/** What a change of a run may set. */
export type RunChange = Partial<
  Pick<
    StoredRun,
    'name' | 'status' | 'endedAt' | 'deleted' | 'deletedWith' | 'parent' | 'cause' | 'client' | 'beats'
  >
>

/** Key names are numbered once for the whole store. */
export type KeyIds = ReadonlyMap<string, number>

/** A (run, key) pair of numbers. */
export type Pair = readonly [run: number, key: number]

export interface StoredFact {
  readonly run: number
  readonly key: number
  readonly experiment: number
  readonly value: string
}

export interface StoredSeries extends SeriesFacts {
  readonly run: number
  readonly key: number
  readonly experiment: number
  /** How many points are rows or in blocks of the run; the others are in chunks. */
  tail: number
  chunks: number
}

/** A series as it is to be stored. */
export interface SeriesWrite {
  readonly run: number
  readonly key: number
  readonly experiment: number
  readonly state: { readonly facts: SeriesFacts; readonly tail: number; readonly chunks: number }
}

export interface StoredPoint extends SeriesPoint {
  readonly run: number
  readonly key: number
}

export interface StoredChunk extends Chunk {
  readonly run: number
  readonly key: number
  readonly seq: number
}

/** Points of many series of a run that were written together. */
export interface StoredBlock {
  readonly run: number
  readonly seq: number
  readonly body: Uint8Array
}

/** A point of a logged model, on a dataset or (texts empty) on none. */
export interface ModelPoint extends SeriesPoint {
  readonly model: number
  readonly key: number
  readonly datasetName: string
  readonly datasetDigest: string
  readonly run: string
}

export type FactKind = 'params' | 'tags'

export interface ExperimentRows {
  find(id: number): Promise<StoredExperiment | undefined>
  findByName(name: string): Promise<StoredExperiment | undefined>
  /** Answers its number: one more than the greatest, or the free one that is given. */
  insert(
    experiment: Omit<StoredExperiment, 'id' | 'artifactLocation'> & {
      readonly artifactLocation?: string
      readonly id?: number
    },
  ): Promise<number>
  update(
    id: number,
    change: { readonly name?: string; readonly deleted?: boolean; readonly updatedAt: Micros },
  ): Promise<void>
  tags(ids: readonly number[]): Promise<ReadonlyMap<number, Facts>>
  setTag(id: number, key: string, value: string): Promise<void>
  /** False when there was none. */
  removeTag(id: number, key: string): Promise<boolean>
  /** How many runs are not deleted, and the start of the newest. */
  statistics(
    ids: readonly number[],
  ): Promise<ReadonlyMap<number, { readonly runs: number; readonly lastRunAt: Micros | null }>>
}

export interface RunRows {
  find(ids: readonly string[]): Promise<readonly StoredRun[]>
  findByRef(refs: readonly number[]): Promise<readonly StoredRun[]>
  insert(run: Omit<StoredRun, 'ref'>): Promise<number>
  /** Sets what is given, raises the revision of each and notes that it was seen. */
  change(refs: readonly number[], change: RunChange & { readonly seenAt?: Micros }): Promise<void>
  /** Deletes the runs of an experiment that are not, or brings back those it deleted. Answers how many. */
  changeWithExperiment(experiment: number, deleted: boolean): Promise<number>
  /** Running ones last seen before, of pipelines or not; only those with a heartbeat, or without. Oldest first. */
  unseenSince(
    before: Micros,
    which: { readonly ofPipelines: boolean; readonly beats?: boolean; readonly limit: number },
  ): Promise<readonly StoredRun[]>
}

export interface FactRows {
  /** Those of the pairs that are stored. */
  find(kind: FactKind, pairs: readonly Pair[]): Promise<readonly StoredFact[]>
  /** Replaces the value of the same run and key. */
  write(kind: FactKind, facts: readonly StoredFact[]): Promise<void>
  remove(kind: FactKind, pair: Pair): Promise<boolean>
  /** All of the runs, keys by code point. */
  ofRuns(kind: FactKind, runs: readonly number[]): Promise<ReadonlyMap<number, Facts>>
}

export interface SeriesRows {
  find(pairs: readonly Pair[]): Promise<readonly StoredSeries[]>
  /** Keys by code point; only those named, if any are. */
  ofRuns(
    runs: readonly number[],
    keys?: readonly string[],
  ): Promise<ReadonlyMap<number, readonly (StoredSeries & { readonly name: string })[]>>
  write(series: readonly SeriesWrite[]): Promise<void>
  /** Writes of stored series all but first, least and greatest. */
  advance(series: readonly SeriesWrite[]): Promise<void>
  insertTail(points: readonly StoredPoint[]): Promise<void>
  /** Removes the rows of a series, and answers them. */
  takeTail(pair: Pair): Promise<readonly SeriesPoint[]>
  /** Those of the points that are rows. */
  findInTail(points: readonly StoredPoint[]): Promise<readonly StoredPoint[]>
  insertBlocks(blocks: readonly StoredBlock[]): Promise<void>
  /** How many there are of a run: they count from 1. */
  blockCount(run: number): Promise<number>
  /** In the order they were written. */
  blocks(run: number): Promise<readonly Uint8Array[]>
  clearBlocks(run: number): Promise<void>
  insertChunks(chunks: readonly StoredChunk[]): Promise<void>
  /** Chunks that reach into the bounds, by first time. */
  chunks(pair: Pair, bounds?: ChunkBounds): Promise<readonly Chunk[]>
  /** All of a series at one moment. */
  stored(pair: Pair, bounds?: ChunkBounds): Promise<StoredParts>
}

export interface StoredParts {
  /** Those that reach into the bounds, by first time. */
  readonly chunks: readonly Chunk[]
  readonly rows: readonly SeriesPoint[]
  /** Of its run: points of other series, too. */
  readonly blocks: readonly Uint8Array[]
}

/** Inclusive. */
export interface ChunkBounds {
  readonly fromStep?: number
  readonly toStep?: number
  readonly fromAt?: Micros
  readonly toAt?: Micros
}

export interface InputRows {
  /** In the order they were logged. */
  datasetsOf(runs: readonly number[]): Promise<ReadonlyMap<number, readonly DatasetInput[]>>
  modelInputsOf(runs: readonly number[]): Promise<ReadonlyMap<number, readonly string[]>>
  modelOutputsOf(
    runs: readonly number[],
  ): Promise<ReadonlyMap<number, readonly { readonly modelId: string; readonly step: number }[]>>
  /** An equal input again changes nothing. Answers whether anything changed. */
  addDatasets(
    run: { readonly ref: number; readonly experiment: number },
    datasets: readonly DatasetInput[],
  ): Promise<boolean>
  addModelInputs(run: number, models: readonly string[]): Promise<boolean>
  addModelOutputs(
    run: number,
    outputs: readonly { readonly modelId: string; readonly step: number }[],
  ): Promise<boolean>
  /** Distinct (experiment, name, digest, context). */
  datasets(experiments: readonly number[]): Promise<
    readonly {
      readonly experiment: number
      readonly name: string
      readonly digest: string
      readonly context: string | null
    }[]
  >
}

export interface DocumentRows {
  /** Runs by id with the document of their present revision, undefined where there is none. */
  find(
    ids: readonly string[],
  ): Promise<
    ReadonlyMap<
      string,
      { readonly ref: number; readonly revision: number; readonly body: string | undefined }
    >
  >
  /** Only where the run still has the revision. */
  write(
    documents: readonly { readonly ref: number; readonly revision: number; readonly body: string }[],
  ): Promise<void>
}

/** What experiments and runs keep. Reading side and transactions have the same. */
export interface TrackingStore {
  readonly experiments: ExperimentRows
  readonly runs: RunRows
  readonly facts: FactRows
  readonly series: SeriesRows
  readonly inputs: InputRows
  readonly documents: DocumentRows
  /** Numbers of those that have one. */
  keyIds(names: Iterable<string>): Promise<KeyIds>
  /** Numbers of all; new ones are given. */
  ensureKeys(names: Iterable<string>): Promise<KeyIds>
  /** Numbers of logged models by id, not deleted ones. */
  modelRefs(ids: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** Keeps every one; one that is there changes nothing. */
  writeModelPoints(points: readonly ModelPoint[]): Promise<void>
}

/** The part of the platform's stores that tracking uses. */
export interface TrackingStores extends AuditStores {
  readonly tracking: TrackingStore
  readonly sync: SyncStore
  readonly runAlerts: RunAlertStore
  readonly purge: PurgeStore
}
