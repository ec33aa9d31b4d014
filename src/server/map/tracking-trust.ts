import type * as wire from '../../api/tracking-trust.ts'
import type { Approval } from '../../governance/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type { AliasMoveWanted, AliasRule, ModelCard, SignatureVerification } from '../../registry/index.ts'

export function verificationToWire({ at, files, ...rest }: SignatureVerification): wire.Verification {
  return {
    ...rest,
    at: at === null ? null : formatTimestamp(at),
    files: files.map(({ path, kind }) => ({ path, kind })),
  }
}

export function cardToWire(card: ModelCard): wire.ModelCard {
  return structuredClone(card) as wire.ModelCard
}

export function aliasRuleToWire({ alias, requesters, checks, approvals }: AliasRule): wire.AliasRule {
  return { alias, requesters: [...requesters], checks: [...checks], approvals }
}

export function aliasRequestToWire(approval: Approval): wire.AliasRequest {
  const { model, alias, version, before } = approval.change as unknown as AliasMoveWanted
  const { id, reason, requestedBy, needed, state, closedBecause } = approval
  return {
    ...{ id, model, alias, version, before, reason, requestedBy, needed, state, closedBecause },
    requestedAt: formatTimestamp(approval.requestedAt),
    expiresAt: formatTimestamp(approval.expiresAt),
    decisions: approval.decisions.map(({ at, ...each }) => ({ ...each, at: formatTimestamp(at) })),
  }
}
