/** The language: what a project's definitions import as 'fettle'. Pure and deterministic; functions return frozen data. */
export {
  type Aggregation,
  count,
  last,
  max,
  mean,
  min,
  sum,
  type WindowExpression,
  type WindowOptions,
} from './aggregations.ts'
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
export { constant, type DeploymentDefinition, deployment, type RequestOf, threshold } from './deployment.ts'
export { type EntityDefinition, entity } from './entity.ts'
export { featureColumnName } from './feature-names.ts'
export { type FeaturesOf, type FeatureViewDefinition, featureView, type KeysOf } from './feature-view.ts'
export { madeAt } from './located.ts'
export type * from './model.ts'
export { lightgbm, logistic, type ModelDefinition, model, script, sklearn } from './model-definition.ts'
export { looked, type OnDemandDefinition, onDemand, request } from './on-demand.ts'
export { eq, ge, gt, le, lt, ne, oneOf } from './predicates.ts'
export { csv, duckdbTable, parquet, postgresTable, type SourceDefinition, source, sql } from './source.ts'
export { type LookupExpression, lookup, type TrainingSetDefinition, trainingSet } from './training-set.ts'
