import { z } from 'zod'
import { json, page, timestamp } from './common.ts'
import type { Route } from './routes.ts'

const level = z.enum(['R0', 'R1', 'R2', 'R3'])

/** How well a version can be had again, from evidence alone. */
export const versionClass = z.object({
  class: level,
  reason: z.string(),
  /** Of the evidence. */
  at: timestamp,
  /** Ingredients that do not resolve. */
  missing: z.array(z.string()),
  /** The newest report. */
  report: z.string().nullable(),
})

const ingredient = z.object({
  part: z.enum(['manifest', 'data', 'code', 'environment', 'randomness', 'model']),
  name: z.string(),
  wanted: z.string(),
  found: z.string(),
  /** Where it is taken from. */
  how: z.string(),
  /** `other`: something else is taken and reported. */
  state: z.enum(['found', 'other', 'missing']),
})

const item = z.object({
  step: z.enum(['training-set', 'train', 'evaluate']),
  name: z.string(),
  outcome: z.enum(['same', 'within tolerance', 'differs', 'unavailable']),
  wanted: json,
  found: json,
  detail: z.string(),
})

const erased = z.object({ rows: z.number().int(), receipts: z.array(z.string()) })

/** What a reproduction came to, signed by the project. */
export const reproductionReport = z.object({
  schema: z.literal(1),
  id: z.string(),
  project: z.string(),
  model: z.string(),
  version: z.number().int(),
  digest: z.string(),
  manifest: z.string(),
  /** Null where an ingredient was missing and nothing ran. */
  run: z.string().nullable(),
  at: timestamp,
  verdict: z.enum(['reproduced', 'not reproduced', 'inconclusive']),
  class: level,
  reason: z.string(),
  firstDifference: z.object({ step: z.string(), because: z.array(z.string()) }).nullable(),
  tolerance: z.number(),
  ingredients: z.array(ingredient),
  items: z.array(item),
  erased,
  seconds: z.record(z.string(), z.number()),
  by: z.string(),
  signature: z.string(),
})

const stored = z.object({ hash: z.string(), report: reproductionReport })

export const prospect = z.object({
  model: z.string(),
  version: z.number().int(),
  /** Hash of the object that holds the manifest. */
  manifest: z.string(),
  ingredients: z.array(ingredient),
  estimate: z.object({
    steps: z.array(z.object({ name: z.string(), seconds: z.number().nullable(), from: z.string() })),
    /** Of the steps whose time is known. */
    seconds: z.number(),
  }),
  erased,
  class: versionClass,
  last: stored.nullable(),
})

const compared = z.object({
  model: z.string(),
  version: z.number().int(),
  manifest: z.string(),
  tolerance: z.number(),
  ingredients: z.array(ingredient),
  erased,
  items: z.array(item),
  seconds: z.record(z.string(), z.number()),
  pipelineRun: z.string(),
})

export const reproductionRoutes = {
  reproducibility: {
    method: 'GET',
    path: '/models/:name/versions/:version/reproduction',
    permission: 'read',
    summary: 'What a version can be made again from, how long it may take, and what the last time came to',
    response: prospect,
  },
  reproduce: {
    method: 'POST',
    path: '/models/:name/versions/:version/reproduction',
    permission: 'run',
    summary: 'Make a version again and compare; with an ingredient missing the report comes at once',
    body: z.object({ idempotencyKey: z.string().max(200).optional() }),
    response: z.object({ run: z.string().nullable(), report: stored.nullable() }),
  },
  reproductions: {
    method: 'GET',
    path: '/models/:name/versions/:version/reproductions',
    permission: 'read',
    summary: 'Signed reports of the reproductions of a version, newest first',
    response: page(stored),
  },
  versionManifest: {
    method: 'GET',
    path: '/models/:name/versions/:version/manifest',
    permission: 'read',
    summary: 'The manifest of a version: what it rests on, by hash',
    response: z.object({ hash: z.string(), manifest: json }),
  },
  runManifest: {
    method: 'GET',
    path: '/runs/:id/manifest',
    permission: 'read',
    summary: 'The manifest of a pipeline run',
    response: z.object({
      /** Null while the run goes on. */
      hash: z.string().nullable(),
      manifest: json,
    }),
  },
  reproduction: {
    method: 'GET',
    path: '/reproductions/:id',
    permission: 'read',
    summary: 'One signed report',
    response: stored,
  },
  verifyReproduction: {
    method: 'POST',
    path: '/reproductions/verify',
    permission: 'read',
    summary: 'Whether a report is one of this project, unchanged',
    body: reproductionReport,
    response: z.object({ ok: z.boolean(), faults: z.array(z.string()) }),
  },
  recordReproduction: {
    method: 'POST',
    path: '/reproductions',
    permission: 'worker',
    summary: 'What the comparing step of a rebuild found; it is judged, signed and kept',
    body: compared,
    response: stored,
  },
  checkReproducibility: {
    method: 'POST',
    path: '/reproducibility',
    permission: 'run',
    summary: 'Look for every ingredient of every version, reading and hashing what is kept',
    body: z.object({}),
    response: z.object({
      items: z.array(versionClass.extend({ model: z.string(), version: z.number().int() })),
    }),
  },
} as const satisfies Record<string, Route>

export type ProspectView = z.infer<typeof prospect>
export type ReproductionReportView = z.infer<typeof reproductionReport>
export type VersionClassView = z.infer<typeof versionClass>
export type ReproducibilityRow = VersionClassView & { readonly model: string; readonly version: number }
