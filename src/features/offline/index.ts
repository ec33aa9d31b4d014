export { type BuildOptions, type BuildUpdate, buildTrainingSet } from './build-training-set.ts'
export {
  type CanonicalColumn,
  canonicalSql,
  checkSchema,
  type RawColumns,
  type RawSource,
  readInPlace,
  refuseBadTimes,
} from './canonical-source.ts'
export { collectRows } from './collect-rows.ts'
export { type CopiedSources, type CopyRequest, copySources } from './copy-sources.ts'
export { duckdbDialect, type SqlDialect, sparkDialect } from './dialect.ts'
export { type EngineCapabilities, type EngineGap, engineGaps, readingGaps } from './engine-gaps.ts'
export type {
  ExplainedLookup,
  ExplainedRow,
  ExplainedSourceRow,
  ExplainedWindow,
  ExplainRequest,
  LossReason,
  RowExplanation,
} from './explain-model.ts'
export { explainRow } from './explain-row.ts'
export { type HistoricalRequest, type HistoricalResult, historical } from './historical.ts'
export { type HistoricalFileRequest, type HistoricalFileResult, historicalFile } from './historical-file.ts'
export { identifyTrainingSet, type TrainingSetIdentity } from './identity.ts'
export { type JoinedRows, joinRows, type RowsToJoin } from './join-rows.ts'
export * from './ports.ts'
export { type Reach, reachOf } from './reach.ts'
export { openScans, scanView } from './scan-view.ts'
export { sourceFiles, sourceVersions } from './source-versions.ts'
export { id, text } from './sql-text.ts'
export { operatorType } from './windows/operators.ts'
