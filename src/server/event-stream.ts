import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { RunEvent } from '../api/pipelines.ts'
import { FettleError } from '../kernel/errors/index.ts'

/** Where events come from: a durable list that is read by number, and a bell that rings when there is more. */
export interface EventFeed {
  /** Events with a number greater than `seq`, oldest first, at most `limit`. */
  after(seq: number, limit: number): Promise<readonly RunEvent[]>
  /** Number of the newest event, 0 when there is none. */
  latest(): Promise<number>
  /** Calls `ring` after new events can be read; returns the way to stop it. */
  subscribe(ring: () => void): () => void
}

export interface EventStreamOptions {
  readonly feed: EventFeed
  /** Milliseconds between comments that keep the connection open and show that it is. */
  readonly heartbeatMs?: number
  readonly maxStreams?: number
}

const pageSize = 200

/**
 * Server-sent events, one `run` event per change. Nothing is buffered here: a stream reads on from the durable list
 * only when its client has taken what it was sent, so a slow client costs nothing. `Last-Event-ID` (or `?after=`)
 * resumes after that number; without it a stream begins with what happens next.
 */
export function eventStreams({ feed, heartbeatMs = 15_000, maxStreams = 200 }: EventStreamOptions) {
  const open = new Set<ServerResponse>()
  return {
    async handle(request: FastifyRequest, reply: FastifyReply): Promise<void> {
      if (open.size >= maxStreams) {
        throw new FettleError('OVERLOADED', `${open.size} event streams are open, the most this server keeps`)
      }
      const query = request.query as Readonly<Record<string, string | undefined>>
      const from = resumePoint(request.headers['last-event-id'] ?? query['after']) ?? (await feed.latest())
      reply.hijack()
      open.add(reply.raw)
      try {
        await stream(reply.raw, { feed, from, run: query['run'], heartbeatMs })
      } finally {
        open.delete(reply.raw)
      }
    },
    /** Ends every stream: clients come back by themselves. */
    close(): void {
      for (const response of open) response.end()
    },
  }
}

function resumePoint(text: string | string[] | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (typeof text !== 'string' || !/^\d{1,15}$/.test(text)) {
    throw new FettleError('BAD_REQUEST', 'Last-Event-ID: the number of an event is wanted')
  }
  return Number(text)
}

interface StreamOptions {
  readonly feed: EventFeed
  readonly from: number
  readonly run: string | undefined
  readonly heartbeatMs: number
}

async function stream(
  response: ServerResponse,
  { feed, from, run, heartbeatMs }: StreamOptions,
): Promise<void> {
  const bell = createBell()
  const unsubscribe = feed.subscribe(bell.ring)
  response.on('close', bell.ring)
  const heartbeat = setInterval(
    () => response.writableNeedDrain || response.write(': still here\n\n'),
    heartbeatMs,
  )
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    connection: 'keep-alive',
  })
  response.write(`retry: 1000\n: events after ${from}\n\n`)
  try {
    let cursor = from
    while (!isOver(response)) {
      const events = await feed.after(cursor, pageSize)
      for (const event of events) {
        cursor = event.seq
        if (run === undefined || event.run === run) await write(response, event)
      }
      if (events.length === 0) await bell.wait()
    }
  } catch {
    response.destroy()
  } finally {
    clearInterval(heartbeat)
    unsubscribe()
  }
}

function isOver(response: ServerResponse): boolean {
  return response.destroyed || response.writableEnded
}

async function write(response: ServerResponse, event: RunEvent): Promise<void> {
  if (isOver(response)) return
  if (response.write(`id: ${event.seq}\nevent: run\ndata: ${JSON.stringify(event)}\n\n`)) return
  await Promise.race([once(response, 'drain'), once(response, 'close')])
}

/** A ring is kept until somebody waits for it, so none between two waits is lost. */
function createBell() {
  let rung = false
  let wake: (() => void) | undefined
  return {
    ring() {
      rung = true
      wake?.()
    },
    async wait(): Promise<void> {
      if (!rung)
        await new Promise<void>(resolve => {
          wake = resolve
        })
      rung = false
      wake = undefined
    },
  }
}
