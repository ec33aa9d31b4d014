/** The room's face to the rest of the house: the language, and what can be said of definitions as data. */

export { checkProject, indexProject } from './check/check-project.ts'
export { type VectorColumn, vectorColumns } from './check/check-training-set.ts'
export type { Problem } from './check/problem.ts'
export * from './language.ts'
export {
  type AppliedDefinition,
  baseOf,
  type Change,
  type ChangeAction,
  definitionKinds,
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
} from './semantic-hash.ts'
