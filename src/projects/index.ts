export { type Applied, applied, trainingSetClosure, viewClosure } from './closures.ts'
export { type CompileFacts, compilePipeline, outlinePipelines } from './compile-pipelines.ts'
export { loadProject } from './load-project.ts'
export type { BuildRecord, CurrentDefinition, DefinitionStore, DefinitionVersionRecord } from './ports.ts'
export { type ProjectFile, readProjectFile } from './project-file.ts'
export { createCatalog, type LineageFacts } from './queries.ts'
export { chooseBetter, type ModelRegistrar, type NewVersion, registerAction } from './register-action.ts'
export {
  type ApplyRequest,
  createProjectsService,
  type ProjectsDependencies,
  type ProjectsService,
} from './service.ts'
