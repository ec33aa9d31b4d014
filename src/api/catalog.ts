import { z } from 'zod'
import { json, page, timestamp } from './common.ts'
import { contractPlan } from './judged.ts'

export const definitionKind = z.enum([
  'entity',
  'source',
  'featureView',
  'onDemand',
  'trainingSet',
  'model',
  'deployment',
  'batch',
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

/** A definition (`source:flights`), or one of its columns, features or outputs (`source:flights.delay`). */
export const catalogRef = z
  .string()
  .max(400)
  .regex(/^(entity|source|featureView|onDemand|trainingSet|model|deployment):[A-Za-z0-9_-]+(\..+)?$/)

/**
 * `stale`: older than it says it may be, or never filled. `unused`: nothing is made from it. `idle`: something is, but
 * nothing that answers now. `unsafe`: that it cannot leak is only assumed.
 */
const catalogMark = z.enum(['stale', 'unused', 'idle', 'unsafe'])

/** Who uses something: `unused` is in no training set, `collected` in sets only, `trained` in a model that does not serve. */
const usageState = z.enum(['unused', 'collected', 'trained', 'live'])
const usage = z.object({
  state: usageState,
  views: z.array(z.string()),
  trainingSets: z.array(z.string()),
  models: z.array(z.string()),
  /** Deployments whose release answers now. */
  live: z.array(z.string()),
})

export const searchQuery = {
  /** Words, all of which must be found. */
  q: z.string().max(400).optional(),
  kind: definitionKind.optional(),
  owner: z.string().optional(),
  tag: z.string().optional(),
  is: catalogMark.optional(),
}
export const searchHit = definitionSummary.extend({
  /** Greater is better; 0 where no words were asked for. */
  score: z.number(),
  /** Where the words were found, the best first: `column delay`, `tag`, `description`. */
  matched: z.array(z.string()),
  marks: z.array(catalogMark),
  usage: usageState,
})

const checkVerdict = z.object({
  at: timestamp,
  pipelineRun: z.string().nullable(),
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  rows: z.number(),
  results: z.array(
    z.object({
      name: z.string(),
      severity: z.string(),
      state: z.string(),
      found: z.string(),
      /** Rows that failed, at most 20, masked. */
      samples: z
        .object({ columns: z.array(z.string()), rows: z.array(z.array(z.string().nullable())) })
        .nullable(),
    }),
  ),
  quarantined: z.number().nullable(),
})

const materializationFact = z.object({
  at: timestamp,
  pipelineRun: z.string().nullable(),
  version: z.number(),
  generation: z.number(),
  mode: z.string(),
  read: z.number(),
  applied: z.number(),
  superseded: z.number(),
  deferred: z.number(),
  /** Rows by reason. */
  skipped: z.record(z.string(), z.number()),
  keys: z.number(),
  bytes: z.number(),
  seconds: z.number(),
})

const freshness = z.object({
  /** `undeclared`: it has data and nothing says how old they may be. */
  state: z.enum(['fresh', 'late', 'never', 'undeclared']),
  /** Known time of the newest merged row. */
  newestKnown: timestamp.nullable(),
  /** Between the project's clock and `newestKnown`. */
  ageSeconds: z.number().nullable(),
  /** `2h` */
  limit: z.string().nullable(),
})

/** A column of a source, a feature of a view, a column of a training set. */
const member = z.object({
  name: z.string(),
  type: z.string(),
  description: z.string().nullable(),
  unit: z.string().nullable(),
  pii: z.enum(['personal', 'sensitive']).nullable(),
  /** `mean of delay over 24h`; null for plain columns. */
  meaning: z.string().nullable(),
  /** null where nobody asks (entities, models, deployments). */
  usage: usage.nullable(),
})

const viewFacts = z.object({
  /** Version whose data answer online; null: none. */
  servedVersion: z.number().nullable(),
  generation: z.number().nullable(),
  watermark: timestamp.nullable(),
  freshness,
  last: materializationFact.nullable(),
  /** Newest first, at most 20. */
  history: z.array(materializationFact),
  schedule: z.object({ text: z.string(), pipeline: z.string(), nextAt: timestamp.nullable() }).nullable(),
  /** What replays of deployments that serve it came to. */
  skew: z.array(
    z.object({
      deployment: z.string(),
      at: timestamp,
      verdict: z.enum(['pass', 'fail', 'inconclusive']),
      requests: z.number(),
      /** Features of this view that differ. */
      differing: z.array(z.string()),
    }),
  ),
})

const sourceFacts = z.object({
  /** Identity of its content; null where it has none. */
  contentVersion: z.string().nullable(),
  /** Why there is none, or what is missing. */
  problem: z.string().nullable(),
  rows: z.number().nullable(),
  bytes: z.number().nullable(),
  /** How it is known when a row could first be seen: `assumed`, `column known_at`, … */
  knownAt: z.string(),
})

const trainedModel = z.object({
  model: z.string(),
  version: z.number(),
  aliases: z.array(z.string()),
  /** Deployments that serve this version now. */
  live: z.array(z.string()),
})
const buildFact = z.object({
  id: z.string(),
  number: z.number(),
  definitionVersion: z.number(),
  at: timestamp,
  pipelineRun: z.string().nullable(),
  asOf: timestamp,
  rows: z.number(),
  checksum: z.string(),
  excluded: z.record(z.string(), z.number()),
  splits: z.record(z.string(), z.number()),
  /** Rows by status (P, N, F, A, E) and feature. */
  statuses: z.record(z.string(), z.record(z.string(), z.number())),
  trained: z.array(trainedModel),
})

/** What is known of a definition's data, and who rests on it. */
export const definitionFacts = z.object({
  ref: z.string(),
  marks: z.array(catalogMark),
  /** One sentence for each mark, in their order: why. */
  reasons: z.array(z.string()),
  usage,
  members: z.array(member),
  checks: checkVerdict.nullable(),
  view: viewFacts.nullable(),
  source: sourceFacts.nullable(),
  /** Builds of a training set, newest first, at most 50; null for other kinds. */
  builds: z.array(buildFact).nullable(),
})

/** What changing or removing a definition or one of its columns or features does. */
export const impact = z.object({
  of: z.string(),
  change: z.enum(['change', 'remove']),
  /** What gets a new version, in the order of building; a removal breaks these. */
  definitions: z.array(z.object({ ref: z.string(), version: z.number(), reason: z.string() })),
  /** Views that are filled again, with what the last filling took. */
  recomputes: z.array(
    z.object({ view: z.string(), rows: z.number().nullable(), seconds: z.number().nullable() }),
  ),
  /** Stored builds that keep their old meaning. */
  trainingSets: z.array(z.object({ id: z.string(), name: z.string(), number: z.number() })),
  models: z.array(trainedModel),
  /** Deployments that answer now; they go on with the old version until the next deploy. */
  live: z.array(
    z.object({ deployment: z.string(), release: z.number(), model: z.string(), modelVersion: z.number() }),
  ),
  /** Whether a removal would be accepted. */
  removable: z.boolean(),
  /** Why not, one sentence each. */
  blockers: z.array(z.string()),
})

const columnNode = z.object({
  /** `featureView:origin_delays.delay_mean` */
  id: z.string(),
  definition: z.string(),
  kind: z.string(),
  name: z.string(),
  /** null: a whole definition (a model, a deployment). */
  column: z.string().nullable(),
  type: z.string().nullable(),
  /** `live`, `champion v3`; null: nothing to say. */
  state: z.string().nullable(),
})
const columnEdge = z.object({
  from: z.string(),
  to: z.string(),
  /** `copied`, `computed`, `mean over 24h`, `key`, `time`, `filter`. */
  how: z.string(),
})
/** Columns from sources to deployments. `unknown` says where it cannot be told, and why. */
export const columnLineage = z.object({
  of: z.string(),
  nodes: z.array(columnNode),
  edges: z.array(columnEdge),
  unknown: z.array(z.object({ definition: z.string(), reason: z.string() })),
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
  /** Of a deployment that declares contracts: rows they need; null elsewhere. */
  contracts: contractPlan.nullable().optional(),
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
export type SearchHit = z.infer<typeof searchHit>
export type DefinitionFacts = z.infer<typeof definitionFacts>
export type Usage = z.infer<typeof usage>
export type Impact = z.infer<typeof impact>
export type ColumnLineage = z.infer<typeof columnLineage>
