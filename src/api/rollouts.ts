import { z } from 'zod'
import { timestamp } from './common.ts'
import type { Route } from './routes.ts'
import { lookPoint, stageEvidence } from './stage-evidence.ts'

const count = z.number().int()

const rolloutState = z.enum([
  'verified',
  'shadow',
  'canary',
  'probation',
  'champion',
  'held',
  'retired',
  'aborted',
  'rolled_back',
])

const rolloutEvent = z.enum([
  'verify_passed',
  'start_shadow',
  'first_release',
  'start_canary',
  'step_up',
  'start_probation',
  'confirm',
  'superseded',
  'hold',
  'resume',
  'abort',
  'roll_back',
  'reinstated',
  'step_down',
])

/** Rows about the whole deployment; `replaced`: a release that serves all at once, outside the table. */
const deploymentEvents = [
  'kill_set',
  'kill_lifted',
  'incident_opened',
  'incident_closed',
  'terms_set',
  'replaced',
  'standby_ended',
] as const

/** Those a person may ask for. */
const askedEvent = rolloutEvent.exclude(['verify_passed', 'superseded', 'reinstated', 'first_release'])

const killLevel = z.enum(['challengers', 'model', 'closed'])

const releaseRef = z.object({
  number: count,
  digest: z.string(),
  model: z.string(),
  modelVersion: count,
})

const actor = z.object({
  kind: z.enum(['person', 'rule', 'system', 'local-kill']),
  /** Principal, or `<rule>@<hash of its code>`. */
  name: z.string(),
  level: z.string().nullable(),
})

const range = z.tuple([z.number(), z.number()])

/** One row of the append-only log; everything that routes follows from these rows. */
const logRow = z.object({
  /** 1, 2, 3 … per deployment, without gaps. */
  seq: count,
  /** Null for a row about the whole deployment. */
  rollout: z.string().nullable(),
  release: count.nullable(),
  event: z.enum([...rolloutEvent.options, ...deploymentEvents]),
  from: rolloutState.nullable(),
  to: rolloutState.nullable(),
  heldFrom: rolloutState.nullable(),
  step: count.nullable(),
  /** Percent of traffic after the row. */
  weight: z.number(),
  /** Half-open bucket ranges by arm after the row; the champion has the rest. */
  ranges: z.record(z.string(), z.array(range)),
  salt: z.string(),
  kill: killLevel.nullable(),
  actor,
  reasonCode: z.string(),
  reason: z.string(),
  /** Ids of looks and verdicts it rests on. */
  evidence: z.array(z.string()),
  at: timestamp,
  hash: z.string(),
})

/** One condition of what comes next, with its numbers. */
const guard = z.object({
  /** Stable name: `stage-time`, `planned-n`, `coverage`, `harm`, `sample-ratio`, `lease`, `approvals`, … */
  guard: z.string(),
  title: z.string(),
  holds: z.boolean(),
  /** What there is, and what it takes, in words with numbers. */
  now: z.string(),
  needed: z.string(),
  /** When it will hold, where only time is missing. */
  when: timestamp.nullable(),
})

/** An event of the table, and why it may not happen now. */
const nextEvent = z.object({
  event: rolloutEvent,
  to: rolloutState,
  /** Percent of traffic after it. */
  weight: z.number(),
  /** Whether a person may do it now. */
  allowed: z.boolean(),
  /** Whether the rule does it by itself once its guards hold. */
  byRule: z.boolean(),
  /** Coded refusal where it is not allowed. */
  refusal: z.object({ code: z.string(), message: z.string(), hint: z.string() }).nullable(),
  /** Guards of this event that do not hold. */
  missing: z.array(guard),
})

/** A serving process: a row counts as effective once every one that lives has applied it. */
const router = z.object({
  router: z.string(),
  /** Row of the log it has applied. */
  seq: count,
  current: z.boolean(),
  /** Digests it has loaded, and why it refuses others. */
  loaded: z.array(z.string()),
  refused: z.record(z.string(), z.string()),
})

