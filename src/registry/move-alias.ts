import { type AuditStores, auditWriter, type Principal } from '../governance/index.ts'
import type { Clock } from '../kernel/clock.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { knownModel, knownVersion } from './lookups.ts'
import type { RegistryStore, ReleaseReferences } from './ports.ts'
import type { AliasRuleStore } from './requests/ports.ts'
import { assertUnprotected } from './requests/protection.ts'
import { assertAlias, assertReason } from './validate-names.ts'
import { announce } from './webhooks/announce.ts'
import type { WebhookStore } from './webhooks/ports.ts'

export interface AliasChange {
  readonly model: string
  readonly alias: string
  /** null takes the alias away. */
  readonly version: number | null
  readonly reason: string
}

/** The part of the platform's stores that the registry uses. */
export interface RegistryStores extends AuditStores {
  readonly registry: RegistryStore
  readonly deployments: ReleaseReferences
  readonly webhooks: WebhookStore
  readonly aliasRules: AliasRuleStore
}

type AliasStores = Omit<RegistryStores, 'deployments' | 'aliasRules'>

export interface AliasMove {
  readonly clock: Clock
  readonly stores: RegistryStores
  readonly principal: Principal
}

/**
 * Appends the event and its audit row; no event when the alias points there already. Resolves to where it pointed.
 * Throws NAME_INVALID, MODEL_UNKNOWN, MODEL_VERSION_UNKNOWN, ALIAS_PROTECTED.
 */
export async function moveAlias(move: AliasMove, change: AliasChange): Promise<number | null> {
  const { stores, principal } = move
  const { model, alias, version, reason } = change
  assertAlias(alias)
  assertReason(reason)
  await knownModel(stores.registry, model)
  if (version !== null) await knownVersion(stores.registry, model, version)
  const before = new Map(Object.entries(await stores.registry.aliases(model))).get(alias) ?? null
  if (before === version) return before
  await assertMovable(stores, change, principal)
  await recordMove(move, change, before)
  return before
}

/** Aliases go with a version or model that nothing needs, whomever they belong to, but a rule holds on to its own. */
export async function dropAliases(
  move: AliasMove,
  { model, version, reason }: { readonly model: string; readonly version?: number; readonly reason: string },
): Promise<void> {
  for (const [alias, before] of Object.entries(await move.stores.registry.aliases(model)))
    if (version === undefined || before === version) {
      await assertUnprotected(move.stores, { model, alias })
      await recordMove(move, { model, alias, version: null, reason }, before)
    }
}

/** The event, its audit row, and the news of it. */
export async function recordMove(
  { clock, stores, principal }: Omit<AliasMove, 'stores'> & { readonly stores: AliasStores },
  { model, alias, version, reason }: AliasChange,
  before: number | null,
): Promise<void> {
  const at = clock.nowMicros()
  await stores.registry.appendAliasEvent({ model, alias, version, at, by: principal.name, reason })
  await auditWriter(clock, principal)(stores, {
    action: version === null ? 'alias.removed' : 'alias.moved',
    object: `model:${model}`,
    details: { alias, before, after: version, reason },
  })
  const news =
    version === null
      ? ({ what: 'alias-removed', model, alias } as const)
      : ({ what: 'alias-moved', model, alias, version } as const)
  await announce(stores, news, at)
}

async function assertMovable(
  stores: RegistryStores,
  change: AliasChange,
  principal: Principal,
): Promise<void> {
  await assertUnowned(stores.deployments, change, principal)
  await assertUnprotected(stores, change)
}

/**
 * Two aliases belong to the deployments that serve a model: `champion` says what is served and moves by deploying
 * alone; `challenger` says what is deployed next, and a step of a pipeline may nominate it, nobody else.
 */
export async function assertUnowned(
  deployments: ReleaseReferences,
  { model, alias, version }: Omit<AliasChange, 'reason'>,
  principal: Principal,
): Promise<void> {
  if (alias !== 'champion' && alias !== 'challenger') return
  if (alias === 'challenger' && version !== null && principal.name.startsWith('step:')) return
  const owner = (await deployments.releasesOf(model)).find(({ current }) => current)
  if (owner === undefined) return
  const { deployment, number } = owner
  throw new FettleError(
    'ALIAS_PROTECTED',
    `The alias "${alias}" of "${model}" belongs to deployment "${deployment}", which serves release ${number}`,
    {
      hint:
        version === null
          ? `It goes when ${deployment} is no longer applied.`
          : `Serve the version, and champion follows: fettle deploy ${deployment} --model-version ${version}.`,
      details: { deployment, release: number },
    },
  )
}
