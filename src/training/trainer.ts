import type { ActionContext } from '../pipelines/index.ts'
import type { TrainingData, TrainParams } from './model.ts'
import type { TrackedBatch } from './ports.ts'

/** One training: everything a trainer of any kind is given. */
export interface TrainerCall {
  readonly context: ActionContext
  readonly params: TrainParams
  readonly data: TrainingData
  /** Folder for the model. */
  readonly output: string
  logMetrics(points: NonNullable<TrackedBatch['metrics']>): Promise<void>
}
