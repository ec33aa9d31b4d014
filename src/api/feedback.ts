import { z } from 'zod'
import { json, page, quantity, timestamp } from './common.ts'
import type { Route } from './routes.ts'

/** Every item sent is in exactly one of them. */
export const feedbackReply = z.object({
  /** Written. */
  accepted: z.number().int(),
  /** Written before, under the same id. */
  duplicate: z.number().int(),
  /** Written; names a decision that the server does not know yet, and waits for it. */
  pending: z.number().int(),
  rejected: z.array(z.object({ index: z.number().int(), code: z.string(), message: z.string() })),
})

const form = z.enum(['label', 'yes-no', 'correction', 'outcome'])
const joinState = z.enum(['pending', 'joined', 'ambiguous', 'unmatched'])

const feedbackItem = z.object({
  id: z.string(),
  kind: z.string(),
  is: form,
  value: z.number(),
  eventTime: timestamp,
  knownTime: timestamp,
  receivedAt: timestamp,
  source: z.string(),
  actorClass: z.string(),
  actor: z.string().nullable(),
  note: z.string().nullable(),
  /** `quarantined`: kept, never used; `reason` says why. */
  state: z.enum(['active', 'quarantined', 'withdrawn']),
  reason: z.string().nullable(),
  /** What it says it is about. */
  about: z.object({
    predictionId: z.string().nullable(),
    requestId: z.string().nullable(),
    row: z.number().nullable(),
    entityKey: z.string().nullable(),
  }),
  joinState,
  /** The decision it was found to be about. */
  predictionId: z.string().nullable(),
  decidedAt: timestamp.nullable(),
})

const declaredKind = z.object({
  name: z.string(),
  is: form,
  range: z.object({ from: z.number(), to: z.number() }).nullable(),
  unit: z.string().nullable(),
  within: z.string(),
  sources: z.array(z.string()).nullable(),
})

const feedbackStatus = z.object({
  deployment: z.string(),
  kinds: z.array(declaredKind),
  counts: z.array(
    z.object({
      kind: z.string(),
      is: form,
      source: z.string(),
      items: z.number(),
      joined: z.number(),
      pending: z.number(),
      ambiguous: z.number(),
      unmatched: z.number(),
      quarantined: z.number(),
      lastKnown: timestamp,
    }),
  ),
})

const interval = z.object({ lower: z.number(), upper: z.number() }).nullable()
const measuredValue = z.union([
  z.object({ lower: z.number(), upper: z.number() }),
  z.object({ undefined: z.string() }),
])
const measurement = z.looseObject({
  rows: z.number(),
  matured: z.number().optional(),
  positives: z.number().nullable(),
  baseRate: quantity,
  scoreMean: quantity,
  metrics: z.record(z.string(), quantity),
  intervals: z.record(z.string(), measuredValue),
})

const realisedGroup = z.object({
  release: z.number(),
  digest: z.string(),
  /** `shadow` and `reverse-shadow` scored what another release answered. */
  arm: z.string(),
  decisions: z.number(),
  /** Old enough that nine in ten of their labels are known. */
  matured: z.number(),
  labelled: z.number(),
  /** labelled / matured. */
  coverage: quantity,
  first: timestamp,
  last: timestamp,
  all: measurement,
  slices: z.array(
    z.object({
      column: z.string(),
      distinct: z.number(),
      values: z.array(measurement.extend({ value: z.string() })),
    }),
  ),
})

const performance = z.object({
  deployment: z.string(),
  asKnownAt: timestamp,
  since: timestamp,
  label: z.object({ kind: z.string(), within: z.string() }),
  maturity: z.object({
    labels: z.number(),
    /** Age by which nine in ten labels are known, in seconds; null: no labelled decision is old enough to tell. */
    ageSeconds: z.number().nullable(),
    /** Of all decisions the share that is that old. */
    share: quantity,
  }),
  groups: z.array(realisedGroup),
  slicesLeftOut: z.array(z.string()),
  agreements: z.array(
    z.object({ first: z.string(), second: z.string(), n: z.number(), kappa: quantity, interval }),
  ),
  demo: z.object({ votes: z.number(), right: z.number(), share: quantity, interval }),
})

const path = '/deployments/:name/feedback'

export const feedbackRoutes = {
  sendFeedback: {
    method: 'POST',
    path,
    permission: 'write',
    summary: 'Say what became of predictions; each item is taken or refused by itself',
    body: z.object({ items: z.array(json) }),
    response: feedbackReply,
  },
  feedback: {
    method: 'GET',
    path,
    permission: 'read',
    summary: 'What was said of the predictions of a deployment, newest first',
    query: z.object({
      cursor: z.string().optional(),
      limit: z.coerce.number().int().min(1).max(500).optional(),
      state: z.enum([...joinState.options, 'quarantined']).optional(),
    }),
    response: page(feedbackItem),
  },
  feedbackStatus: {
    method: 'GET',
    path: '/deployments/:name/feedback/status',
    permission: 'read',
    summary: 'Kinds of feedback a deployment takes, and how much of each came from whom',
    response: feedbackStatus,
  },
  decisionFeedback: {
    method: 'GET',
    path: '/decisions/:id/feedback',
    permission: 'read',
    summary: 'What was said of one decision, in the order in which it was known',
    response: z.object({
      items: z.array(
        feedbackItem.extend({
          /** Of its kind the one that holds now. */
          holds: z.boolean(),
        }),
      ),
    }),
  },
  performance: {
    method: 'GET',
    path: '/deployments/:name/performance',
    permission: 'read',
    summary: 'Realised metrics by release, arm and slice, on labels known by a time',
    query: z.object({ asKnownAt: timestamp.optional(), since: timestamp.optional() }),
    response: performance,
  },
} as const satisfies Record<string, Route>

export type FeedbackReply = z.infer<typeof feedbackReply>
export type FeedbackItemView = z.infer<typeof feedbackItem>
export type FeedbackStatusView = z.infer<typeof feedbackStatus>
export type PerformanceView = z.infer<typeof performance>
