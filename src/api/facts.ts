import { z } from 'zod'
import { json, timestamp } from './common.ts'

/** Raw bytes; no JSON form. */
export const bytes = z.custom<Uint8Array>(value => value instanceof Uint8Array)

/** What a materialize step did to one view: counts by outcome, and up to which known time it is now complete. */
export const materialization = z.object({
  view: z.string(),
  version: z.number().int(),
  pipelineRun: z.string().nullable(),
  at: timestamp,
  /** The report as the step wrote it. */
  report: json,
})

/** A training set that was built. `manifest` is the manifest.json beside its files. */
export const trainingSetBuild = z.object({
  name: z.string(),
  id: z.string(),
  pipelineRun: z.string().nullable(),
  at: timestamp,
  manifest: json,
})

export type MaterializationFact = z.infer<typeof materialization>
export type TrainingSetBuildFact = z.infer<typeof trainingSetBuild>
