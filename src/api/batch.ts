import { z } from 'zod'
import { json, page, timestamp } from './common.ts'
import type { Route } from './routes.ts'

const count = z.number().int()
const target = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('parquet'), path: z.string() }),
  z.object({ kind: z.literal('duckdb'), path: z.string(), table: z.string() }),
  z.object({ kind: z.literal('postgres'), url: z.string(), table: z.string() }),
])

/** What makes a job the job it is. */
const terms = z.object({
  deployment: z.string(),
  release: z.string(),
  snapshot: z.string(),
  partitionRows: count.min(1),
  asOf: timestamp.nullable(),
  time: z.string().nullable(),
  keep: z.array(z.string()),
  to: target,
  kind: z.enum(['batch', 'shadow']),
  log: z.boolean(),
  code: z.string(),
})

const batchJob = z.object({
  id: z.string(),
  deployment: z.string(),
  release: count,
  kind: terms.shape.kind,
  to: target,
  state: z.enum(['running', 'complete', 'failed', 'cancelled']),
  run: z.string().nullable(),
  pipeline: z.string(),
  createdAt: timestamp,
  endedAt: timestamp.nullable(),
  by: z.string(),
  rows: count,
  /** Put into the output, and put aside, so far. */
  outputs: count,
  quarantined: count,
  partitions: z.object({ committed: count, all: count }),
  report: json.nullable(),
})

const partition = z.object({
  partition: count,
  attempt: z.string(),
  rows: count,
  outputs: count,
  quarantined: count,
  acted: count,
  sha256: z.string(),
  cpuMicros: z.number(),
  scores: z.array(count),
})

const detail = z.object({
  job: batchJob,
  terms,
  partitions: z.array(partition.extend({ committedAt: timestamp })),
})

export const batchRoutes = {
  batchJobs: {
    method: 'GET',
    path: '/batch-jobs',
    permission: 'read',
    summary: 'Batch jobs, newest first',
    query: z.object({
      deployment: z.string().optional(),
      cursor: z.string().optional(),
      limit: z.coerce.number().int().min(1).max(500).optional(),
    }),
    response: page(batchJob),
  },
  batchJob: {
    method: 'GET',
    path: '/batch-jobs/:id',
    permission: 'read',
    summary: 'A batch job with the partitions that count',
    response: detail,
  },
  submitBatch: {
    method: 'POST',
    path: '/batch-jobs',
    permission: 'worker',
    summary: 'The job of these terms: a new one, or the one there is',
    body: z.object({ terms, releaseNumber: count, rows: count, run: z.string(), pipeline: z.string() }),
    response: detail,
  },
  commitBatchPartition: {
    method: 'POST',
    path: '/batch-jobs/:id/partitions',
    permission: 'worker',
    summary: 'One row of the manifest; the first attempt at a partition counts',
    body: partition,
    response: z.object({ committed: z.boolean() }),
  },
  concludeBatch: {
    method: 'POST',
    path: '/batch-jobs/:id/conclude',
    permission: 'worker',
    summary: 'What a job came to: complete when every row is scored or put aside',
    body: z.object({ state: z.enum(['complete', 'failed']), report: json }),
    response: batchJob,
  },
  cancelBatch: {
    method: 'POST',
    path: '/batch-jobs/:id/cancel',
    permission: 'run',
    summary: 'Stop a job; what is committed stays',
    response: batchJob,
  },
  resumeBatch: {
    method: 'POST',
    path: '/batch-jobs/:id/resume',
    permission: 'run',
    summary: 'Go on with the partitions that are not committed',
    response: batchJob,
  },
} as const satisfies Record<string, Route>

export type BatchJobView = z.infer<typeof batchJob>
export type BatchJobDetailView = z.infer<typeof detail>
