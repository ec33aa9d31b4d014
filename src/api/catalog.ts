import { z } from 'zod'
import { json, page, timestamp } from './common.ts'

export const definitionKind = z.enum([
  'entity',
  'source',
  'featureView',
  'onDemand',
  'trainingSet',
  'model',
  'deployment',
])

export const definitionSummary = z.object({
  kind: definitionKind,
  name: z.string(),
  version: z.number(),
  description: z.string(),
  owner: z.string().nullable(),
  tags: z.array(z.string()),
  appliedAt: timestamp,
  location: z.string().nullable(),
})

const definitionVersion = z.object({
  version: z.number(),
  semanticHash: z.string(),
  appliedAt: timestamp,
  by: z.string(),
})

export const definitionDetail = definitionSummary.extend({
  semanticHash: z.string(),
  /** The definition as data (src/definitions/model.ts). */
  definition: json,
  versions: z.array(definitionVersion),
  dependsOn: z.array(z.string()),
  usedBy: z.array(z.string()),
  /** Facts about data made from it: materializations, training-set builds. */
  facts: z.array(z.object({ label: z.string(), value: z.string(), at: timestamp.nullable() })),
})

const lineageNode = z.object({
  id: z.string(),
  kind: z.string(),
  name: z.string(),
  version: z.number().nullable(),
  state: z.string().nullable(),
})
const lineageEdge = z.object({ from: z.string(), to: z.string() })
export const lineage = z.object({ nodes: z.array(lineageNode), edges: z.array(lineageEdge) })

const viewImpact = z.object({
  bytes: z.number().nullable(),
  rows: z.number().nullable(),
  seconds: z.number().nullable(),
  onlineBytes: z.number().nullable(),
  basis: z.string(),
  consumers: z.array(z.string()),
})

const planChange = z.object({
  ref: z.string(),
  kind: definitionKind,
  name: z.string(),
  action: z.enum(['create', 'update', 'describe', 'delete', 'none']),
  /** Version after apply. */
  version: z.number(),
  breaking: z.boolean(),
  /** What differs, one line each: `features.delay_mean_24h.window 24h → 12h`. */
  diff: z.array(z.string()),
  /** Refs that use it and are recomputed or affected. */
  affects: z.array(z.string()),
  warnings: z.array(z.string()),
  /** Of a feature view that is new or has changed: what filling it takes; null where not known. */
  impact: viewImpact.nullable().optional(),
  location: z.string().nullable(),
})

export const plan = z.object({
  id: z.string(),
  base: z.string(),
  project: z.string(),
  changes: z.array(planChange),
  summary: z.object({
    create: z.number(),
    update: z.number(),
    describe: z.number(),
    delete: z.number(),
    none: z.number(),
  }),
})

/** `project` is what the loader hands over (src/definitions/model.ts, Project). `directory` is where its relative paths start. */
export const planRequest = z.object({ project: json, directory: z.string() })
export const applyRequest = planRequest.extend({ base: z.string(), allowDelete: z.boolean().optional() })
export const applyResult = z.object({
  applied: z.number(),
  unchanged: z.number(),
  base: z.string(),
  changes: z.array(planChange),
})

const homeItem = z.object({
  severity: z.enum(['bad', 'warn', 'info', 'good']),
  title: z.string(),
  detail: z.string(),
  /** In-app path to the object, `/runs/prn_…`. */
  href: z.string().nullable(),
  at: timestamp,
})
export const home = z.object({
  project: z.string().nullable(),
  clock: timestamp,
  needsMe: z.array(homeItem),
  happened: z.array(homeItem),
  counts: z.record(z.string(), z.number()),
})

export const auditEvent = z.object({
  seq: z.number(),
  at: timestamp,
  principal: z.string(),
  action: z.string(),
  object: z.string(),
  details: json,
})
export const auditPage = page(auditEvent)

export type DefinitionSummary = z.infer<typeof definitionSummary>
export type DefinitionDetail = z.infer<typeof definitionDetail>
export type Lineage = z.infer<typeof lineage>
export type Plan = z.infer<typeof plan>
export type PlanChange = z.infer<typeof planChange>
export type ApplyResult = z.infer<typeof applyResult>
export type Home = z.infer<typeof home>
