import type { Json } from '../../kernel/canonical.ts'
import type { Clock } from '../../kernel/clock.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { newId } from '../../kernel/ids.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Principal } from '../model.ts'
import { type AuditStores, auditWriter } from '../service.ts'
import type { Approval, ApprovalState, Decision } from './model.ts'
import type { ApprovalStore } from './ports.ts'

export interface ApprovalStores extends AuditStores {
  readonly approvals: ApprovalStore
}

/** A decision made faster than this has not looked at what it decides. */
const hasty = 2

/** The part of a transaction that an act on an approval needs. */
export interface ApprovalAct {
  readonly stores: ApprovalStores
  readonly clock: Clock
  readonly principal: Principal
}

export type NewApproval = Pick<
  Approval,
  'kind' | 'subject' | 'change' | 'bound' | 'reason' | 'needed' | 'expiresAt'
>

/** Writes the request and its audit row into the transaction. */
export async function requestApproval(act: ApprovalAct, wanted: NewApproval): Promise<Approval> {
  const approval: Approval = {
    ...wanted,
    id: newId('apr'),
    requestedBy: act.principal.name,
    requestedAt: act.clock.nowMicros(),
    state: 'requested',
    decisions: [],
    closedAt: null,
    closedBecause: null,
  }
  await act.stores.approvals.insertApproval(approval)
  const { id, kind, change, bound, reason, needed } = approval
  await audited(act, approval, 'approval.requested', {
    id,
    kind,
    change,
    bound: { ...bound },
    reason,
    needed,
  })
  return approval
}

/**
 * Adds one person's decision. The answer is `approved` once as many as needed agree: the caller then does the change in
 * this same transaction. Throws APPROVAL_CLOSED, SELF_APPROVAL, ALREADY_DECIDED.
 */
export async function decideApproval(
  act: ApprovalAct,
  approval: Approval,
  { verdict, reason, seconds }: Omit<Decision, 'by' | 'at'>,
): Promise<Approval> {
  const { name: by } = act.principal
  const at = act.clock.nowMicros()
  assertOpen(approval, at)
  if (by === approval.requestedBy)
    throw new FettleError('SELF_APPROVAL', `${by} asked for ${approval.id} and cannot decide on it`)
  if (approval.decisions.some(each => each.by === by))
    throw new FettleError('ALREADY_DECIDED', `${by} has decided on ${approval.id} before`)
  const decisions = [...approval.decisions, { by, at, verdict, reason, seconds }]
  const agreed = decisions.filter(each => each.verdict === 'approve').length >= approval.needed
  const state: ApprovalState = verdict === 'decline' ? 'declined' : agreed ? 'approved' : 'requested'
  const decided = { ...approval, decisions, state, closedAt: state === 'requested' ? null : at }
  await act.stores.approvals.updateApproval(decided)
  const action = verdict === 'approve' ? 'approval.agreed' : 'approval.declined'
  const pace = seconds === null ? 'not measured' : seconds < hasty ? 'under 2 s' : 'looked at'
  await audited(act, approval, action, { id: approval.id, reason, seconds, pace, state })
  return decided
}

/** Ends it without a decision: withdrawn by who asked, or void because of what changed. Throws APPROVAL_CLOSED. */
export async function closeApproval(
  act: ApprovalAct,
  approval: Approval,
  { state, because }: { readonly state: 'withdrawn' | 'void'; readonly because: string },
): Promise<Approval> {
  const at = act.clock.nowMicros()
  assertOpen(approval, at)
  const closed = { ...approval, state, closedAt: at, closedBecause: because }
  await act.stores.approvals.updateApproval(closed)
  await audited(act, approval, `approval.${state}`, { id: approval.id, reason: because })
  return closed
}

/** As it stands at an instant: what nobody decided in time has expired. */
export function approvalAt(approval: Approval, now: Micros): Approval {
  return approval.state === 'requested' && now >= approval.expiresAt
    ? { ...approval, state: 'expired', closedAt: approval.expiresAt }
    : approval
}

function assertOpen(approval: Approval, now: Micros): void {
  const { state } = approvalAt(approval, now)
  if (state !== 'requested') throw new FettleError('APPROVAL_CLOSED', `${approval.id} is ${state}`)
}

async function audited(
  { stores, clock, principal }: ApprovalAct,
  { subject }: Approval,
  action: string,
  details: Json,
): Promise<void> {
  await auditWriter(clock, principal)(stores, { action, object: subject, details })
}
