import {
  type Approval,
  type ApprovalStores,
  approvalAt,
  auditWriter,
  closeApproval,
  type Decision,
  decideApproval,
  type Principal,
  requestApproval,
} from '../../governance/index.ts'
import type { Json } from '../../kernel/canonical.ts'
import type { Clock } from '../../kernel/clock.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Page, PageRequest, UnitOfWork } from '../../kernel/unit-of-work.ts'
import { knownModelRecord, knownVersion } from '../lookups.ts'
import { assertUnowned, type RegistryStores, recordMove } from '../move-alias.ts'
import type { SigningService } from '../signing/service.ts'
import { assertAlias, assertReason } from '../validate-names.ts'
import { type AliasCheck, type AliasMoveWanted, type AliasRule, aliasChecks } from './model.ts'
import { ruleOf } from './protection.ts'

const week = 7n * 24n * 3_600n * 1_000_000n
const mostApprovals = 5

export interface AliasRequest {
  readonly model: string
  readonly alias: string
  /** null takes the alias away. */
  readonly version: number | null
  readonly reason: string
}

/**
 * Protected aliases and the requests that move them. Every change is audited in its transaction. Errors: MODEL_UNKNOWN,
 * MODEL_VERSION_UNKNOWN, ALIAS_PROTECTED (belongs to a deployment), RULE_INVALID, CHECK_FAILED, APPROVAL_UNKNOWN,
 * APPROVAL_CLOSED, SELF_APPROVAL, ALREADY_DECIDED, FORBIDDEN.
 */
export interface AliasRequests {
  rules(model: string): Promise<readonly AliasRule[]>
  protect(model: string, rule: AliasRule, principal: Principal): Promise<void>
  unprotect(name: { readonly model: string; readonly alias: string }, principal: Principal): Promise<void>
  /** Where the rule asks for nobody else, the alias moves at once. */
  request(wanted: AliasRequest, principal: Principal): Promise<Approval>
  /** The last agreement that was missing moves the alias. */
  decide(id: string, decision: Omit<Decision, 'by' | 'at'>, principal: Principal): Promise<Approval>
  /** Only who asked may. */
  withdraw(id: string, reason: string, principal: Principal): Promise<Approval>
  get(id: string): Promise<Approval>
  /** Newest first; of one model, or of all. */
  list(query: PageRequest & { readonly model?: string }): Promise<Page<Approval>>
}

export interface AliasRequestDeps {
  readonly uow: UnitOfWork<RegistryStores & ApprovalStores>
  readonly clock: Clock
  readonly signing: Pick<SigningService, 'verify'>
}

export function createAliasRequests(deps: AliasRequestDeps): AliasRequests {
  const { uow, clock } = deps
  const asNow = (approval: Approval) => approvalAt(approval, clock.nowMicros())
  return {
    async rules(model) {
      const { id } = await knownModelRecord(uow.read.registry, model)
      return uow.read.aliasRules.listAliasRules(id)
    },
    protect: (model, rule, principal) => protect(deps, model, rule, principal),
    unprotect: ({ model, alias }, principal) =>
      uow.transaction(async stores => {
        const { id } = await knownModelRecord(stores.registry, model)
        await stores.aliasRules.removeAliasRule(id, alias)
        await auditWriter(clock, principal)(stores, {
          action: 'alias.unprotected',
          object: `model:${model}`,
          details: { alias },
        })
      }),
    request: (wanted, principal) => request(deps, wanted, principal),
    decide: (id, decision, principal) => decide(deps, { id, decision }, principal),
    async withdraw(id, reason, principal) {
      assertReason(reason)
      return uow.transaction(async stores => {
        const approval = await knownApproval(stores, id)
        if (approval.requestedBy !== principal.name)
          throw new FettleError(
            'FORBIDDEN',
            `only ${approval.requestedBy}, who asked for it, may withdraw ${id}`,
          )
        return closeApproval({ stores, clock, principal }, approval, { state: 'withdrawn', because: reason })
      })
    },
    get: async id => asNow(await knownApproval(uow.read, id)),
    async list({ model, ...page }) {
      const subject = model === undefined ? {} : { subject: `model:${model}` }
      const found = await uow.read.approvals.listApprovals({ ...page, ...subject, kind: 'alias' })
      return { ...found, items: found.items.map(asNow) }
    },
  }
}

async function protect(
  { uow, clock }: AliasRequestDeps,
  model: string,
  rule: AliasRule,
  principal: Principal,
): Promise<void> {
  assertAlias(rule.alias)
  const { approvals, checks, requesters } = rule
  if (!Number.isInteger(approvals) || approvals < 0 || approvals > mostApprovals)
    throw new FettleError(
      'RULE_INVALID',
      `a rule asks for 0 to ${mostApprovals} other people, not ${approvals}`,
    )
  const unknown = checks.find(check => !aliasChecks.includes(check))
  if (unknown !== undefined)
    throw new FettleError('RULE_INVALID', `there is no check "${unknown}": ${aliasChecks.join(', ')}`)
  await uow.transaction(async stores => {
    const { id } = await knownModelRecord(stores.registry, model)
    const before = await ruleOf(stores, { model, alias: rule.alias })
    await stores.aliasRules.putAliasRule(id, rule)
    const shown = ({ alias: _, ...rest }: AliasRule) =>
      ({ ...rest, checks: [...rest.checks] }) as unknown as Json
    await auditWriter(clock, principal)(stores, {
      action: 'alias.protected',
      object: `model:${model}`,
      details: {
        alias: rule.alias,
        before: before === undefined ? null : shown(before),
        after: shown({ ...rule, checks, requesters }),
      },
    })
  })
}

