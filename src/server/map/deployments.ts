import type {
  Decision,
  Deployment,
  DeploymentSummary,
  DecisionSummary as WireDecisionSummary,
} from '../../api/deployments.ts'
import type { Json } from '../../kernel/canonical.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type { DecisionSummary, DeploymentDetail, DeploymentStatus, ExplainedDecision } from '../services.ts'
import { toWireJson, type WireJson } from './json.ts'
import { timestampOrNull } from './time.ts'

export function deploymentSummaryToWire(status: DeploymentStatus): DeploymentSummary {
  const { name, model, release, modelVersion, state, problem, deployedAt, predictUrl } = status
  return {
    ...{ name, model, release, modelVersion, state },
    ...(problem === undefined ? {} : { problem }),
    ...{ deployedAt: timestampOrNull(deployedAt), predictUrl },
  }
}

/** `examples` holds a value of a real row by request field; fields it lacks have none. */
export function deploymentToWire(
  detail: DeploymentDetail,
  examples: Readonly<Record<string, Json>>,
): Deployment {
  return {
    ...deploymentSummaryToWire(detail),
    request: detail.request.map(field => ({ ...field, example: toWireJson(examples[field.name] ?? null) })),
    vector: detail.vector.map(field => ({ ...field })),
    action: detail.action,
    fallback: toWireJson(detail.fallback),
    purpose: toWireJson(detail.purpose as never),
    releases: detail.releases.map(release => ({
      ...release,
      deployedAt: formatTimestamp(release.deployedAt),
    })),
    traffic:
      detail.traffic === null ? null : { ...detail.traffic, since: formatTimestamp(detail.traffic.since) },
  }
}

export function decisionSummaryToWire(decision: DecisionSummary): WireDecisionSummary {
  return {
    predictionId: decision.predictionId,
    deployment: decision.deployment,
    decidedAt: formatTimestamp(decision.decidedAt),
    asOf: formatTimestamp(decision.asOf),
    entity: wireRecord(decision.entity),
    score: decision.score,
    action: decision.action,
    servedBy: decision.servedBy,
    release: decision.release,
  }
}

export function decisionToWire(decision: ExplainedDecision): Decision {
  return {
    ...decisionSummaryToWire(decision),
    requestId: decision.requestId,
    model: decision.model,
    modelVersion: decision.modelVersion,
    digest: decision.digest,
    features: decision.features.map(feature => ({
      ...feature,
      value: toWireJson(feature.value),
      eventTime: timestampOrNull(feature.eventTime),
    })),
    baseline: decision.baseline,
    rawScore: decision.rawScore,
    threshold: decision.threshold,
    segment: decision.segment,
    reasons: [...decision.reasons],
    ...(decision.reviewed === undefined ? {} : { reviewed: decision.reviewed }),
    latencyMicros: { ...decision.latencyMicros },
    degradedReasons: [...decision.degradedReasons],
    logged: { ...decision.logged },
  }
}

function wireRecord(record: Readonly<Record<string, Json>>): Record<string, WireJson> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, toWireJson(value)]))
}
