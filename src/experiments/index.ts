export type { AlertRule, AlertTest, RunAlert } from './alerts/model.ts'
export type { RunAlertStore } from './alerts/ports.ts'
export type { RunAlerts, ShownAlert } from './alerts/service.ts'
export {
  type ArtifactCollection,
  type ArtifactUsage,
  type Collected,
  createArtifactCollection,
  type ReferenceStore,
} from './artifacts/collection.ts'
export type { ArtifactFileStore } from './artifacts/ports.ts'
export {
  type ComparedRows,
  type CompareOptions,
  type Comparison,
  compareRuns,
} from './comparison/compare-runs.ts'
export { createTrackingImport, type TrackingImport } from './import/service.ts'
export type { LoggedModelStore, StoredLoggedModel } from './logged-models/ports.ts'
export type {
  Holders,
  Purgeable,
  PurgeableExperiment,
  PurgeCounts,
  PurgeStore,
} from './purge/ports.ts'
export type { Purge, PurgeReport } from './purge/service.ts'
export { parseRunOrder, type RunOrder } from './run-order.ts'
export type { SavedView, ViewContent } from './saved-views/model.ts'
export type { SavedViewStore } from './saved-views/ports.ts'
export { createSavedViewService, type SavedViewService } from './saved-views/service.ts'
export {
  type Clause,
  type Comparison as SearchComparison,
  type Condition,
  clausesOf,
  type Field,
  type OrderTerm,
  type Test,
} from './search/ast.ts'
export { type Cursors, createCursors } from './search/cursors.ts'
export { likeMatcher, simpleLower, textDecider } from './search/match-text.ts'
export { parseFilter } from './search/parse-filter.ts'
export { parseOrder } from './search/parse-order.ts'
export { trackingParts } from './search/parts.ts'
export type {
  CellValue,
  DatasetRef,
  FoundRun,
  ModelMetricRules,
  Place,
  RowQuery,
  RunsQuery,
  TrackingSearchStore,
} from './search/ports.ts'
export type { RefusedOperation } from './sync/model.ts'
export type { ClientMark, SyncStore } from './sync/ports.ts'
export type { SyncService } from './sync/service.ts'
export { createTrackingService, type Tracking, type TrackingDeps } from './tracking/create-service.ts'
export { patience } from './tracking/liveness.ts'
export type { StepEnd, StepRun } from './tracking/lost-runs.ts'
export type {
  ArtifactOwner,
  DatasetInput,
  Facts,
  LifecycleView,
  Liveness,
  LoggedBatch,
  LoggedModel,
  LoggedModelStatus,
  LoggedPoint,
  MetricPoint,
  RunHead,
  RunOutline,
  RunStatus,
  SeriesSummary,
  StoredArtifact,
  TrackedExperiment,
  TrackedRun,
} from './tracking/model.ts'
export type { ArtifactService, TrackingService } from './tracking/service.ts'
