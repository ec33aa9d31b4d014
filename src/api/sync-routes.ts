import { z } from 'zod'
import { timestamp } from './common.ts'
import type { Route } from './routes.ts'

/** Microseconds; exact as a number for three centuries. */
const micros = z.number().int()
const refused = z.object({
  sequence: z.number(),
  run: z.string().nullable(),
  code: z.string(),
  message: z.string(),
})
const server = z.object({ id: z.string(), name: z.string() })
const digest = z.string().max(64)

/** At most so many operations are sent at once. */
export const mostOperations = 5_000

export const syncRoutes = {
  syncClients: {
    method: 'GET',
    path: '/sync',
    permission: 'read',
    summary:
      'Clients that sent their spools, newest first: how far they came and how far their clocks are off',
    response: z.object({
      items: z.array(
        z.object({
          client: z.string(),
          acknowledged: z.number(),
          /** The server's clock less the client's, in milliseconds. */
          skewMs: z.number(),
          principal: z.string(),
          seenAt: timestamp,
        }),
      ),
    }),
  },
  syncContact: {
    method: 'GET',
    path: '/sync/:client',
    permission: 'read',
    summary: 'How far a client has come, and which server this is',
    response: z.object({ server, acknowledged: z.number(), digest, now: micros }),
  },
  syncSend: {
    method: 'POST',
    path: '/sync/:client',
    permission: 'write',
    summary: 'Operations of a spool, in their order; those that were sent before change nothing',
    body: z.object({
      server: server.optional(),
      /** Number of the first. */
      from: z.number().int().min(1),
      /** Checksums of the operation before the first, and of the last. */
      after: digest,
      last: digest,
      /** The client's clock, in microseconds. */
      sentAt: micros,
      operations: z.array(z.unknown()).min(1).max(mostOperations),
    }),
    response: z.object({
      server,
      acknowledged: z.number(),
      refused: z.array(refused),
      skewMs: z.number(),
    }),
  },
  syncRefusals: {
    method: 'GET',
    path: '/sync/:client/refusals',
    permission: 'read',
    summary: 'Operations of a client that were refused, and why',
    response: z.object({ items: z.array(refused) }),
  },
  syncBeat: {
    method: 'POST',
    path: '/sync/:client/heartbeat',
    permission: 'write',
    summary: 'Signs of life of the runs of a client; it tells which of them are known here',
    body: z.object({ runs: z.array(z.string().max(64)).max(1_000), sentAt: micros }),
    response: z.object({
      alive: z.array(z.string()),
      skewMs: z.number(),
    }),
  },
} as const satisfies Record<string, Route>

export type SyncReceipt = z.infer<typeof syncRoutes.syncSend.response>
export type SyncedClient = z.infer<typeof syncRoutes.syncClients.response>['items'][number]
