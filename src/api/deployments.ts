import { z } from 'zod'
import { json, timestamp } from './common.ts'
import { signatureField } from './tracking.ts'

export const deploymentSummary = z.object({
  name: z.string(),
  model: z.string(),
  /** Release number that answers, null before the first deploy. */
  release: z.number().nullable(),
  modelVersion: z.number().nullable(),
  state: z.enum(['undeployed', 'loading', 'ready', 'degraded', 'down']),
  /** Why it is not ready, where the serving process says so. */
  problem: z.string().optional(),
  deployedAt: timestamp.nullable(),
  predictUrl: z.string().nullable(),
})

/** One field of the request signature: what a caller sends. */
const requestField = z.object({
  name: z.string(),
  type: z.string(),
  role: z.enum(['key', 'request']),
  nullable: z.boolean(),
  description: z.string().nullable(),
  /** A value from a real recent row, for the try-it form. */
  example: json.nullable(),
})

export const deployment = deploymentSummary.extend({
  request: z.array(requestField),
  vector: z.array(signatureField),
  /** `threshold` is that of all, or of those of no listed segment where the release has thresholds by segment. */
  action: z
    .object({
      name: z.string(),
      threshold: z.number(),
      segments: z
        .object({ per: z.string(), count: z.number(), lowest: z.number(), highest: z.number() })
        .nullable(),
    })
    .nullable(),
  fallback: json,
  /** What it is for, as declared. */
  purpose: json.nullable(),
  /** Those that served, the last to begin first. */
  releases: z.array(
    z.object({
      number: z.number(),
      digest: z.string(),
      model: z.string(),
      modelVersion: z.number(),
      deployedAt: timestamp,
      by: z.string(),
    }),
  ),
  traffic: z
    .object({
      predictions: z.number(),
      degraded: z.number(),
      p50Ms: z.number().nullable(),
      p99Ms: z.number().nullable(),
      since: timestamp,
    })
    .nullable(),
})

export const predictRequest = z.union([
  z.object({ rows: z.array(z.record(z.string(), json)), id: z.string().optional() }),
  z.record(z.string(), json),
])
const prediction = z.object({
  prediction_id: z.string(),
  score: z.number(),
  action: z.string().optional(),
  served_by: z.string(),
  degraded_reason: z.array(z.string()).optional(),
})
export const predictResponse = z.object({ id: z.string(), predictions: z.array(prediction) })

export const decisionSummary = z.object({
  predictionId: z.string(),
  deployment: z.string(),
  decidedAt: timestamp,
  /** Instant features were read at. */
  asOf: timestamp,
  entity: z.record(z.string(), json),
  score: z.number(),
  action: z.string().nullable(),
  servedBy: z.string(),
  release: z.number(),
})

const decisionFeature = z.object({
  name: z.string(),
  type: z.string(),
  value: json,
  /** fresh, stale, missing, timeout, request, default. */
  state: z.string(),
  eventTime: timestamp.nullable(),
  /** Share of this input in the raw score (log-odds); null when the model has no exact explanation. */
  contribution: z.number().nullable(),
})

export const decision = decisionSummary.extend({
  requestId: z.string(),
  model: z.string(),
  modelVersion: z.number(),
  digest: z.string(),
  features: z.array(decisionFeature),
  baseline: z.number().nullable(),
  rawScore: z.number(),
  threshold: z.number().nullable(),
  /** Whose threshold it is; null: that of all, or of those of no listed segment. */
  segment: z.string().nullable(),
  /** Plain sentences, strongest first; reviewed ones where the release has a table of them. */
  reasons: z.array(z.string()),
  /** Who stands for the sentences, and in which version. */
  reviewed: z.object({ reviewedBy: z.string(), version: z.string() }).optional(),
  latencyMicros: z.record(z.string(), z.number()),
  degradedReasons: z.array(z.string()),
  /** Where the record is: segment file and byte offset. */
  logged: z.object({ segment: z.string(), offset: z.number() }),
})

export const deployRequest = z.object({
  version: z.number().optional(),
  /** Serves this release and no other; it must have been verified. */
  release: z.number().int().optional(),
  /** `require`: a verdict must stand already (STALE_VERIFY); else the gate runs first. */
  gate: z.enum(['run', 'require']).optional(),
  /** Replaces what serves at once, though a rollout is declared; refused in production. */
  now: z.boolean().optional(),
  reason: z.string().optional(),
})

export type DeploymentSummary = z.infer<typeof deploymentSummary>
export type Deployment = z.infer<typeof deployment>
export type DecisionSummary = z.infer<typeof decisionSummary>
export type Decision = z.infer<typeof decision>
export type PredictResponse = z.infer<typeof predictResponse>
