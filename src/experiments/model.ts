import type { Micros } from '../kernel/time.ts'

export interface Experiment {
  readonly id: string
  readonly name: string
  readonly createdAt: Micros
}
export type ExperimentRunState = 'running' | 'finished' | 'failed' | 'killed'

export interface ExperimentRun {
  readonly id: string
  readonly experiment: string
  readonly name: string
  readonly state: ExperimentRunState
  readonly startedAt: Micros
  readonly finishedAt: Micros | null
  readonly params: Readonly<Record<string, string>>
  /** Latest value of each metric: greatest by (step, time, value). NaN and infinities are values. */
  readonly metrics: Readonly<Record<string, number>>
  readonly tags: Readonly<Record<string, string>>
  readonly pipelineRun: string | null
  readonly trainingSet: string | null
}

export interface MetricPoint {
  readonly key: string
  readonly value: number
  readonly step: number
  readonly at: Micros
}

export interface ArtifactEntry {
  readonly path: string
  readonly hash: string
  readonly bytes: number
}

export interface LogBatch {
  readonly params?: Readonly<Record<string, string>>
  readonly metrics?: readonly MetricPoint[]
  readonly tags?: Readonly<Record<string, string>>
}
