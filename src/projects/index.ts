export type { LiveFacts, LiveRelease } from './catalog/model.ts'
export type { Preview, SourceState, TextRows } from './catalog/ports.ts'
export { type CatalogService, createCatalog } from './catalog/service.ts'
export type { Applied } from './closures.ts'
export type { CompileFacts } from './compile-pipelines.ts'
export { loadProject } from './load-project.ts'
export { type Migration, migrateFeast, migrateFeatureform } from './migrate/index.ts'
export type { BuildRecord, CurrentDefinition, DefinitionStore, DefinitionVersionRecord } from './ports.ts'
export { embeddedProviders, type ProjectFile, type Providers } from './project-file.ts'
export { type ModelRegistrar, type NewVersion, registerAction } from './register-action.ts'
export { checksRef } from './report-refs.ts'
export {
  type ApplyRequest,
  createProjectsService,
  type ProjectsDependencies,
  type ProjectsService,
} from './service.ts'
