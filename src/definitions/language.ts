/** The language: what a project's definitions import as 'fettle'. Pure and deterministic; functions return frozen data. */
export {
  type Aggregation,
  all,
  any,
  approxCountDistinct,
  approxQuantile,
  bottomK,
  count,
  countDistinct,
  first,
  firstK,
  histogram,
  last,
  lastK,
  max,
  mean,
  min,
  mode,
  quantile,
  sinceLast,
  stddevPop,
  stddevSamp,
  sum,
  topK,
  varPop,
  varSamp,
  type WindowExpression,
  type WindowOptions,
} from './aggregations.ts'
export { type BatchDefinition, type BatchOptions, batch } from './batch.ts'
export * from './checks.ts'
export {
  bool,
  bytes,
  type ColumnOptions,
  type ColumnRef,
  type ColumnType,
  date,
  decimal,
  float32,
  float64,
  int64,
  string,
  timestamp,
  type WireValue,
} from './columns.ts'
export {
  atLeast,
  atMost,
  better,
  type Contract,
  fair,
  neverTrade,
  noWorse,
  relative,
  within,
} from './contracts.ts'
export { constant, type DeploymentDefinition, deployment, type RequestOf } from './deployment.ts'
export { type EntityDefinition, entity } from './entity.ts'
export { fairness } from './fairness.ts'
export { featureColumnName } from './feature-names.ts'
export { type FeaturesOf, type FeatureViewDefinition, featureView, type KeysOf } from './feature-view.ts'
export { exists, later } from './label.ts'
export { madeAt } from './located.ts'
export type * from './model.ts'
export {
  asked,
  type ExternalModel,
  external,
  lightgbm,
  logistic,
  type ModelDefinition,
  model,
  script,
  sklearn,
} from './model-definition.ts'
export { looked, type OnDemandDefinition, onDemand, request } from './on-demand.ts'
export { eq, ge, gt, isNotNull, isNull, le, lt, ne, oneOf } from './predicates.ts'
export { type PurposeOptions, purpose } from './purpose.ts'
export { type ReasonOptions, reason, reasons } from './reasons.ts'
export type * from './release-terms.ts'
export {
  type FeedbackOptions,
  feedback,
  former,
  holdback,
  naive,
  type RolloutOptions,
  rollout,
  rule,
} from './rollout.ts'
export type * from './rollout-terms.ts'
export { byColumn, byMonth, cross, keyUsers, where } from './slices.ts'
export {
  appendedFile,
  csv,
  duckdbTable,
  parquet,
  postgresFeed,
  postgresTable,
  push,
  redisStream,
  type SourceDefinition,
  source,
  sql,
} from './source.ts'
export {
  type ConfidenceOptions,
  dailyCapacity,
  lowestCost,
  type ThresholdOptions,
  targetActionRate,
  targetFpr,
  targetPrecision,
  threshold,
} from './thresholds.ts'
export { type LookupExpression, lookup, type TrainingSetDefinition, trainingSet } from './training-set.ts'
export { without } from './without.ts'
