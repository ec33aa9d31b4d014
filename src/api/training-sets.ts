import { z } from 'zod'
import { timestamp } from './common.ts'
import { bytes } from './facts.ts'

/** A stored build of a training set. */
export const trainingSetSummary = z.object({
  /** `ds-<32 hex>`: equal ids mean equal rows. */
  id: z.string(),
  name: z.string(),
  /** Of the builds of this name, from 1; `name@v<number>` names it. */
  number: z.number().int(),
  /** Version of the definition it was built from. */
  definitionVersion: z.number().int(),
  rows: z.number().int(),
  asOf: timestamp,
  checksum: z.string(),
  /** False when a source had no version, so that no second build can be equal to it. */
  reproducible: z.boolean(),
  createdAt: timestamp,
  author: z.string().nullable(),
  pipelineRun: z.string().nullable(),
})

export const trainingSet = trainingSetSummary.extend({
  definition: z.string(),
  engine: z.string(),
  spineRows: z.number().int(),
  excluded: z.record(z.string(), z.number()),
  splits: z.record(z.string(), z.number()),
  sources: z.record(z.string(), z.string()),
  columns: z.array(
    z.object({ name: z.string(), type: z.string(), role: z.string(), flags: z.array(z.string()) }),
  ),
  /** Rows by status (P, N, F, A, E) and feature. */
  statuses: z.record(z.string(), z.record(z.string(), z.number())),
  files: z.array(z.object({ path: z.string(), bytes: z.number(), sha256: z.string() })),
  /** Whether the bytes are still there; the manifest always is. */
  stored: z.boolean(),
})

export const verification = z.object({
  id: z.string(),
  ok: z.boolean(),
  differences: z.array(z.string()),
  rows: z.number().int(),
  checksum: z.string(),
  columns: z.record(z.string(), z.string()),
})

export const verifyQuery = z.object({
  /** `true` gives the content checksum of each column too. */
  columns: z.enum(['true', 'false']).optional(),
})

const position = z.coerce.number().int().min(0).optional()
export const rowsQuery = z.object({
  format: z.enum(['jsonl', 'csv', 'arrow', 'parquet']),
  /** Names with commas between them; all when left out. */
  columns: z.string().optional(),
  split: z.string().optional(),
  /** Positions among the rows of the split: `from` up to but without `to`. */
  from: position,
  to: position,
  /** `false` leaves out the heading of CSV. */
  heading: z.enum(['true', 'false']).optional(),
})
export const rows = bytes

export type TrainingSetSummary = z.infer<typeof trainingSetSummary>
export type TrainingSet = z.infer<typeof trainingSet>
export type Verification = z.infer<typeof verification>
