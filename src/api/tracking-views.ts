import { z } from 'zod'
import { page, timestamp } from './common.ts'
import type { Route } from './routes.ts'

/** What a page of runs shows: every member is optional, as in its URL. */
export const viewContent = z.object({
  filter: z.string().max(16_384).optional(),
  orderBy: z.string().max(600).optional(),
  columns: z.array(z.string().max(600)).max(300).optional(),
  show: z.string().max(40).optional(),
  charts: z.array(z.string().max(600)).max(100).optional(),
  pinned: z.array(z.string().max(64)).max(50).optional(),
})

const savedView = z.object({
  id: z.string(),
  /** Experiment id. */
  experiment: z.string(),
  name: z.string(),
  owner: z.string(),
  /** Counts the changes; earlier ones can be read. */
  version: z.number().int(),
  at: timestamp,
  by: z.string(),
  content: viewContent,
})

export const viewRoutes = {
  savedViews: {
    method: 'GET',
    path: '/tracking/views',
    permission: 'read',
    summary: 'Saved views of an experiment, by name',
    query: z.object({ experiment: z.string() }),
    response: page(savedView),
  },
  savedView: {
    method: 'GET',
    path: '/tracking/views/:id',
    permission: 'read',
    summary: 'A saved view, its versions, and which of its columns no run has any more',
    query: z.object({ version: z.coerce.number().int().optional() }),
    response: savedView.extend({
      versions: z.array(z.object({ version: z.number().int(), at: timestamp, by: z.string() })),
      vanished: z.array(z.string()),
    }),
  },
  createView: {
    method: 'POST',
    path: '/tracking/views',
    permission: 'write',
    summary: 'Save a view under a name',
    body: z.object({ experiment: z.string(), name: z.string(), content: viewContent }),
    response: savedView,
  },
  changeView: {
    method: 'PUT',
    path: '/tracking/views/:id',
    permission: 'write',
    summary: 'Save a changed view as its next version; its owner may',
    body: z.object({
      /** The version the change was made from. */
      base: z.number().int(),
      name: z.string().optional(),
      content: viewContent,
    }),
    response: savedView,
  },
  removeView: {
    method: 'DELETE',
    path: '/tracking/views/:id',
    permission: 'write',
    summary: 'Remove a saved view; its owner may',
    response: z.object({}),
  },
} as const satisfies Record<string, Route>

export type SavedView = z.infer<typeof savedView>
export type ViewContent = z.infer<typeof viewContent>
