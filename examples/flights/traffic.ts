import type { FettleClient } from 'fettle/client'
import { type Flight, flightsOf, type Hours } from './burst.ts'
import { live } from './definitions/late.ts'

/** Traffic that goes on until it is stopped. */
export interface Traffic {
  /** Sends what is under way to its end. Rejects when a request failed. */
  stop(): Promise<Sent>
}

export interface Sent {
  readonly flights: number
  readonly outcomes: number
  readonly seconds: number
}

export interface TrafficOptions {
  readonly root: string
  readonly project: string
  readonly client: FettleClient
  readonly setClock: (now: string) => Promise<void>
  readonly hours: Hours
}

/** Minutes of the day that are sent in one second: a day of flights in about three minutes. */
const minutesPerSecond = 8

/**
 * Sends the flights of these hours as they leave, over and over, and says an hour later, by the flights' own clock,
 * which of them were late: that is when a desk knows.
 */
export function startTraffic(options: TrafficOptions): Traffic {
  const begun = Date.now()
  let stopped = false
  const sent = { flights: 0, outcomes: 0 }
  const running = keepSending(options, sent, () => stopped)
  // Somebody looks at it when the traffic is stopped.
  running.catch(() => undefined)
  return {
    async stop() {
      stopped = true
      await running
      return { ...sent, seconds: (Date.now() - begun) / 1000 }
    },
  }
}

interface Awaited {
  readonly minute: number
  readonly predictionId: string
  readonly late: boolean
}

async function keepSending(
  { root, project, client, setClock, hours }: TrafficOptions,
  sent: { flights: number; outcomes: number },
  stopped: () => boolean,
): Promise<void> {
  const minutes = await flightsOf(root, project, hours)
  let inTheAir: Awaited[] = []
  for (let minute = 0; !stopped(); minute++) {
    const { departedAt, flights } = minutes[minute % minutes.length] ?? { departedAt: '', flights: [] }
    const due = Date.now() + 1000 / minutesPerSecond
    await setClock(departedAt)
    inTheAir.push(...(await send(client, flights)).map(each => ({ ...each, minute })))
    sent.flights += flights.length
    const landed = inTheAir.filter(each => minute - each.minute >= 60)
    if (landed.length >= 200) {
      inTheAir = inTheAir.filter(each => minute - each.minute < 60)
      await tell(client, landed)
      sent.outcomes += landed.length
    }
    await new Promise(resolve => setTimeout(resolve, Math.max(0, due - Date.now())))
  }
  if (inTheAir.length > 0) await tell(client, inTheAir)
  sent.outcomes += inTheAir.length
}

async function send(client: FettleClient, flights: readonly Flight[]): Promise<Omit<Awaited, 'minute'>[]> {
  const replies = await client.deployment(live).predictMany(flights.map(({ request }) => request))
  return replies.map((reply, at) => ({
    predictionId: reply.prediction_id,
    late: (flights[at]?.delay ?? 0) >= 15,
  }))
}

async function tell(client: FettleClient, landed: readonly Awaited[]): Promise<void> {
  const eventTime = new Date()
  const items = landed.map(({ predictionId, late }) => ({
    ...{ predictionId, kind: 'late', value: late ? 1 : 0, eventTime },
  }))
  const { rejected } = await client.deployment(live).feedback(items)
  if (rejected[0]) throw new Error(`the outcome of a flight was refused: ${rejected[0].message}`)
}
