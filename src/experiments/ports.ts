import type { Micros } from '../kernel/time.ts'
import type { Page, PageRequest } from '../kernel/unit-of-work.ts'
import type {
  ArtifactEntry,
  Experiment,
  ExperimentRun,
  ExperimentRunState,
  LogBatch,
  MetricPoint,
} from './model.ts'

export interface ExperimentSummary extends Experiment {
  readonly runCount: number
  readonly lastRunAt: Micros | null
}

/** What a batch changed; all zero when everything in it was there already. */
export interface LogChanges {
  readonly params: number
  readonly metrics: number
  readonly tags: number
}

/** Experiments and tracked runs. Params are written once; a repeated equal batch is a no-op. */
export interface ExperimentStore {
  /** Returns the existing one if the name is known. */
  ensureExperiment(name: string, at: Micros): Promise<Experiment>
  findExperiment(name: string): Promise<Experiment | undefined>
  /** Newest first. */
  listExperiments(page: PageRequest): Promise<Page<ExperimentSummary>>
  insertRun(run: Omit<ExperimentRun, 'metrics' | 'params'>): Promise<void>
  findRun(id: string): Promise<ExperimentRun | undefined>
  /** As {@link findRun}, and keeps other transactions off the run until this one ends. */
  lockRun(id: string): Promise<ExperimentRun | undefined>
  /** orderBy: see parseRunOrder. */
  listRuns(
    query: PageRequest & { readonly experiment: string; readonly orderBy?: string },
  ): Promise<Page<ExperimentRun>>
  /** All or nothing; PARAM_CHANGED names the key and both values. */
  log(run: string, batch: LogBatch): Promise<LogChanges>
  finishRun(id: string, state: ExperimentRunState, at: Micros): Promise<void>
  /** Ordered by (time, step, value), NaN after numbers. */
  metricHistory(run: string, key: string): Promise<readonly MetricPoint[]>
  /** The same path again replaces what it shows; the same path and hash again is a no-op. Resolves to how many were new. */
  addArtifacts(run: string, entries: readonly ArtifactEntry[]): Promise<number>
  /** Ordered by path. */
  listArtifacts(run: string): Promise<readonly ArtifactEntry[]>
}
