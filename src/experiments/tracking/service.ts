import type { Principal } from '../../governance/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Page, PageRequest } from '../../kernel/unit-of-work.ts'
import type {
  ArtifactOwner,
  DatasetInput,
  Facts,
  LifecycleView,
  Liveness,
  LoggedBatch,
  LoggedModel,
  LoggedModelStatus,
  LoggedPoint,
  MetricPoint,
  RunHead,
  RunOutline,
  RunStatus,
  SeriesSummary,
  StoredArtifact,
  TrackedExperiment,
  TrackedRun,
} from './model.ts'

/** The text of a search, in the grammar of `parseFilter`, and its order items, `identifier [ASC|DESC]`. */
export interface SearchText extends PageRequest {
  readonly filter?: string
  readonly orderBy?: readonly string[]
  /** Of runs; `fettle` when left out. All other searches are in MLflow's. */
  readonly grammar?: Grammar
}

/**
 * `mlflow`: what MLflow's clients may send, and for runs also OR, NOT, parentheses and IS NULL. `fettle`: all of the
 * grammar.
 */
export type Grammar = 'mlflow' | 'fettle'

export interface NewTrackedRun {
  /** 32 hex digits; made when left out. Creating the same run again (same id, experiment, user, start) is a no-op. */
  readonly id?: string
  /** Experiment id. */
  readonly experiment: string
  /** Invented when left out and not in tag `mlflow.runName`. */
  readonly name?: string
  readonly user?: string
  readonly status?: RunStatus
  readonly startedAt?: Micros
  readonly tags?: Facts
  readonly forkOf?: { readonly run: string; readonly step: number }
  readonly pipelineRun?: string
  readonly trainingSet?: string
}

/** What a client that keeps a heartbeat says of itself. */
export interface Heartbeat {
  readonly run: string
  /** Who beats: another client may have taken the run over. */
  readonly client: string
  readonly at: Micros
}

export interface RunPage {
  /** Documents as {@link RunDocumentFormat} wrote them, ready to be joined. */
  readonly documents: readonly string[]
  readonly next?: string
}

/** Writes the wire form of a run; given by the composition root, so that experiments know no dialect. */
export type RunDocumentFormat = (run: TrackedRun) => string

/**
 * Every change takes the one who makes it and is audited in its transaction; resolved means durable. Errors:
 * EXPERIMENT_UNKNOWN, EXPERIMENT_RUN_UNKNOWN, LOGGED_MODEL_UNKNOWN, TRACKING_INVALID (names the field and its position),
 * PARAM_CHANGED, NAME_TAKEN, TRACKING_DELETED (a deleted run or experiment takes no writes), FILTER_INVALID,
 * ORDER_INVALID, BAD_REQUEST for a cursor that is not ours.
 */
export interface TrackingService {
  readonly experiments: TrackedExperiments
  readonly runs: TrackedRuns
  readonly loggedModels: LoggedModels
  readonly artifacts: ArtifactService
}

