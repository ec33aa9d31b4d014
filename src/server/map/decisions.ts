import type { DecisionRouting, DecisionTrace, FoundDecision } from '../../api/decisions.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type { Value } from '../../kernel/values/model.ts'
import type { DecisionRecord } from '../../serving/index.ts'
import type { DecisionTraceFacts } from '../decision-log-room.ts'

export function foundDecisionToWire(record: DecisionRecord): FoundDecision {
  return {
    predictionId: record.predictionId,
    deployment: record.release.deployment,
    decidedAt: formatTimestamp(record.decidedAt),
    asOf: formatTimestamp(record.asOf),
    entity: Object.fromEntries(
      Object.entries(record.entity).map(([name, value]) => [name, fieldToWire(value)]),
    ),
    score: record.score,
    action: record.action,
    acted: record.acted,
    servedBy: record.servedBy,
    release: record.release.release,
    routing: routingToWire(record),
  }
}

/** Numbers that a double cannot hold are text. */
function fieldToWire(value: Value): string | number | boolean | null {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  return value === null || typeof value === 'boolean' ? value : String(value)
}

function routingToWire(record: DecisionRecord): DecisionRouting {
  const { kind, arm, armReason, bucket, assignment, shadowOf, parentId, jobId, caller } = record
  return {
    ...{ kind, arm, armReason, bucket, shadowOf, parentId, jobId, caller },
    salt: assignment?.salt ?? null,
    sticky: assignment?.sticky ?? null,
    seq: assignment?.seq ?? null,
  }
}

export function decisionTraceToWire({
  record,
  release,
  shadows,
  rollout,
}: DecisionTraceFacts): DecisionTrace {
  const { made, verdicts, approvals, servings, parts, ...shared } = release
  const timed = <Row extends { readonly at: bigint }>(row: Row) => ({ ...row, at: formatTimestamp(row.at) })
  return {
    predictionId: record.predictionId,
    routing: routingToWire(record),
    release: {
      ...shared,
      parts: [...parts],
      made: made === null ? null : timed(made),
      verdicts: verdicts.map(timed),
      approvals: approvals.map(timed),
      servings: servings.map(timed),
    },
    ...{ threshold: record.threshold, segment: record.segment, retries: record.retries },
    shadows: shadows.map(foundDecisionToWire),
    rollout: rollout && timed(rollout),
  }
}
