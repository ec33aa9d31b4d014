import type { Redis } from 'ioredis'
import type { FeedReader } from '../../../features/service/ports.ts'

const pieceEntries = 1_000

/**
 * A Redis stream; positions are entry ids. An entry has one field `json` with the row, or one field per column whose
 * values are JSON.
 */
export function redisFeed(url: string, stream: string): FeedReader {
  let client: Redis | undefined
  return {
    async next(after) {
      client ??= await connect(url)
      const found = await client.xread('COUNT', pieceEntries, 'STREAMS', stream, after ?? '0-0')
      const entries = found?.[0]?.[1] ?? []
      const end = entries.at(-1)?.[0]
      if (end === undefined) return undefined
      return { end, lines: entries.map(([id, fields]) => ({ at: `entry ${id}`, text: lineOf(fields) })) }
    },
    async close() {
      client?.disconnect()
    },
  }
}

async function connect(url: string): Promise<Redis> {
  const { Redis: Client } = await import('ioredis')
  const client = new Client(url, { lazyConnect: true, maxRetriesPerRequest: 1, enableOfflineQueue: true })
  // Requests that fail say so themselves.
  client.on('error', () => undefined)
  return client
}

/** Fields of an entry as one JSON object. */
function lineOf(fields: readonly string[]): string {
  if (fields.length === 2 && fields[0] === 'json') return fields[1] ?? ''
  const members: string[] = []
  for (let i = 0; i < fields.length; i += 2) members.push(`${JSON.stringify(fields[i])}:${fields[i + 1]}`)
  return `{${members.join(',')}}`
}
