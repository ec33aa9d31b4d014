import { z } from 'zod'
import { page, timestamp } from './common.ts'
import { decisionSummary } from './deployments.ts'
import type { Route } from './routes.ts'

const number = z.coerce.number()
const kind = z.enum(['online', 'batch', 'shadow', 'reverse-shadow', 'exercise', 'demo'])
const arm = z.enum(['champion', 'challenger', 'control', 'holdback', 'pinned'])
const servedBy = z.enum(['model', 'fallback', 'former', 'rule', 'value'])

/** How a decision came to the release that made it. */
const routing = z.object({
  kind,
  arm,
  /** only, bucket, pin, excluded, version, holdback or killed. */
  armReason: z.string(),
  /** 0 … 9 999; null where nothing was drawn. */
  bucket: z.number().nullable(),
  salt: z.string().nullable(),
  sticky: z.boolean().nullable(),
  /** Row of the deployment's rollout log that was in force. */
  seq: z.number().nullable(),
  /** Base of the request that it scored again. */
  shadowOf: z.string().nullable(),
  parentId: z.string().nullable(),
  jobId: z.string().nullable(),
  caller: z.string().nullable(),
})

const found = decisionSummary.extend({ routing, acted: z.boolean().nullable() })

/** Who stands behind the release of a decision, and what else scored the same row. */
const decisionTrace = z.object({
  predictionId: z.string(),
  routing,
  release: z.object({
    number: z.number(),
    digest: z.string(),
    /** What it is made of, by hash. */
    parts: z.array(z.object({ part: z.string(), hash: z.string() })),
    scorer: z.object({ kind: z.string(), build: z.string() }),
    made: z.object({ at: timestamp, by: z.string(), reason: z.string() }).nullable(),
    /** Verdict pages of the gate on it, newest first. */
    verdicts: z.array(
      z.object({ id: z.string(), at: timestamp, hash: z.string(), verdict: z.string(), by: z.string() }),
    ),
    /** Persons who approved its canary. */
    approvals: z.array(z.object({ by: z.string(), at: timestamp })),
    /** When it began to serve, and who said so; newest first. */
    servings: z.array(z.object({ at: timestamp, by: z.string(), reason: z.string() })),
  }),
  threshold: z.number().nullable(),
  segment: z.string().nullable(),
  retries: z.number(),
  /** What other releases said of the same row in its shadow. */
  shadows: z.array(found),
  /** Row of the rollout log that was in force; null: nothing was rolled out. */
  rollout: z
    .object({
      seq: z.number(),
      rollout: z.string().nullable(),
      event: z.string(),
      weight: z.number(),
      by: z.string(),
      reason: z.string(),
      at: timestamp,
      hash: z.string(),
    })
    .nullable(),
})

const outcome = z.enum(['same', 'within-tolerance', 'differs', 'unavailable'])
const value = z.union([z.number(), z.string(), z.null()])
const decisionReplay = z.object({
  predictionId: z.string(),
  lines: z.array(
    z.object({ what: z.string(), outcome, recorded: value, replayed: value, reason: z.string().nullable() }),
  ),
})

const logStatus = z.object({
  /** Decisions in the log, of all time: shipped + waiting. */
  written: z.number(),
  shipped: z.number(),
  waiting: z.number(),
  files: z.number(),
  fileBytes: z.number(),
  keptSegments: z.number(),
  waitingSegments: z.number(),
  lagSeconds: z.number(),
  damagedBytes: z.number(),
})

export type FoundDecision = z.infer<typeof found>
export type DecisionRouting = z.infer<typeof routing>
export type DecisionTrace = z.infer<typeof decisionTrace>
export type DecisionReplay = z.infer<typeof decisionReplay>
export type DecisionLogStatus = z.infer<typeof logStatus>

export const decisionRoutes = {
  searchDecisions: {
    method: 'GET',
    path: '/decisions',
    permission: 'read',
    summary: 'Decisions of the prediction log and of its files, newest first',
    query: z.object({
      cursor: z.string().optional(),
      limit: number.int().min(1).max(500).optional(),
      deployment: z.string().optional(),
      release: number.int().min(1).optional(),
      arm: arm.optional(),
      /** Default: online and demo. */
      kind: kind.optional(),
      servedBy: servedBy.optional(),
      action: z.string().optional(),
      /** Values of request fields: `name=value`, several with `&` between them, percent-encoded. */
      fields: z.string().optional(),
      since: timestamp.optional(),
      until: timestamp.optional(),
      minScore: number.optional(),
      maxScore: number.optional(),
    }),
    response: page(found),
  },
  decisionLog: {
    method: 'GET',
    path: '/decision-log',
    permission: 'read',
    summary: 'How many decisions were written, are in files, and wait',
    response: logStatus,
  },
  decisionTrace: {
    method: 'GET',
    path: '/decisions/:id/trace',
    permission: 'read',
    summary:
      'How a decision came about: arm and bucket, parts of the release by hash, who approved it, shadows',
    response: decisionTrace,
  },
  decisionReplay: {
    method: 'GET',
    path: '/decisions/:id/replay',
    permission: 'read',
    summary: 'Does a decision again from its record and the release that made it, and compares',
    response: decisionReplay,
  },
} as const satisfies Record<string, Route>
