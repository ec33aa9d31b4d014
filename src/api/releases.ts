import { z } from 'zod'
import { json, page, quantity, timestamp } from './common.ts'
import { deployment } from './deployments.ts'
import {
  comparisonReport,
  contractPlan,
  contractsReport,
  fairnessReport,
  importanceReport,
  plannedCell,
  thresholdsReport,
} from './judged.ts'
import type { Route } from './routes.ts'

const verdict = z.enum(['pass', 'fail', 'inconclusive'])
const count = z.number().int()

const gateCheck = z.object({
  name: z.string(),
  title: z.string(),
  verdict,
  /** Whether it decides; others are only told. */
  blocks: z.boolean(),
  n: z.number().nullable(),
  margin: z.string().nullable(),
  finding: z.string(),
  /** What would change the verdict. */
  change: z.string().nullable(),
  ms: z.number(),
})

const champion = z.object({ number: count, digest: z.string(), version: count })

/** What scores a release: measured when it was verified, the same online, in shadow, in batches and in replay. */
const servingPlan = z.object({
  schema: z.literal(1),
  release: z.string(),
  kind: z.enum(['onnx', 'trees', 'linear', 'oip']),
  build: z.string(),
  maxBatchRows: count,
  place: z.enum(['front', 'child']),
  microsPerRow: z.number(),
})

/** What the gate said of a release, signed with the project's key. */
export const verdictPage = z.object({
  schema: z.literal(1),
  deployment: z.string(),
  release: z.object({
    number: count,
    digest: z.string(),
    model: z.string(),
    version: count,
    changed: z.array(z.string()),
  }),
  champion: champion.nullable(),
  verdict,
  summary: z.string(),
  checks: z.array(gateCheck),
  contractSet: z.string().nullable(),
  judged: z.string().nullable(),
  servingPlan: servingPlan.optional(),
  at: timestamp,
  expiresAt: timestamp,
  by: z.string(),
  signature: z.string(),
})

const releaseSummary = z.object({
  deployment: z.string(),
  number: count,
  digest: z.string(),
  model: z.string(),
  modelVersion: count,
  /** `former` served once; the others are what the newest verdict says, and `candidate` is one without. */
  state: z.enum(['candidate', 'verified', 'refused', 'inconclusive', 'serving', 'former']),
  createdAt: timestamp,
  by: z.string(),
  reason: z.string(),
  /** Digest of the release it derives from, and what differs. */
  parent: z.string().nullable(),
  changed: z.array(z.string()),
  /** When it last began to serve. */
  servedAt: timestamp.nullable(),
  verdict: z
    .object({ verdict, summary: z.string(), at: timestamp, expiresAt: timestamp, run: z.string() })
    .nullable(),
})

const release = releaseSummary.extend({
  /** The whole immutable document. */
  document: json,
  /** The signed page of the newest verdict, and the hash of the object it is kept as. */
  page: verdictPage.nullable(),
  pageHash: z.string().nullable(),
  /** By the newest verdict that let it serve. */
  servingPlan: servingPlan.optional(),
})

const purpose = z.object({
  deployment: z.string(),
  purpose: z.object({
    audience: z.string(),
    story: z.string(),
    number: z.object({
      name: z.string(),
      unit: z.string(),
      direction: z.enum(['up', 'down']),
      baseline: z.number(),
      target: z.number(),
      matters: z.number(),
    }),
    owner: z.string(),
    review: z.string(),
  }),
  /** Oldest first. */
  values: z.array(z.object({ at: timestamp, value: z.number(), by: z.string(), recordedAt: timestamp })),
  /** Share of the way from baseline to target. */
  reached: quantity,
  /** Only randomised units can say what the deployment did to the number. */
  impact: quantity,
  reviewDue: timestamp.nullable(),
})

const declaredContracts = z.object({
  deployment: z.string(),
  /** Hash over contracts and slices as declared; another one voids a verdict page. */
  contractSet: z.string().nullable(),
  from: contractPlan.shape.from,
  basis: z.string(),
  last: z.object({ release: count, at: timestamp, summary: z.string() }).nullable(),
  contracts: z.array(
    z.object({
      name: z.string(),
      /** In words. */
      claim: z.string(),
      slices: z.array(z.string()),
      status: z.enum(['protected', 'watched']),
      stage: z.enum(['offline', 'shadow', 'canary', 'probation']),
      /** Releases it observes before it may block, and those it has. */
      dryRun: z.object({ releases: count, observed: count }).nullable(),
      cells: z.array(
        plannedCell.omit({ contract: true }).extend({
          last: z
            .object({
              release: count,
              verdict,
              reason: z.string().nullable(),
              matured: z.number(),
              needed: z.number().nullable(),
              /** In days of rows, as those that judged came; null where that is not known. */
              neededDays: z.number().nullable(),
              advice: z.string(),
            })
            .nullable(),
        }),
      ),
    }),
  ),
})

const thresholds = z.enum(['keep', 'choose'])
const reported = <Report extends z.ZodType>(report: Report) => z.object({ report: report.nullable() })
const path = '/deployments/:name/releases'