const rolloutSummary = z.object({
  /** `rol_…`. */
  id: z.string(),
  deployment: z.string(),
  release: releaseRef,
  state: rolloutState,
  /** Percent of traffic it has. */
  weight: z.number(),
  /** Index of the canary step; null outside. */
  step: count.nullable(),
  heldFrom: rolloutState.nullable(),
  /** Why it is held, or how it ended: the reason code of its last row. */
  cause: z.string().nullable(),
  /** Sentence of the last row. */
  reason: z.string(),
  by: z.string(),
  startedAt: timestamp,
  /** When it came into this state, or onto this step. */
  since: timestamp,
  /** When it ended: aborted, rolled back, retired. */
  endedAt: timestamp.nullable(),
  /** Holds the lease: only it may step beyond the first step. */
  lease: z.boolean(),
})

const share = z.object({
  arm: z.enum(['champion', 'challenger', 'control', 'holdback', 'fallback', 'closed']),
  release: count.nullable(),
  rollout: z.string().nullable(),
  percent: z.number(),
})

const kill = z.object({
  level: killLevel,
  by: z.string(),
  at: timestamp,
  reason: z.string(),
  /** Set on a serving host: it outranks the control plane until a person lifts it. */
  local: z.boolean(),
})

/** After an automatic abort or rollback nothing starts by rule until a person has closed it. */
const incident = z.object({ at: timestamp, rollout: z.string(), reason: z.string() })

/** What is under way on one deployment, from its log alone. */
const underWay = z.object({
  deployment: z.string(),
  traffic: z.array(share),
  kill: kill.nullable(),
  incident: incident.nullable(),
  /** Neither ended nor champion; newest first. */
  rollouts: z.array(rolloutSummary),
  /** Why the log cannot be read; null where it can. */
  broken: z.string().nullable(),
})

/** Where the traffic of a deployment goes, and the rollouts that made it so. */
const deploymentRollouts = z.object({
  deployment: z.string(),
  champion: releaseRef.nullable(),
  /** Adds up to 100; with the kill level applied. */
  traffic: z.array(share),
  kill: kill.nullable(),
  incident: incident.nullable(),
  /** `<deployment>-<epoch>`. */
  salt: z.string().nullable(),
  /** Last row of the log. */
  seq: count,
  routers: z.array(router),
  /** As declared; null where a deploy replaces at once. */
  terms: z
    .object({
      shadow: z.string(),
      canary: z.array(z.number()),
      stepTime: z.array(z.string()),
      probation: z.string(),
      probationLimit: z.string(),
      standby: z.string(),
      advance: z.enum(['person', 'rule']),
      approvals: count,
      unit: z.array(z.string()),
      holdback: z.number().nullable(),
    })
    .nullable(),
  /** Newest first. */
  rollouts: z.array(rolloutSummary),
})

const rollout = rolloutSummary.extend({
  /** What it is compared with: what serves, or served when it ended. */
  champion: releaseRef.nullable(),
  /** Percent and time of every canary step. */
  steps: z.array(z.object({ percent: z.number(), hold: z.string() })),
  /** Of the event that comes next. */
  guards: z.array(guard),
  /** Everything the table lets happen from here. */
  next: z.array(nextEvent),
  /** What will happen next and when, as one sentence. */
  outlook: z.string(),
  routers: z.array(router),
  approvals: z.object({
    required: count,
    given: z.array(z.object({ by: z.string(), at: timestamp })),
  }),
  /** Open suggestion that waits for a person; null where none does. */
  suggestion: z.string().nullable(),
  /** What the newest look found; null before the first. */
  evidence: stageEvidence.nullable(),
  /** Id of that look. */
  look: z.string().nullable(),
  kill: kill.nullable(),
  /** Rows of this rollout, oldest first. */
  rows: z.array(logRow),
})

const drillReport = z.object({
  deployment: z.string(),
  at: timestamp,
  /** Release rolled back from, and to. */
  from: count,
  to: count,
  /** From the command to the last router on the other release. */
  flippedMs: z.number(),
  requests: count,
  /** Must be 0. */
  failed: count,
  /** Answered, and not in the log; must be 0. */
  lost: count,
  /** No request may see the old release later than this after the command. */
  limitMs: z.number(),
  ok: z.boolean(),
})

