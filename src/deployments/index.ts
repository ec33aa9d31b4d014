export type { ReleaseDefinitions, ReleaseFacts } from './build-release.ts'
export type { DataPlane, DeploymentStore, ReleaseFolder, ReleaseRecord, ServedDeployment } from './ports.ts'
export { releaseFolder } from './release-folder.ts'
export {
  createDeploymentsService,
  type DeploymentsDependencies,
  type DeploymentsService,
  type DeployRequest,
} from './service.ts'