async function request(
  deps: AliasRequestDeps,
  wanted: AliasRequest,
  principal: Principal,
): Promise<Approval> {
  const { uow, clock } = deps
  const { model, alias, version, reason } = wanted
  assertAlias(alias)
  assertReason(reason)
  await knownModelRecord(uow.read.registry, model)
  const rule = await ruleOf(uow.read, wanted)
  if (rule !== undefined && rule.requesters.length > 0 && !rule.requesters.includes(principal.name))
    throw new FettleError(
      'FORBIDDEN',
      `${principal.name} may not ask for "${alias}" of "${model}": ${rule.requesters.join(', ')} may`,
    )
  if (rule !== undefined && version !== null) await assertChecks(deps, { model, version }, rule.checks)
  return uow.transaction(async stores => {
    await assertUnowned(stores.deployments, wanted, principal)
    const before = (await stores.registry.aliases(model))[alias] ?? null
    const act = { stores, clock, principal }
    const change: AliasMoveWanted = { model, alias, version, before }
    const approval = await requestApproval(act, {
      ...{ kind: 'alias', subject: `model:${model}`, change: { ...change }, reason },
      bound: await boundNow(stores, change),
      needed: rule?.approvals ?? 0,
      expiresAt: clock.nowMicros() + week,
    })
    if (approval.needed > 0) return approval
    await recordMove(act, wanted, before)
    const done = { ...approval, state: 'approved' as const, closedAt: clock.nowMicros() }
    await stores.approvals.updateApproval(done)
    return done
  })
}

interface Deciding {
  readonly id: string
  readonly decision: Omit<Decision, 'by' | 'at'>
}

async function decide(
  deps: AliasRequestDeps,
  { id, decision }: Deciding,
  principal: Principal,
): Promise<Approval> {
  const { uow, clock } = deps
  assertReason(decision.reason)
  const wanted = changeOf(await knownApproval(uow.read, id))
  const fault = decision.verdict === 'approve' ? await checkFault(deps, wanted) : undefined
  return uow.transaction(async stores => {
    const act = { stores, clock, principal }
    const approval = await knownApproval(stores, id)
    const changed = fault ?? (await boundFault(stores, approval))
    if (changed !== undefined && approvalAt(approval, clock.nowMicros()).state === 'requested')
      return closeApproval(act, approval, { state: 'void', because: changed })
    const decided = await decideApproval(act, approval, decision)
    if (decided.state !== 'approved') return decided
    await assertUnowned(stores.deployments, wanted, principal)
    const people = decided.decisions.map(({ by }) => by).join(', ')
    const reason = `${approval.reason}${approval.reason === '' ? '' : ' '}[${id}: asked for by ${approval.requestedBy}, agreed by ${people}]`
    await recordMove(act, { ...wanted, reason: reason.slice(0, 2_000) }, wanted.before)
    return decided
  })
}

const changeOf = ({ change }: Approval): AliasMoveWanted => change as unknown as AliasMoveWanted

/** What a request holds for: the model by its id, the version by its digest, and where the alias points. */
async function boundNow(
  { registry }: Pick<RegistryStores, 'registry'>,
  { model, alias, version }: AliasMoveWanted,
): Promise<Readonly<Record<string, string>>> {
  const { id } = await knownModelRecord(registry, model)
  const digest = version === null ? 'none' : (await knownVersion(registry, model, version)).digest
  return { model: id, version: digest, alias: String((await registry.aliases(model))[alias] ?? 'none') }
}

/** Undefined while everything it is bound to is as it was. */
async function boundFault(stores: RegistryStores, approval: Approval): Promise<string | undefined> {
  try {
    const now = await boundNow(stores, changeOf(approval))
    const name = Object.keys(approval.bound).find(each => now[each] !== approval.bound[each])
    return name && `the ${name} is not what it was: ${now[name]}, not ${approval.bound[name]}`
  } catch (error) {
    if (error instanceof FettleError && error.status === 404) return error.message
    throw error
  }
}

async function checkFault(deps: AliasRequestDeps, wanted: AliasMoveWanted): Promise<string | undefined> {
  const { model, version } = wanted
  const rule = await ruleOf(deps.uow.read, wanted)
  if (rule === undefined || version === null) return undefined
  try {
    await assertChecks(deps, { model, version }, rule.checks)
    return undefined
  } catch (error) {
    if (error instanceof FettleError && error.status < 500) return error.message
    throw error
  }
}

async function assertChecks(
  { uow, signing }: AliasRequestDeps,
  name: { readonly model: string; readonly version: number },
  checks: readonly AliasCheck[],
): Promise<void> {
  const version = await knownVersion(uow.read.registry, name.model, name.version)
  const signed = checks.includes('signed-files') ? await signing.verify(name, { bytes: true }) : undefined
  const faults = [
    ...(checks.includes('signature') && version.signature === null
      ? ['it has no signature of inputs and outputs']
      : []),
    ...(checks.includes('evaluation') && version.evaluation === null ? ['it was not evaluated'] : []),
    ...(signed && signed.state !== 'signed' ? [`its files are ${signed.state}: ${signed.problem}`] : []),
  ]
  if (faults.length > 0)
    throw new FettleError(
      'CHECK_FAILED',
      `Version ${name.version} of "${name.model}": ${faults.join('; ')}`,
      {
        details: { faults },
      },
    )
}

async function knownApproval(
  { approvals }: Pick<ApprovalStores, 'approvals'>,
  id: string,
): Promise<Approval> {
  const found = await approvals.findApproval(id)
  if (found?.kind !== 'alias')
    throw new FettleError('APPROVAL_UNKNOWN', `there is no request ${id.slice(0, 80)}`)
  return found
}
