import { z } from 'zod'
import { json, timestamp } from './common.ts'
import { decision, deploymentSummary } from './deployments.ts'
import type { Route } from './routes.ts'

/** One control of the demo form. Ranges and choices are those of the training set's first rows, where it has the column. */
const demoField = z.object({
  name: z.string(),
  type: z.string(),
  role: z.enum(['key', 'request']),
  nullable: z.boolean(),
  description: z.string().nullable(),
  range: z.object({ from: z.number(), to: z.number() }).nullable(),
  /** Texts to choose from, the most frequent first; null where there are none or too many. Never of masked fields. */
  choices: z.array(z.string()).nullable(),
  /** Its values are not shown to those who came by a link. */
  masked: z.boolean(),
})

const demo = z.object({
  deployment: z.string(),
  model: z.string(),
  modelVersion: z.number().nullable(),
  release: z.number().nullable(),
  state: deploymentSummary.shape.state,
  /** Why nobody answers; null: it answers. */
  closed: z.string().nullable(),
  /** What it is for, in the words of its purpose. */
  story: z.string().nullable(),
  action: z.object({ name: z.string(), threshold: z.number(), per: z.string().nullable() }).nullable(),
  fields: z.array(demoField),
  /** Rows of the training set ranges and choices were read from; null: none is stored. */
  profiledRows: z.number().nullable(),
  /** Values of a real row by field; masked ones are `•••`, which stands for them when it is sent back. */
  example: z.record(z.string(), json),
  /** Releases that are tried beside the champion, and how far each is. */
  challengers: z.array(z.object({ release: z.number(), state: z.string() })),
  /** Set for those who came by a link. */
  link: z.object({ by: z.string(), until: timestamp }).nullable(),
})

const tryRows = z.object({
  rows: z.array(z.record(z.string(), json)).min(1).max(1000),
  /** A challenger that is loaded; the deployment decides unless told. */
  release: z.number().int().optional(),
})
const tried = z.object({
  predictions: z.array(
    z.object({
      predictionId: z.string(),
      score: z.number(),
      action: z.string().nullable(),
      servedBy: z.string(),
      degradedReasons: z.array(z.string()),
    }),
  ),
})
const vote = z.object({
  predictionId: z.string(),
  right: z.boolean(),
  note: z.string().max(2000).optional(),
})
const voted = z.object({
  /** `pending`: written, and waits until the decision is known. */
  state: z.enum(['accepted', 'duplicate', 'pending']),
})
const linkRequest = z.object({
  /** How long the link opens the page. */
  days: z.number().int().min(1).max(90),
})
const link = z.object({ token: z.string(), until: timestamp })

export const demoRoutes = {
  demo: {
    method: 'GET',
    path: '/demo/:deployment',
    permission: 'read',
    summary: 'The demo page of a deployment: its form, an example, challengers',
    response: demo,
  },
  tryDemo: {
    method: 'POST',
    path: '/demo/:deployment/predict',
    permission: 'write',
    summary: 'Predicts up to 1 000 rows as kind demo: logged, and part of no monitor, contract or threshold',
    body: tryRows,
    response: tried,
  },
  voteDemo: {
    method: 'POST',
    path: '/demo/:deployment/votes',
    permission: 'write',
    summary: 'Says right or wrong of a prediction, as feedback of kind and source demo',
    body: vote,
    response: voted,
  },
  shareDemo: {
    method: 'POST',
    path: '/demo/:deployment/links',
    permission: 'write',
    summary: 'A link that opens this demo page alone, until it expires',
    body: linkRequest,
    response: link,
  },
  sharedDemo: {
    method: 'GET',
    path: '/shared-demo/:token',
    permission: 'link',
    summary: 'The demo page behind a link, keys masked',
    response: demo,
  },
  trySharedDemo: {
    method: 'POST',
    path: '/shared-demo/:token/predict',
    permission: 'link',
    summary: 'Predicts as kind demo by a link',
    body: tryRows,
    response: tried,
  },
  sharedDecision: {
    method: 'GET',
    path: '/shared-demo/:token/decisions/:id',
    permission: 'link',
    summary: 'A demo decision of the deployment of a link, keys masked',
    response: decision,
  },
  voteSharedDemo: {
    method: 'POST',
    path: '/shared-demo/:token/votes',
    permission: 'link',
    summary: 'Says right or wrong of a demo prediction by a link',
    body: vote,
    response: voted,
  },
} as const satisfies Record<string, Route>

export type DemoView = z.infer<typeof demo>
export type DemoFieldView = DemoView['fields'][number]
export type TriedView = z.infer<typeof tried>
