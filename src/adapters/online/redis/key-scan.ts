import type { Bytes } from '../../../features/online/ports.ts'
import type { Connection } from './connection.ts'
import type { Names } from './names.ts'
import type { Writer } from './writer.ts'

interface Place {
  readonly client: Connection['client']
  readonly names: Names
}

type List = (
  prefix: Bytes,
  page: { readonly after?: Bytes; readonly limit: number },
) => Promise<readonly Bytes[]>

const scanCount = 2_000

/** Names of store keys with the prefix, in no order; a piece holds each once. */
async function* scan({ client, names }: Place, prefix: Bytes): AsyncGenerator<readonly Buffer[]> {
  const pattern = names.pattern(prefix)
  let cursor = '0'
  do {
    const reply = await client.callBuffer('SCAN', cursor, 'MATCH', pattern, 'COUNT', scanCount)
    const [next, found] = reply as [Buffer, Buffer[]]
    cursor = textOf(next)
    yield [...new Map(found.map(name => [textOf(name), name])).values()]
  } while (cursor !== '0')
}

/** As latin1, whose order is that of the bytes. */
const textOf = (bytes: Bytes): string => Buffer.from(bytes).toString('latin1')

/**
 * Lists keys in order. Each look goes through all keys of the database, so what it found is kept for the pages that
 * follow; only the end of a listing is looked for anew.
 */
export function createLister(place: Place): List {
  let last: { readonly prefix: string; readonly keys: readonly string[]; readonly next: number } | undefined
  return async (prefix, { after, limit }) => {
    const from = after && textOf(after)
    const kept = from !== undefined && last?.prefix === textOf(prefix) && last.keys[last.next - 1] === from
    const { keys, next } = kept && last ? last : { keys: await sortedKeys(place, prefix, from), next: 0 }
    const end = Math.min(next + limit, keys.length)
    last = end < keys.length ? { prefix: textOf(prefix), keys, next: end } : undefined
    return keys.slice(next, end).map(key => Buffer.from(key, 'latin1'))
  }
}

async function sortedKeys(
  place: Place,
  prefix: Bytes,
  after: string | undefined,
): Promise<readonly string[]> {
  const keys = new Set<string>()
  for await (const found of scan(place, prefix)) {
    for (const name of found) {
      const key = textOf(place.names.keyOf(name))
      if (after === undefined || key > after) keys.add(key)
    }
  }
  return [...keys].sort()
}

/** Removes every key with the prefix, piece by piece; says how many. */
export async function removeAll(place: Place, writer: Writer, prefix: Bytes): Promise<number> {
  let removed = 0
  for await (const found of scan(place, prefix)) {
    if (found.length > 0) await writer.remove(found)
    removed += found.length
  }
  return removed
}
