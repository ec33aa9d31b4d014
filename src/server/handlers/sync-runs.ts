import type { SyncService } from '../../experiments/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { formatTimestamp, type Micros } from '../../kernel/time.ts'
import { withoutUndefined } from '../map/optional.ts'
import type { Handlers } from '../route-handlers.ts'

type SyncRoutes = 'syncClients' | 'syncContact' | 'syncSend' | 'syncRefusals' | 'syncBeat'

const mostClients = 500

export function syncHandlers(
  { sync }: { readonly sync: SyncService },
  clock: Pick<Clock, 'nowMicros'>,
): Pick<Handlers, SyncRoutes> {
  return {
    syncClients: async () => ({
      items: (await sync.clients(mostClients)).map(({ client, sequence, skew, principal, seenAt }) => ({
        ...{ client, acknowledged: sequence, skewMs: toMillis(skew), principal },
        seenAt: formatTimestamp(seenAt),
      })),
    }),
    syncContact: async ({ params }) => {
      const { now, ...contact } = await sync.contact(params.client)
      return { ...contact, now: Number(now) }
    },
    syncSend: async ({ params: { client }, body: { sentAt, ...shipment }, principal }) => {
      const { skew, refused, ...receipt } = await sync.send(
        { ...withoutUndefined(shipment), client, sentAt: BigInt(sentAt) },
        principal,
      )
      return { ...receipt, refused: [...refused], skewMs: toMillis(skew) }
    },
    syncRefusals: async ({ params }) => ({ items: [...(await sync.refusals(params.client))] }),
    syncBeat: async ({ params: { client }, body: { runs, sentAt }, principal }) => {
      const skew = clock.nowMicros() - BigInt(sentAt)
      const known = await sync.beat(client, runs, principal)
      return { alive: [...known.keys()], skewMs: toMillis(skew) }
    },
  }
}

const toMillis = (micros: Micros): number => Number(micros / 1000n)
