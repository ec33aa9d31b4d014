import { z } from 'zod'
import type { Route } from './routes.ts'

const purgedExperiment = z.object({
  id: z.string(),
  name: z.string(),
  /** Whether the experiment itself goes, and its name is free. */
  removed: z.boolean(),
  runs: z.number(),
  loggedModels: z.number(),
  points: z.number(),
  params: z.number(),
  tags: z.number(),
  files: z.number(),
  /** Artifacts that lose their last reference; of a dry run. */
  bytes: z.number(),
})

const purgeReport = z.object({
  experiments: z.array(purgedExperiment),
  held: z.array(
    z.object({
      kind: z.enum(['run', 'loggedModel']),
      id: z.string(),
      experiment: z.string(),
      by: z.array(z.string()),
    }),
  ),
  /** Whether the same request again has more to do. */
  more: z.boolean(),
})

export const purgeRoutes = {
  purgeDeleted: {
    method: 'POST',
    path: '/tracking/purge',
    permission: 'write',
    summary: 'Remove deleted experiments, runs and logged models for good, some seconds of it at a time',
    body: z.object({
      /** Names; everything that is deleted when empty. */
      experiments: z.array(z.string()).max(1_000),
      /** A duration such as `30d`. */
      olderThan: z.string().optional(),
      dryRun: z.boolean(),
    }),
    response: purgeReport,
  },
} as const satisfies Record<string, Route>

export type PurgeReport = z.infer<typeof purgeReport>
