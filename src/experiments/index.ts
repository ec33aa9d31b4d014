export { isLaterPoint, latestPoints } from './latest-metric.ts'
export type {
  ArtifactEntry,
  Experiment,
  ExperimentRun,
  ExperimentRunState,
  LogBatch,
  MetricPoint,
} from './model.ts'
export type { ExperimentStore, ExperimentSummary, LogChanges } from './ports.ts'
export { parseRunOrder, type RunOrder } from './run-order.ts'
export {
  createExperimentService,
  type ExperimentService,
  type ExperimentStores,
  type NewRun,
} from './service.ts'
