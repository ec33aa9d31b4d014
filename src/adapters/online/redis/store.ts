import type { OnlineStore } from '../../../features/online/ports.ts'
import { type Connection, connect } from './connection.ts'
import { openEpoch } from './epoch.ts'
import { asStoreError } from './errors.ts'
import { createLister, removeAll } from './key-scan.ts'
import { createLocks } from './locks.ts'
import { namesOf } from './names.ts'
import { durabilityOf } from './settings.ts'
import { createWriter } from './writer.ts'

export interface RedisOptions {
  /** `redis://[user:password@]host[:port][/database]`, `rediss://` for TLS. */
  readonly url: string
  /** Projects share a database without seeing each other. */
  readonly project: string
  /** Callers wait this long, in milliseconds, for a lost server or a slow answer. Default 5 seconds. */
  readonly waitMs?: number
  /**
   * Called when the store turns out to have been emptied and may be filled again through this opening. Without it,
   * updates through this opening are refused from then on.
   */
  readonly onEmptied?: () => void
}

const defaultWaitMs = 5_000

/**
 * The online store on a Redis server, 6.2 or newer, one primary: one string per key, read by one MGET. Redis keeps no
 * order of keys, and an index of them would cost as much memory as small records: `list` and `removeAll` go through all
 * keys of the database instead. Throws STORE_UNAVAILABLE when the server cannot be reached.
 */
export async function openRedisStore(options: RedisOptions): Promise<OnlineStore> {
  const { url, project, waitMs = defaultWaitMs, onEmptied } = options
  const names = namesOf(project)
  const reader = await connect({ url, waitMs, repeats: true })
  try {
    const durability = await durabilityOf(reader)
    const epoch = await openEpoch(reader, names, onEmptied)
    const writing = await connect({ url, waitMs, repeats: false })
    const locks = createLocks(reader, names)
    const writer = createWriter(writing, names, () => [epoch.guard, ...locks.guards()])
    const guarded = guardedBy(reader)
    const place = { client: reader.client, names }
    const list = createLister(place)
    return {
      capabilities: { synchronousReads: false, sharedBetweenProcesses: true, durability },
      readMany: keys =>
        guarded(async () => {
          const [marker, ...values] = await reader.client.mgetBuffer(epoch.key, ...keys.map(names.data))
          epoch.checkRead(marker)
          return values.map(value => value ?? undefined)
        }),
      update: changes => writer.update(changes),
      list: (prefix, page) => guarded(() => list(prefix, page)),
      removeAll: prefix => guarded(() => removeAll(place, writer, prefix)),
      lock: name => guarded(() => locks.lock(name)),
      close: async () => {
        locks.close()
        reader.close()
        writing.close()
      },
    }
  } catch (error) {
    reader.close()
    throw asStoreError(error, reader.shown)
  }
}

function guardedBy(reader: Connection): <Result>(work: () => Promise<Result>) => Promise<Result> {
  return async work => {
    await reader.ready()
    try {
      return await work()
    } catch (error) {
      // A question that was cut off by the end of the server is no slow answer.
      await reader.ready()
      throw asStoreError(error, reader.shown)
    }
  }
}
