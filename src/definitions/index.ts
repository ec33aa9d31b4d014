/** The room's face to the rest of the house: the language, and what can be said of definitions as data. */

export { checkProject, indexProject } from './check/check-project.ts'
export { type VectorColumn, vectorColumns } from './check/check-training-set.ts'
export { compileJsonSchema } from './check/json-schema.ts'
export { type JudgingTerms, readJudgingTerms } from './check/judging-terms.ts'
export type { Problem } from './check/problem.ts'
export { translatePattern } from './check/re2-pattern.ts'
export { parseTimeFormat, type TimeFormat } from './check/time-format.ts'
export { type CheckWord, checkWords, decidableByRow } from './check/vocabulary.ts'
export { writtenValue } from './check/written-value.ts'
export { contractMetrics } from './contract-metrics.ts'
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
export { segmentText } from './segment-text.ts'
export {
  closureOf,
  type DefinitionHashes,
  dependenciesOf,
  hashDefinitions,
  refOf,
} from './semantic-hash.ts'
export type { LastLoad, PlanFacts, SourceSize, ViewImpact } from './view-impact.ts'