const reason = z.string().min(1).max(2_000)
const path = '/deployments/:name/rollouts'

export const rolloutRoutes = {
  rollouts: {
    method: 'GET',
    path,
    permission: 'read',
    summary: 'Where the traffic of a deployment goes, and its rollouts, newest first',
    response: deploymentRollouts,
  },
  rollout: {
    method: 'GET',
    path: '/deployments/:name/rollouts/:id',
    permission: 'read',
    summary: 'One rollout (`latest` is the newest): guards with numbers, what may come next, evidence, log',
    response: rollout,
  },
  rolloutLooks: {
    method: 'GET',
    path: '/deployments/:name/rollouts/:id/looks',
    permission: 'read',
    summary: 'Looks kept of a rollout, oldest first, at most 80 evenly chosen: what charts over time show',
    response: z.object({ looks: z.array(lookPoint) }),
  },
  rolloutsUnderWay: {
    method: 'GET',
    path: '/rollouts',
    permission: 'read',
    summary: 'Every deployment with a rollout log: traffic, kill level, incident and the rollouts under way',
    response: z.object({ items: z.array(underWay) }),
  },
  rolloutLog: {
    method: 'GET',
    path: '/deployments/:name/rollout-log',
    permission: 'read',
    summary: 'Rows of the log after a seq, oldest first, and whether its chain of hashes holds',
    query: z.object({ after: z.coerce.number().int().min(0).optional() }),
    response: z.object({ rows: z.array(logRow), faults: z.array(z.string()) }),
  },
  startRollout: {
    method: 'POST',
    path,
    permission: 'deploy',
    summary: 'Start the rollout of a verified release: it is loaded beside the champion and shadows it',
    body: z.object({ release: count.optional(), version: count.optional(), reason }),
    response: rollout,
  },
  rolloutEvent: {
    method: 'POST',
    path: '/deployments/:name/rollouts/:id/events',
    permission: 'deploy',
    summary: 'Move a rollout: step, hold, resume, confirm, abort, roll back; refused with what is allowed',
    body: z.object({
      event: askedEvent,
      /** Of a step down: an earlier step, in percent. */
      weight: z.number().optional(),
      reason,
    }),
    response: rollout,
  },
  approveRollout: {
    method: 'POST',
    path: '/deployments/:name/rollouts/:id/approvals',
    permission: 'deploy',
    summary: 'Approve the canary of a rollout; other contracts or another release void it',
    body: z.object({}),
    response: rollout,
  },
  closeIncident: {
    method: 'POST',
    path: '/deployments/:name/incident/closure',
    permission: 'deploy',
    summary: 'Close the incident of an automatic abort or rollback: rules may start rollouts again',
    body: z.object({ reason }),
    response: deploymentRollouts,
  },
  setKill: {
    method: 'POST',
    path: '/deployments/:name/kill',
    permission: 'deploy',
    summary: 'Set a kill level, or lift it (`lift`): challengers off, model off, closed',
    body: z.object({ level: z.enum([...killLevel.options, 'lift']), reason }),
    response: deploymentRollouts,
  },
  drillRollback: {
    method: 'POST',
    path: '/deployments/:name/drill',
    permission: 'deploy',
    summary: 'Rehearse a rollback in an isolated copy and report how long it took and what failed',
    body: z.object({}),
    response: drillReport,
  },
} as const satisfies Record<string, Route>

export type RolloutView = z.infer<typeof rollout>
export type UnderWayView = z.infer<typeof underWay>
export type RolloutSummaryView = z.infer<typeof rolloutSummary>
export type DeploymentRolloutsView = z.infer<typeof deploymentRollouts>
export type RolloutLogRowView = z.infer<typeof logRow>
export type RolloutGuardView = z.infer<typeof guard>
export type RolloutNextView = z.infer<typeof nextEvent>
export type DrillReportView = z.infer<typeof drillReport>
