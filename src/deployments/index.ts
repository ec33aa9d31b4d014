export { contractSetHash, type ReleaseDefinitions } from './build-release.ts'
export type { DeploymentsDependencies, GateRequest } from './dependencies.ts'
export {
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
export { type GateRow, loggedRows, madeRows, numbered, rowKey, sent } from './gate/rows.ts'
export { jsonFile, readJsonFile } from './gate/step-json.ts'
export { type JudgeDependencies, judgeAction } from './judging/judge-action.ts'
export type {
  DataPlane,
  DeploymentStore,
  PurposeValue,
  ReleaseFolder,
  ReleaseRecord,
  ServedDeployment,
  Serving,
  StoredVerdict,
} from './ports.ts'
export type { FollowedPurpose } from './purpose/follow.ts'
export { releaseFolder } from './release-folder.ts'
export { judgedRelease, type ReleaseState, type ReleaseView } from './releases/views.ts'
export { createDeploymentsService, type DeploymentsService, type DeployRequest } from './service.ts'
export { rolloutCases } from './vector-cases.ts'
