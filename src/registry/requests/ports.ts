import type { AliasRule } from './model.ts'

/** Rules by the id of a model, which outlives its name. */
export interface AliasRuleStore {
  putAliasRule(model: string, rule: AliasRule): Promise<void>
  removeAliasRule(model: string, alias: string): Promise<void>
  /** By alias. */
  listAliasRules(model: string): Promise<readonly AliasRule[]>
}
