import { z } from 'zod'
import type { Route } from './routes.ts'

/** A file on its way: read in pieces, so that its size does not matter. No JSON form. */
export interface FileReply {
  readonly name: string
  readonly bytes: number
  readonly hash: string
  read(range?: { readonly start: number; readonly end: number }): AsyncIterable<Uint8Array>
}

const fileReply = z.custom<FileReply>()
const artifactListing = z.object({
  entries: z.array(z.object({ path: z.string(), folder: z.boolean(), bytes: z.number().nullable() })),
})

export const fileRoutes = {
  runFiles: {
    method: 'GET',
    path: '/tracking/runs/:id/files',
    permission: 'read',
    summary: 'Files and folders of a run directly below a path',
    query: z.object({ path: z.string().optional() }),
    response: artifactListing,
  },
  runFile: {
    method: 'GET',
    path: '/tracking/runs/:id/file',
    permission: 'read',
    summary: 'Bytes of one file of a run, as an attachment; ranges are served',
    query: z.object({ path: z.string() }),
    response: fileReply,
    produces: 'application/octet-stream',
  },
} as const satisfies Record<string, Route>
