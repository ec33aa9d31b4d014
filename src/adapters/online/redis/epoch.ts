import { randomUUID } from 'node:crypto'
import { FettleError } from '../../../kernel/errors/index.ts'
import type { Connection } from './connection.ts'
import { instantOf } from './errors.ts'
import type { Names } from './names.ts'
import type { Guard } from './writer.ts'

/**
 * Tells an emptied store from one that never held anything. A marker is written by whoever opens the store and finds
 * none, and looked at in every read and every update: without it (a flush, a failover to an empty replica) "nothing
 * there" would look like an answer.
 */
export interface Epoch {
  readonly key: Buffer
  /** Throws STORE_UNAVAILABLE when the store was emptied and nobody has begun to fill it again. */
  checkRead(found: Uint8Array | null | undefined): void
  /** Throws STORE_UNAVAILABLE when the store was emptied since it was opened. */
  readonly guard: Guard
}

export async function openEpoch(
  connection: Connection,
  names: Names,
  onEmptied: (() => void) | undefined,
): Promise<Epoch> {
  const { client, shown } = connection
  const begin = async (): Promise<string> => {
    await client.set(names.epoch, randomUUID(), 'NX')
    return (await client.get(names.epoch)) ?? ''
  }
  /** Of the content this opening may read, and may add to. */
  const mine = { read: await begin(), write: '' }
  mine.write = mine.read
  let since: number | undefined
  let beginning = false
  const emptied = (): FettleError => {
    since ??= Date.now()
    if (onEmptied && !beginning) {
      beginning = true
      begin()
        .then(now => {
          mine.read = mine.write = now
          since = undefined
          onEmptied()
        })
        .catch(() => undefined)
        .finally(() => {
          beginning = false
        })
    }
    return new FettleError(
      'STORE_UNAVAILABLE',
      `the online store ${shown} was emptied (flushed, or failed over to an empty replica); seen at ${instantOf(since)}`,
      {
        details: { store: shown },
        hint: 'Fill it again with `fettle run MODEL-online --reuse never`; what was pushed comes back from the journal.',
      },
    )
  }
  return {
    key: names.epoch,
    checkRead: found => {
      const now = textOf(found)
      if (now === mine.read) return
      if (now === undefined || onEmptied) throw emptied()
      // Somebody fills it again: views that are not there yet have no head, and say so.
      mine.read = now
    },
    guard: {
      key: names.epoch,
      check: found => {
        if (textOf(found) !== mine.write) throw emptied()
      },
    },
  }
}

function textOf(bytes: Uint8Array | null | undefined): string | undefined {
  return bytes ? Buffer.from(bytes).toString('utf8') : undefined
}
