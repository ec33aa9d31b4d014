import { FettleError } from '../../kernel/errors/index.ts'
import type { RegistryStore } from '../ports.ts'
import type { AliasRule } from './model.ts'
import type { AliasRuleStore } from './ports.ts'

export interface ProtectionStores {
  readonly registry: RegistryStore
  readonly aliasRules: AliasRuleStore
}

export async function ruleOf(
  { registry, aliasRules }: ProtectionStores,
  { model, alias }: { readonly model: string; readonly alias: string },
): Promise<AliasRule | undefined> {
  const found = await registry.findModelRecord(model)
  return found && (await aliasRules.listAliasRules(found.id)).find(each => each.alias === alias)
}

/** Throws ALIAS_PROTECTED, which names the rule. */
export async function assertUnprotected(
  stores: ProtectionStores,
  name: { readonly model: string; readonly alias: string },
): Promise<void> {
  const rule = await ruleOf(stores, name)
  if (rule === undefined) return
  throw new FettleError(
    'ALIAS_PROTECTED',
    `The alias "${name.alias}" of "${name.model}" is protected: ${ruleWords(rule)}`,
    {
      hint: `Ask for it: fettle models request-alias ${name.model} ${name.alias} VERSION.`,
      details: { rule: { ...rule } },
    },
  )
}

/** `1 other person must agree; needs signature, evaluation`. */
export function ruleWords({ approvals, checks, requesters }: AliasRule): string {
  const people = approvals === 1 ? '1 other person must agree' : `${approvals} other people must agree`
  return [
    people,
    ...(checks.length === 0 ? [] : [`needs ${checks.join(', ')}`]),
    ...(requesters.length === 0 ? [] : [`asked for by ${requesters.join(', ')}`]),
  ].join('; ')
}
