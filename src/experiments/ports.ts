import type { Page, PageRequest } from '../kernel/unit-of-work.ts'
import type { ArtifactEntry, Experiment, ExperimentRun, ExperimentRunState, LogBatch, MetricPoint } from './model.ts'
import type { Micros } from '../kernel/time.ts'

export interface ExperimentSummary extends Experiment {
  readonly runCount: number
  readonly lastRunAt: Micros | null
}

/** Experiments and tracked runs. Params are written once; a repeated equal batch is a no-op. */
export interface ExperimentStore {
  /** Returns the existing one if the name is known. */
  ensureExperiment(name: string, at: Micros): Promise<Experiment>
  findExperiment(name: string): Promise<Experiment | undefined>
  listExperiments(page: PageRequest): Promise<Page<ExperimentSummary>>
  insertRun(run: Omit<ExperimentRun, 'metrics' | 'params'>): Promise<void>
  findRun(id: string): Promise<ExperimentRun | undefined>
  /** orderBy: `started` (default, newest first), or `metric.<key> desc|asc` (absent and NaN last). */
  listRuns(query: PageRequest & { readonly experiment: string; readonly orderBy?: string }): Promise<Page<ExperimentRun>>
  /** All or nothing; PARAM_CHANGED names the key and both values. */
  log(run: string, batch: LogBatch): Promise<void>
  finishRun(id: string, state: ExperimentRunState, at: Micros): Promise<void>
  metricHistory(run: string, key: string): Promise<readonly MetricPoint[]>
  addArtifacts(run: string, entries: readonly ArtifactEntry[]): Promise<void>
  listArtifacts(run: string): Promise<readonly ArtifactEntry[]>
}
