import type { ScorerFactory } from '../evaluation/index.ts'
import type { Action, ActionContext, ObjectStore } from '../pipelines/index.ts'
import { evaluateAction } from './evaluate-action.ts'
import type { ColumnReader, EnvironmentProvider, TrainingTracker } from './ports.ts'
import { prepareEnvironmentAction } from './prepare-environment.ts'
import { trainAction } from './train-action.ts'

export interface TrainingDependencies {
  readonly environments: EnvironmentProvider
  /** Where built environments are kept. */
  readonly environmentsFolder: string
  /** Folder that holds requirements.lock and the package fettle_trainers. */
  readonly pythonFolder: string
  /** The tracker of a step's run. */
  tracking(context: ActionContext): TrainingTracker
  readonly scorers: ScorerFactory
  readonly columns: ColumnReader
  /** Where what a training rests on is kept. */
  readonly objects: Pick<ObjectStore, 'putFile' | 'getFile'>
  /** Threads a trainer may use; 2 when left out. */
  readonly threads?: number
}

/** The step bodies of training, by the names that pipelines use. */
export function createTrainingActions(
  dependencies: TrainingDependencies,
): Readonly<Record<'training.prepare-environment' | 'training.train' | 'training.evaluate', Action>> {
  return {
    'training.prepare-environment': prepareEnvironmentAction(dependencies),
    'training.train': trainAction(dependencies),
    'training.evaluate': evaluateAction(dependencies),
  }
}
