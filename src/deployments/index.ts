export { contractSetHash, type ReleaseDefinitions } from './build-release.ts'
export type { DeploymentsDependencies, GateRequest } from './dependencies.ts'
export {
  createEvidenceCollector,
  type EvidenceCollector,
  type EvidenceDependencies,
  type EvidenceTerms,
  type FrontCounts,
  type JoinedLabel,
  type JoinedOutcome,
  type LabelSource,
  type LookFacts,
  type StageEvidence,
  type TrafficRow,
  type TrafficSource,
} from './evidence/index.ts'
export {
  besideSettled,
  checkCompatible,
  checkContracts,
  checkPurpose,
  checkReasons,
  type Finding,
  failed,
  passed,
  undecided,
} from './gate/checks.ts'
export { pageHtml, pageJUnit } from './gate/files.ts'
export type { JudgedModel, JudgedSet, JudgedTerms, JudgeRequest } from './gate/judge-params.ts'
export { layFiles } from './gate/lay-files.ts'
export type { GateCheck, JudgedRelease, SignedVerdictPage, VerdictPage } from './gate/model.ts'
export { type GateRow, loggedRows, madeRows, rowKey } from './gate/rows.ts'
export { jsonFile, readJsonFile } from './gate/step-json.ts'
export { refusalOf } from './gate/verdict.ts'
export { countHeldOut, type HeldOutCount } from './judging/count-held-out.ts'
export { type JudgeDependencies, judgeAction } from './judging/judge-action.ts'
export type { HeldOutRows } from './judging/read-rows.ts'
export { type ScoredModel, scoreModel } from './judging/score-model.ts'
export { suggestThresholdsAction } from './judging/suggest-thresholds.ts'
export type { ThresholdDetails } from './judging/threshold-proposals.ts'
export type { DeclaredContracts } from './planning/declared-contracts.ts'
export type { ContractPlan, PlannedDeployment } from './planning/plan-deployment.ts'
export type {
  DataPlane,
  DeploymentStore,
  PredictHow,
  PurposeValue,
  ReleaseFolder,
  ReleaseRecord,
  ServedDeployment,
  Serving,
  StoredVerdict,
} from './ports.ts'
export type { FollowedPurpose } from './purpose/follow.ts'
export { releaseFolder } from './release-folder.ts'
export {
  changedThresholds,
  editedThreshold,
  servedThreshold,
  type ThresholdChange,
} from './releases/changed-thresholds.ts'
export type { ThresholdsOrder } from './releases/prepare-thresholds.ts'
export type { RollBackRequest } from './releases/roll-back.ts'
export { judgedRelease, type ReleaseState, type ReleaseView } from './releases/views.ts'
export type { LocalKill, SuggestedStep } from './rollouts/dependencies.ts'
export { type DrillReport, drillReport, isDrillDue } from './rollouts/drill.ts'
export { evidenceTerms } from './rollouts/evidence-terms.ts'
export type { RolloutEvent, RolloutLogRow, RolloutStore, StoredLook } from './rollouts/model.ts'
export { createRollouts, type Rollouts } from './rollouts/service.ts'
export {
  createDeploymentsService,
  type DeploymentsService,
  type DeployRequest,
  servedAction,
} from './service.ts'
export { rolloutCases } from './vector-cases.ts'
