import { z } from 'zod'
import { json, quantity, timestamp } from './common.ts'
import { versionClass } from './reproduction.ts'

const metricValue = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])])

export const experiment = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: timestamp,
  runCount: z.number(),
  lastRunAt: timestamp.nullable(),
})

export const experimentRun = z.object({
  id: z.string(),
  experiment: z.string(),
  name: z.string(),
  state: z.enum(['running', 'finished', 'failed', 'killed']),
  startedAt: timestamp,
  finishedAt: timestamp.nullable(),
  params: z.record(z.string(), z.string()),
  /** Latest value of each metric. */
  metrics: z.record(z.string(), metricValue),
  tags: z.record(z.string(), z.string()),
  pipelineRun: z.string().nullable(),
  /** Training set id, if the run trained on one. */
  trainingSet: z.string().nullable(),
})

const metricPoint = z.object({ step: z.number(), value: metricValue, at: timestamp })
export const metricHistory = z.object({ key: z.string(), points: z.array(metricPoint) })

export const createExperimentRun = z.object({
  experiment: z.string(),
  name: z.string(),
  pipelineRun: z.string().optional(),
  trainingSet: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
})
export const logBatch = z.object({
  params: z.record(z.string(), z.string()).optional(),
  metrics: z
    .array(
      z.object({
        key: z.string(),
        value: metricValue,
        step: z.number().optional(),
        at: timestamp.optional(),
      }),
    )
    .optional(),
  tags: z.record(z.string(), z.string()).optional(),
})
export const finishExperimentRun = z.object({ state: z.enum(['finished', 'failed', 'killed']) })
export const artifactEntry = z.object({ path: z.string(), hash: z.string(), bytes: z.number() })
export const addArtifacts = z.object({ entries: z.array(artifactEntry).max(10_000) })

export const signatureField = z.object({ name: z.string(), type: z.string(), nullable: z.boolean() })
const signature = z.object({ inputs: z.array(signatureField), outputs: z.array(signatureField) })

export const modelVersion = z.object({
  model: z.string(),
  version: z.number(),
  createdAt: timestamp,
  experimentRun: z.string().nullable(),
  pipelineRun: z.string().nullable(),
  format: z.string(),
  /** null: none was recorded, and the version cannot be released. */
  signature: signature.nullable(),
  metrics: z.record(z.string(), quantity),
  trainingSet: z.object({ id: z.string(), checksum: z.string(), rows: z.number() }).nullable(),
  environment: json,
  files: z.array(artifactEntry),
  /** The evaluation report the version was chosen by. */
  evaluation: json.nullable(),
  aliases: z.array(z.string()),
  digest: z.string(),
  /** How well it can be had again; left out where nobody has looked yet. */
  reproduction: versionClass.optional(),
})

/** What a registration says; version, digest and time are the server's. The files are in the object store already. */
export const registerVersion = z.object({
  /** Describes the model, when this is its first version. */
  description: z.string().optional(),
  experimentRun: z.string().nullable(),
  pipelineRun: z.string().nullable(),
  format: z.enum(['onnx', 'linear', 'oip']),
  signature,
  metrics: z.record(z.string(), quantity),
  trainingSet: modelVersion.shape.trainingSet,
  environment: json,
  files: z.array(artifactEntry).min(1),
  evaluation: json.nullable(),
})

const aliasEvent = z.object({
  alias: z.string(),
  version: z.number().nullable(),
  at: timestamp,
  by: z.string(),
  reason: z.string(),
})

export const modelSummary = z.object({
  name: z.string(),
  description: z.string(),
  createdAt: timestamp,
  latestVersion: z.number().nullable(),
  aliases: z.record(z.string(), z.number()),
})
export const model = modelSummary.extend({
  versions: z.array(modelVersion),
  aliasHistory: z.array(aliasEvent),
})

export type RegisterVersion = z.infer<typeof registerVersion>
export type LogBatch = z.infer<typeof logBatch>
export type ArtifactEntry = z.infer<typeof artifactEntry>
export type Experiment = z.infer<typeof experiment>
export type ExperimentRun = z.infer<typeof experimentRun>
export type MetricHistory = z.infer<typeof metricHistory>
export type ModelSummary = z.infer<typeof modelSummary>
export type Model = z.infer<typeof model>
export type ModelVersion = z.infer<typeof modelVersion>
