export {
  type ExplainedDecision,
  type ExplainedFeature,
  explainDecision,
  type ReviewedReasons,
} from './decisions/explain-decision.ts'
export { createDecisionReader, type DecisionReader, type Traffic } from './decisions/reader.ts'
export {
  createFeastServer,
  encodeFeast,
  type FeastHost,
  type FeastMaterialization,
  type MaterializeFeatures,
} from './feast/index.ts'
export { appendKill, type KillLevel } from './front/kills.ts'
export { type FrontOptions, type RunningFront, runFront } from './front/run-front.ts'
export { segmentThresholds } from './front/segment-thresholds.ts'
export { toDouble } from './front/signature.ts'
export type {
  DecisionRecord,
  DeploymentEntry,
  DeploymentsFile,
  FeatureState,
  ReleaseNote,
  ServedBy,
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
export { runScorer } from './scorer/run-scorer.ts'
export { startProcess } from './scorer/start-process.ts'
export { servingCases } from './vector-cases.ts'