export const releaseRoutes = {
  contracts: {
    method: 'GET',
    path: '/deployments/:name/contracts',
    permission: 'read',
    summary: 'Declared contracts with the rows they need on every slice, and what they last came to',
    response: declaredContracts,
  },
  releases: {
    method: 'GET',
    path,
    permission: 'read',
    summary: 'Releases of a deployment with their verdicts, newest first',
    response: page(releaseSummary),
  },
  release: {
    method: 'GET',
    path: '/deployments/:name/releases/:number',
    permission: 'read',
    summary: 'One release (`latest` is the newest): its document and its signed verdict page',
    response: release,
  },
  createRelease: {
    method: 'POST',
    path,
    permission: 'deploy',
    summary: 'Make the release of a model version; it serves nobody yet',
    body: z.object({ version: count.optional(), reason: z.string().max(2_000).optional() }),
    response: release,
  },
  verifyRelease: {
    method: 'POST',
    path: '/deployments/:name/releases/verify',
    permission: 'run',
    summary: 'Start the gate for a model version: judge it on rows, verify it in an isolated copy, conclude',
    body: z.object({
      version: count.optional(),
      thresholds: thresholds.optional(),
      idempotencyKey: z.string().max(200).optional(),
    }),
    response: z.object({ run: z.string() }),
  },
  prepareRelease: {
    method: 'POST',
    path: '/deployments/:name/releases/prepare',
    permission: 'worker',
    summary: 'What a release run is about, pinned at its start',
    body: z.object({
      version: count.optional(),
      thresholds: thresholds.optional(),
      /** What serves, with the thresholds of this object. */
      given: z.object({ set: z.string(), rows: z.string(), onto: count }).optional(),
    }),
    response: json,
  },
  prepareThresholds: {
    method: 'POST',
    path: '/deployments/:name/thresholds/prepare',
    permission: 'worker',
    summary: 'What a run that suggests thresholds is about, pinned at its start',
    response: json,
  },
  rollBack: {
    method: 'POST',
    path: '/deployments/:name/rollback',
    permission: 'deploy',
    summary: 'Serve a former release again, whole; needs a reason and no new verdict',
    body: z.object({ to: count.optional(), reason: z.string().max(2_000) }),
    response: deployment,
  },
  makeCandidate: {
    method: 'POST',
    path: '/deployments/:name/releases/candidate',
    permission: 'worker',
    summary: 'Make the release a run has chosen the thresholds of; the same again is the same release',
    body: z.object({
      version: count,
      /** Number of the release it was compared with; its document comes back too. */
      champion: count.nullable(),
      thresholdSet: json.nullable(),
      reason: z.string().max(2_000),
    }),
    response: z.object({
      release: json,
      champion: json.nullable(),
      /** What scores the champion. */
      championPlan: servingPlan.optional(),
    }),
  },
  concludeRelease: {
    method: 'POST',
    path: '/deployments/:name/releases/:number/verdict',
    permission: 'worker',
    summary: 'What the checks of the gate found; it is judged, signed and kept',
    body: z.object({
      champion: champion.nullable(),
      checks: z.array(gateCheck).max(100),
      judged: z.string().nullable(),
      servingPlan: servingPlan.optional(),
      pipelineRun: z.string(),
    }),
    response: z.object({ hash: z.string(), page: verdictPage }),
  },
  verifyVerdictPage: {
    method: 'POST',
    path: '/releases/verify-page',
    permission: 'read',
    summary: 'Whether a verdict page is one of this project, unchanged',
    body: verdictPage,
    response: z.object({ ok: z.boolean(), faults: z.array(z.string()) }),
  },
  releaseEvaluation: {
    method: 'GET',
    path: '/deployments/:name/releases/:number/evaluation',
    permission: 'read',
    summary: 'How the candidate did on the judged rows, by slice',
    response: reported(json),
  },
  releaseComparison: {
    method: 'GET',
    path: '/deployments/:name/releases/:number/comparison',
    permission: 'read',
    summary: 'Champion against candidate on the same rows, with those that flip',
    response: reported(comparisonReport),
  },
  releaseContracts: {
    method: 'GET',
    path: '/deployments/:name/releases/:number/contracts',
    permission: 'read',
    summary: 'The verdict of every contract on every slice, also as text for a terminal',
    response: reported(contractsReport).extend({ text: z.string().nullable() }),
  },
  releaseThresholds: {
    method: 'GET',
    path: '/deployments/:name/releases/:number/thresholds',
    permission: 'read',
    summary: 'Thresholds by segment with what they change',
    response: reported(thresholdsReport),
  },
  releaseFairness: {
    method: 'GET',
    path: '/deployments/:name/releases/:number/fairness',
    permission: 'read',
    summary: 'Group metrics and disparities',
    response: reported(fairnessReport),
  },
  releaseImportance: {
    method: 'GET',
    path: '/deployments/:name/releases/:number/importance',
    permission: 'read',
    summary: 'How much each input moves the score, and where that differs by slice',
    response: reported(importanceReport),
  },
  releaseJUnit: {
    method: 'GET',
    path: '/deployments/:name/releases/:number/junit',
    permission: 'read',
    summary: 'Checks and contract cells as a JUnit file',
    response: z.object({ junit: z.string() }),
  },
  releaseHtml: {
    method: 'GET',
    path: '/deployments/:name/releases/:number/html',
    permission: 'read',
    summary: 'The verdict page as one HTML file that can be sent to somebody',
    response: z.object({ html: z.string() }),
  },
  purpose: {
    method: 'GET',
    path: '/deployments/:name/purpose',
    permission: 'read',
    summary: 'What a deployment is for, and the number it is judged by',
    response: purpose,
  },
  recordPurposeValue: {
    method: 'POST',
    path: '/deployments/:name/purpose/values',
    permission: 'write',
    summary: 'Record what that number came to',
    body: z.object({ value: z.number(), at: timestamp.optional() }),
    response: purpose,
  },
} as const satisfies Record<string, Route>

export type GateCheckView = z.infer<typeof gateCheck>
export type VerdictPageView = z.infer<typeof verdictPage>
export type ReleaseSummaryView = z.infer<typeof releaseSummary>
export type ReleaseDetailView = z.infer<typeof release>
export type DeclaredContractsView = z.infer<typeof declaredContracts>
export type PurposeView = z.infer<typeof purpose>
