export { type MaterializeOptions, materialize } from './materialize.ts'
export { memoryScan } from './memory-scan.ts'
export type {
  FeatureRows,
  MaterializationReport,
  OnlineView,
  PreparedFeatures,
  ServedFeatures,
  ViewMaterialization,
} from './model.ts'
export type { Bytes, Change, OnlineCapabilities, OnlineStore, StoreLock } from './ports.ts'
export { type PushReport, type PushRequest, pushRows } from './push.ts'
export type { PushOutcome, PushRow, Rejection } from './push-rows.ts'
export { prepareFeatures } from './read.ts'
export { windowOperators } from './window-plan.ts'
