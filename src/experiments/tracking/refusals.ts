import { FettleError } from '../../kernel/errors/index.ts'

/** The wording is the one that MLflow's clients look for. */
export function unknownRun(id: string): FettleError {
  return new FettleError('EXPERIMENT_RUN_UNKNOWN', `Run with id=${id} not found`)
}

export function deletedRun(id: string): FettleError {
  return new FettleError(
    'TRACKING_DELETED',
    `The run ${id} must be in the 'active' state. Current state is deleted.`,
  )
}

export function unknownExperiment(id: string): FettleError {
  return new FettleError('EXPERIMENT_UNKNOWN', `No Experiment with id=${id} exists`)
}

export function deletedExperiment(id: string | number): FettleError {
  return new FettleError(
    'TRACKING_DELETED',
    `The experiment ${id} must be in the 'active' state. Current state is deleted.`,
  )
}

export function unknownModel(id: string): FettleError {
  return new FettleError('LOGGED_MODEL_UNKNOWN', `Logged model with ID '${id}' not found.`)
}
