import { z } from 'zod'
import * as catalog from './catalog.ts'
import { rowExplanation, sampleRows } from './catalog-rows.ts'
import { page } from './common.ts'
import type { Route } from './routes.ts'

/** What there is, who uses it, where it comes from. */
export const catalogRoutes = {
  search: {
    method: 'GET',
    path: '/search',
    permission: 'read',
    summary: 'Definitions by words, owner, tag and state, the best first',
    query: z.object({
      cursor: z.string().optional(),
      limit: z.coerce.number().int().min(1).max(500).optional(),
      ...catalog.searchQuery,
    }),
    response: page(catalog.searchHit),
  },
  definitionFacts: {
    method: 'GET',
    path: '/definitions/:kind/:name/facts',
    permission: 'read',
    summary: 'What is known of the data of a definition, and who rests on it',
    response: catalog.definitionFacts,
  },
  impact: {
    method: 'GET',
    path: '/impact',
    permission: 'read',
    summary: 'What changing or removing a definition, a column or a feature does',
    query: z.object({ of: catalog.catalogRef, change: z.enum(['change', 'remove']).optional() }),
    response: catalog.impact,
  },
  columnLineage: {
    method: 'GET',
    path: '/lineage/columns',
    permission: 'read',
    summary: 'Columns from sources through features and training sets to deployments',
    query: z.object({ of: catalog.catalogRef, direction: z.enum(['up', 'down', 'both']).optional() }),
    response: catalog.columnLineage,
  },
  sampleRows: {
    method: 'GET',
    path: '/definitions/:kind/:name/rows',
    permission: 'read',
    summary: 'A few rows of a source, a view or a training set, masked',
    query: z.object({
      /** Of a view: the instant its features are as of (RFC 3339); now when left out. */
      asOf: z.string().optional(),
      /** Of a view: a JSON array of entity keys, each an object by key component. */
      keys: z.string().max(4000).optional(),
      limit: z.coerce.number().int().min(1).max(20).optional(),
    }),
    response: sampleRows,
  },
  explainTrainingRow: {
    method: 'GET',
    path: '/training-sets/:id/rows/:row/explanation',
    permission: 'read',
    summary: 'Which source rows gave each value of a training row, and why no later one did',
    response: rowExplanation,
  },
} as const satisfies Record<string, Route>