export interface TrackedExperiments {
  create(
    experiment: { readonly name: string; readonly artifactLocation?: string; readonly tags?: Facts },
    principal: Principal,
  ): Promise<TrackedExperiment>
  /** The one of that name, made when there is none. */
  ensure(name: string, principal: Principal): Promise<TrackedExperiment>
  /** Deleted ones too. */
  get(id: string): Promise<TrackedExperiment>
  getByName(name: string): Promise<TrackedExperiment>
  search(query: SearchText & { readonly view: LifecycleView }): Promise<Page<TrackedExperiment>>
  /** How many runs are not deleted, and when the newest started; nothing for one without runs. */
  statistics(
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, { readonly runs: number; readonly lastRunAt: Micros | null }>>
  /** Takes its runs along; restoring brings those back that were taken along. */
  remove(id: string, principal: Principal): Promise<void>
  restore(id: string, principal: Principal): Promise<void>
  /** Throws TRACKING_DELETED for a deleted one. */
  rename(id: string, name: string, principal: Principal): Promise<void>
  setTag(
    id: string,
    tag: { readonly key: string; readonly value: string },
    principal: Principal,
  ): Promise<void>
  /** Throws TAG_UNKNOWN. */
  removeTag(id: string, key: string, principal: Principal): Promise<void>
}

export interface TrackedRuns {
  create(run: NewTrackedRun, principal: Principal): Promise<TrackedRun>
  get(id: string): Promise<TrackedRun>
  /** In the order given. */
  many(ids: readonly string[]): Promise<readonly TrackedRun[]>
  head(id: string): Promise<RunHead>
  outline(id: string): Promise<RunOutline>
  document(id: string): Promise<string>
  /** What is left out stays. A finished run may be resumed by status running. */
  update(
    id: string,
    change: { readonly status?: RunStatus; readonly endedAt?: Micros; readonly name?: string },
    principal: Principal,
  ): Promise<RunHead>
  remove(id: string, principal: Principal): Promise<void>
  restore(id: string, principal: Principal): Promise<void>
  /**
   * All of the batch or nothing; waiting batches of many callers share one commit. A point sent again changes nothing;
   * an equal param again is a no-op, another value throws PARAM_CHANGED.
   */
  log(id: string, batch: LoggedBatch, principal: Principal): Promise<void>
  /** Throws TAG_UNKNOWN. */
  removeTag(id: string, key: string, principal: Principal): Promise<void>
  logInputs(
    id: string,
    inputs: { readonly datasets?: readonly DatasetInput[]; readonly models?: readonly string[] },
    principal: Principal,
  ): Promise<void>
  logOutputs(
    id: string,
    outputs: readonly { readonly modelId: string; readonly step: number }[],
    principal: Principal,
  ): Promise<void>
  search(
    query: SearchText & { readonly experiments: readonly string[]; readonly view: LifecycleView },
  ): Promise<RunPage>
  /** Columns instead of whole runs: `params.x`, `metrics.y`, `metrics.y.min`, `tags.z`, attributes. */
  select(
    query: SearchText & {
      readonly experiments: readonly string[]
      readonly view: LifecycleView
      readonly columns: readonly string[]
    },
  ): Promise<Page<RunHead & { readonly values: readonly (string | number | null)[] }>>
  /** `about` may be an estimate. */
  count(query: {
    readonly experiments: readonly string[]
    readonly view: LifecycleView
    readonly filter?: string
    readonly precision: 'exact' | 'about'
  }): Promise<{ readonly count: number; readonly exact: boolean }>
  /** Names that runs of the experiments logged, by prefix or part, so that a page can offer columns. */
  keys(query: {
    readonly experiments: readonly string[]
    readonly kind: 'params' | 'metrics' | 'tags'
    readonly contains?: string
    readonly limit: number
  }): Promise<readonly string[]>
  /** Ordered by (at, step, value), NaN after numbers. */
  history(query: PageRequest & { readonly run: string; readonly key: string }): Promise<Page<MetricPoint>>
  /** Names of a run's metrics that contain a text, in any case; by code point, after a name. `total` of all pages. */
  metricNames(query: {
    readonly run: string
    readonly contains?: string
    readonly after?: string
    readonly limit: number
  }): Promise<{ readonly names: readonly string[]; readonly total: number }>
  summaries(run: string, keys?: readonly string[]): Promise<readonly SeriesSummary[]>
  /** Per pixel column first, last, least, greatest; NaN and gaps kept. `of` is the number of points sampled from. */
  curve(query: {
    readonly run: string
    readonly key: string
    readonly axis: 'step' | 'time'
    readonly pixels: number
    readonly from?: number
    readonly to?: number
  }): Promise<{ readonly points: readonly MetricPoint[]; readonly sampled: boolean; readonly of: number }>
  /** The sampling of MLflow's bulk interval: see the spec of the dialect. */
  historyAtSteps(query: {
    readonly runs: readonly string[]
    readonly key: string
    readonly from?: number
    readonly to?: number
    readonly limit: number
  }): Promise<readonly (MetricPoint & { readonly run: string })[]>
  datasets(experiments: readonly string[]): Promise<
    readonly {
      readonly experiment: string
      readonly name: string
      readonly digest: string
      readonly context: string | null
    }[]
  >
  heartbeat(beat: Heartbeat, principal: Principal): Promise<Liveness>
}

export interface LoggedModels {
  create(
    model: {
      readonly experiment: string
      readonly name?: string
      readonly modelType?: string
      readonly sourceRun?: string
      readonly params?: Facts
      readonly tags?: Facts
    },
    principal: Principal,
  ): Promise<LoggedModel>
  get(id: string): Promise<LoggedModel>
  finish(id: string, status: LoggedModelStatus, principal: Principal): Promise<LoggedModel>
  remove(id: string, principal: Principal): Promise<void>
  setTags(id: string, tags: Facts, principal: Principal): Promise<LoggedModel>
  removeTag(id: string, key: string, principal: Principal): Promise<void>
  logParams(id: string, params: Facts, principal: Principal): Promise<void>
  search(query: {
    readonly experiments: readonly string[]
    readonly filter?: string
    readonly datasets?: readonly { readonly name: string; readonly digest?: string }[]
    readonly orderBy?: readonly {
      readonly field: string
      readonly ascending: boolean
      readonly datasetName?: string
      readonly datasetDigest?: string
    }[]
    readonly limit: number
    readonly cursor?: string
  }): Promise<Page<LoggedModel>>
}

export interface ArtifactService {
  /**
   * Streams the bytes into the object store with constant memory, then names them. Throws ARTIFACT_PATH_INVALID,
   * UPLOAD_INCOMPLETE (fewer or more bytes than `expect`, or another hash), DISK_FULL; nothing is visible after any.
   */
  put(
    file: {
      readonly owner: ArtifactOwner
      readonly path: string
      readonly bytes: AsyncIterable<Uint8Array>
      readonly expect?: { readonly bytes?: number; readonly hash?: string }
    },
    principal: Principal,
  ): Promise<StoredArtifact>
  /** Names objects that are stored already. */
  add(
    owner: ArtifactOwner,
    files: readonly { readonly path: string; readonly hash: string; readonly bytes: number }[],
    principal: Principal,
  ): Promise<void>
  /** Names directly below `path`, folders first found; undefined when nothing has that path or prefix. */
  list(
    owner: ArtifactOwner,
    path: string,
  ): Promise<
    readonly { readonly path: string; readonly folder: boolean; readonly bytes: number | null }[] | undefined
  >
  /** Every file, by path. */
  all(owner: ArtifactOwner): Promise<readonly StoredArtifact[]>
  /** Throws ARTIFACT_UNKNOWN, also for a folder. */
  find(owner: ArtifactOwner, path: string): Promise<StoredArtifact>
  /** A file, or all below a folder; absent is no error. */
  remove(owner: ArtifactOwner, path: string, principal: Principal): Promise<void>
  /** A range of a file's bytes (end exclusive), checked while it streams when it is whole. */
  read(
    file: StoredArtifact,
    range?: { readonly start: number; readonly end: number },
  ): AsyncIterable<Uint8Array>
  /** What a location names: a run's, a logged model's, or a plain path's files, and the path below. */
  resolve(location: string): Promise<{ readonly owner: ArtifactOwner; readonly path: string }>
}

export type { LoggedPoint }
