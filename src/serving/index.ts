export { badNumber, mayBeInfinite, quoteName, quoteText } from './batch/checked-columns.ts'
export { type BatchDecisions, decideRows } from './batch/decide-rows.ts'
export { batchBase, batchJobId, defaultPartitionRows, partitionsOf } from './batch/job.ts'
export type {
  BatchAssignment,
  BatchJob,
  BatchRows,
  BatchState,
  BatchTarget,
  BatchTerms,
  CommittedPartition,
  Partition,
  QuarantinedRow,
} from './batch/model.ts'
export type { BatchStore } from './batch/ports.ts'
export {
  checkedSelect,
  featurePlace,
  fileRelation,
  joinedRelation,
  type RowsRelation,
  vectorSql,
} from './batch/relation.ts'
export { type BatchWorker, runPartitions, type ScoredPartition } from './batch/run-partitions.ts'
export {
  type BatchJobDetail,
  type BatchService,
  createBatchService,
  type SubmittedBatch,
} from './batch/service.ts'
export { compactable, compactFiles } from './decisions/compact-files.ts'
export type { IsErasedDecision } from './decisions/erase-decision.ts'
export { erasedInFile, eraseInFile } from './decisions/erase-in-file.ts'
export { erasedInSegment, eraseInSegment } from './decisions/erase-in-segment.ts'
export {
  type ExplainedDecision,
  type ExplainedFeature,
  explainDecision,
  type ReviewedReasons,
} from './decisions/explain-decision.ts'
export { decisionLogStatus, type LogStatus } from './decisions/log-status.ts'
export type {
  DecisionManifest,
  SegmentKey,
  ShippedFile,
  ShippedSegment,
} from './decisions/manifest.ts'
export { createDecisionReader, type DecisionReader, type Traffic } from './decisions/reader.ts'
export { type ReplayLine, replayDecision, unavailable } from './decisions/replay-decision.ts'
export type { Scanned, ScanRequest } from './decisions/scan.ts'
export type { DecisionFilter } from './decisions/search.ts'
export { listSegments } from './decisions/segment-index.ts'
export {
  asideFolder,
  type Shipped,
  type Shipping,
  segmentKey,
  shipSegment,
} from './decisions/ship-segment.ts'
export {
  manifestFile,
  openShippedFiles,
  type PublishedManifest,
  type ShippedFiles,
} from './decisions/shipped-files.ts'
export {
  createFeastServer,
  encodeFeast,
  type FeastHost,
  type FeastMaterialization,
  type MaterializeFeatures,
} from './feast/index.ts'
export { entityKeyText } from './feedback/entity-key.ts'
export type {
  ActorClass,
  FeedbackFrame,
  FeedbackItem,
  FeedbackReply,
} from './feedback/model.ts'
export { type FeedbackSegment, type FeedbackSegments, feedbackSegments } from './feedback/segments.ts'
export { demoKind, demoSource } from './feedback/terms.ts'
export { appendKill, type KillLevel } from './front/kills.ts'
export type { ConnectionLimits, FrontTls } from './front/listening.ts'
export { routedDigests } from './front/routed-digests.ts'
export { type FrontOptions, type RunningFront, runFront } from './front/run-front.ts'
export { segmentThresholds } from './front/segment-thresholds.ts'
export { releaseNote, toDouble } from './front/signature.ts'
export { recoverSegments } from './log/recover.ts'
export { parseSegmentFileName, segmentFileName } from './log/segment.ts'
export { createLogWriter } from './log/writer.ts'
export type {
  DecisionRecord,
  DeploymentEntry,
  DeploymentsFile,
  FeatureState,
  ReleaseNote,
  ServedBy,
} from './model.ts'
export {
  type DecidedRow,
  featureStates,
  latencyParts,
  type ServableRelease,
} from './model.ts'
export type {
  Explainer,
  FeatureRows,
  OpenExplainer,
  PreparedFeatures,
  PrepareFeatures,
  Scorer,
  ScorerChild,
  ScorerFactory,
  ScorerRequest,
  StartScorer,
} from './ports.ts'
export { mostFrontRows } from './scorer/front-pool.ts'
export { openTestedScorer, runScorer } from './scorer/run-scorer.ts'
export { startProcess } from './scorer/start-process.ts'
export { servingCases } from './vector-cases.ts'
