import { z } from 'zod'
import { timestamp } from './common.ts'
import type { Route } from './routes.ts'

const key = z.string().max(1_000)
const finite = z.number()

/** What a rule looks for in every run of its experiment. */
export const alertTest = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('nan'), key: key.optional() }),
  z.object({ kind: z.literal('bound'), key, above: finite.optional(), below: finite.optional() }),
  z.object({
    kind: z.literal('stalled'),
    key,
    steps: z.number().int().min(1),
    better: z.enum(['lower', 'higher']),
  }),
  z.object({ kind: z.literal('failed') }),
  z.object({ kind: z.literal('lost') }),
  z.object({ kind: z.literal('artifacts'), bytes: z.number().int().min(0) }),
])

const rule = z.object({
  id: z.string(),
  /** Experiment id; null: every experiment. */
  experiment: z.string().nullable(),
  owner: z.string(),
  test: alertTest,
  createdAt: timestamp,
  mutedUntil: timestamp.nullable(),
})

const runAlert = z.object({
  /** Rule id, or `lost` for the rule every run has. */
  rule: z.string(),
  run: z.string(),
  experiment: z.string(),
  owner: z.string(),
  kind: z.string(),
  message: z.string(),
  at: timestamp,
  /** When it was over: a lost run came back. */
  closedAt: timestamp.nullable(),
  muted: z.boolean(),
})

export const alertRoutes = {
  runAlerts: {
    method: 'GET',
    path: '/tracking/alerts',
    permission: 'read',
    summary: 'What the alert rules found in runs, newest first',
    query: z.object({
      run: z.string().optional(),
      /** Experiment id. */
      experiment: z.string().optional(),
      limit: z.coerce.number().int().min(1).max(500).optional(),
    }),
    response: z.object({ items: z.array(runAlert) }),
  },
  alertRules: {
    method: 'GET',
    path: '/tracking/alert-rules',
    permission: 'read',
    summary: 'Alert rules, oldest first',
    response: z.object({ items: z.array(rule) }),
  },
  addAlertRule: {
    method: 'POST',
    path: '/tracking/alert-rules',
    permission: 'write',
    summary: 'Watch the runs of an experiment, or of all',
    body: z.object({ experiment: z.string().nullable(), test: alertTest }),
    response: rule,
  },
  removeAlertRule: {
    method: 'DELETE',
    path: '/tracking/alert-rules/:id',
    permission: 'write',
    summary: 'Remove a rule; what it found stays',
    response: z.object({}),
  },
  muteAlertRule: {
    method: 'POST',
    path: '/tracking/alert-rules/:id/mute',
    permission: 'write',
    summary: 'Do not show what a rule finds as open until then; null ends it',
    body: z.object({ until: z.iso.datetime().nullable() }),
    response: z.object({}),
  },
} as const satisfies Record<string, Route>

export type AlertTest = z.infer<typeof alertTest>
export type AlertRule = z.infer<typeof rule>
export type RunAlert = z.infer<typeof runAlert>
