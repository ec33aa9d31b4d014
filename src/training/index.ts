export { createTrainingActions, type TrainingDependencies } from './actions.ts'
export { type LabelledRows, readLabelledRows, vectorsOf } from './labelled-rows.ts'
export { thisMachine } from './machine.ts'
export type {
  EvaluateParams,
  FeatureColumn,
  Machine,
  RecordedFile,
  RecordedTraining,
  TrainParams,
  TrainSummary,
} from './model.ts'
export type * from './ports.ts'
export { type ProcessEnd, type ProcessRequest, runProcess } from './run-process.ts'
export { scoreRows } from './score-rows.ts'
