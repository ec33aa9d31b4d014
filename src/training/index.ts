export { createTrainingActions, type TrainingDependencies } from './actions.ts'
export type {
  EvaluateParams,
  FeatureColumn,
  TrainParams,
  TrainSummary,
} from './model.ts'
export type * from './ports.ts'
export { type ProcessEnd, type ProcessRequest, runProcess } from './run-process.ts'
