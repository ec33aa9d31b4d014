import type { OnlineCapabilities } from '../../../features/online/ports.ts'
import { FettleError } from '../../../kernel/errors/index.ts'
import type { Connection } from './connection.ts'

/**
 * Which promise the server's configuration allows (features.md §15.4): `durable` with an append-only file that is synced
 * with every write; `rebuildable` else, also where the server does not tell. Throws STORE_UNAVAILABLE for a server that
 * forgets keys when it is full: they would look like NOT_FOUND.
 */
export async function durabilityOf({ client, shown }: Connection): Promise<OnlineCapabilities['durability']> {
  const memory = await client.info('memory')
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1] ?? 'noeviction'
  if (policy.startsWith('allkeys'))
    throw new FettleError(
      'STORE_UNAVAILABLE',
      `${shown} has maxmemory-policy ${policy}: it would forget features without a word`,
      { hint: 'Set maxmemory-policy to noeviction: a full store then refuses writes with STORE_FULL.' },
    )
  const set = async (name: string): Promise<string | undefined> =>
    ((await client.config('GET', name)) as string[])[1]
  try {
    const durable = (await set('appendonly')) === 'yes' && (await set('appendfsync')) === 'always'
    return durable ? 'durable' : 'rebuildable'
  } catch {
    return 'rebuildable'
  }
}
