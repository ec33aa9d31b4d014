export {
  type CellTable,
  cellCodes,
  cellKind,
  cellsOf,
  cellValue,
  cellValues,
  codeStatuses,
  type FeatureCells,
  hasValue,
} from './cells.ts'
export type { ErasureGuard } from './erasure.ts'
export { type ExpiryReport, expireView } from './expire.ts'
export { countKey, type ForgetReport, forgetKey } from './forget.ts'
export { rollbackView } from './generations.ts'
export { type MaterializeOptions, materialize } from './materialize.ts'
export { memoryScan } from './memory-scan.ts'
export { mergedSequences, servedFrom } from './merged.ts'
export type {
  FeatureFault,
  FeatureRows,
  MaterializationReport,
  OnlineView,
  PreparedFeatures,
  ServedFeatures,
  ViewMaterialization,
} from './model.ts'
export { type MaterializationPlan, planMaterialization } from './plan-materialization.ts'
export type { Bytes, Change, OnlineCapabilities, OnlineStore, StoreLock } from './ports.ts'
export { compilePredicate } from './predicate.ts'
export {
  type PushReport,
  type PushRequest,
  pushRows,
  pushSource,
  type SourceAcceptance,
  type SourceWrite,
} from './push.ts'
export type { PushOutcome, PushRow, Rejection } from './push-rows.ts'
export { prepareFeatures } from './read.ts'
export { type RemergeOptions, remergeRange } from './remerge.ts'
export { type VerifiedRow, type VerifyOptions, type VerifyReport, verifyView } from './verify.ts'
