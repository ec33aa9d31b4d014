/** The room's face to the rest of the house: the language, and what can be said of definitions as data. */

export { checkProject, indexProject } from './check/check-project.ts'
export { sourcesRead } from './check/check-source.ts'
export { type VectorColumn, vectorColumns } from './check/check-training-set.ts'
export { viewReach } from './check/check-view.ts'
export type { Problem } from './check/problem.ts'
export * from './language.ts'
export {
  type AppliedDefinition,
  baseOf,
  type Change,
  type ChangeAction,
  type ProjectPlan,
  planProject,
  usersOf,
} from './plan.ts'
export {
  closureOf,
  type DefinitionHashes,
  dependenciesOf,
  hashDefinitions,
  refOf,
  semanticBody,
} from './semantic-hash.ts'
