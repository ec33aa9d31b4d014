import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StoreLock } from '../../../features/online/ports.ts'
import { FettleError } from '../../../kernel/errors/index.ts'
import type { Connection } from './connection.ts'
import type { Names } from './names.ts'
import type { Guard } from './writer.ts'

export interface Locks {
  lock(name: string): Promise<StoreLock | { readonly heldBy: string }>
  /** Every update made while a lock is held is refused once somebody else has it. */
  guards(): readonly Guard[]
  close(): void
}

/** What Redis keeps of a lock. */
interface Holder {
  readonly token: string
  /** Connection of the holder: it ends with its process. */
  readonly client: number
  readonly who: string
}

interface Held {
  readonly key: Buffer
  readonly token: string
}

/** A holder whose machine is gone frees the lock after this long. */
const expiryMs = 30_000
const renewMs = expiryMs / 3
/** The end of a process reaches Redis a moment later. */
const goneWithinMs = 100

const replaceScript = `local now = redis.call('GET', KEYS[1])
if now == ARGV[1] then return redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end return nil`
const renewScript = `local now = redis.call('GET', KEYS[1])
if now and cjson.decode(now).token == ARGV[1] then return redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end return nil`
const releaseScript = `local now = redis.call('GET', KEYS[1])
if now and cjson.decode(now).token == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`

/** Locks that end with the holder's connection, or after half a minute without a sign of life. */
export function createLocks({ client, shown }: Connection, names: Names): Locks {
  const held = new Map<string, Held>()
  const holderNow = async (token: string): Promise<string> => {
    const id = (await client.client('ID')) as number
    return JSON.stringify({
      token,
      client: id,
      who: `process ${process.pid} on ${hostname()}`,
    } satisfies Holder)
  }
  const renew = async (): Promise<void> => {
    for (const { key, token } of held.values())
      await client.eval(renewScript, 1, key, token, await holderNow(token), expiryMs)
  }
  const renewNow = (): void => void renew().catch(() => undefined)
  const timer = setInterval(renewNow, renewMs).unref()
  client.on('ready', renewNow)
  const take = async (key: Buffer, token: string): Promise<Holder | undefined> => {
    const mine = await holderNow(token)
    for (const until = Date.now() + goneWithinMs; ; await sleep(goneWithinMs / 4)) {
      if ((await client.set(key, mine, 'PX', expiryMs, 'NX')) === 'OK') return undefined
      const found = await client.get(key)
      if (found === null) continue
      const holder = JSON.parse(found) as Holder
      if (await isConnected(client, holder)) {
        if (Date.now() > until) return holder
      } else if ((await client.eval(replaceScript, 1, key, found, mine, expiryMs)) === 'OK') return undefined
    }
  }
  return {
    async lock(name) {
      const key = names.lock(name)
      const token = randomUUID()
      const holder = await take(key, token)
      if (holder) return { heldBy: holder.who }
      held.set(token, { key, token })
      return {
        release: async () => {
          held.delete(token)
          await client.eval(releaseScript, 1, key, token)
        },
      }
    },
    guards: () => [...held.values()].map(each => guardOf(each, shown)),
    close: () => clearInterval(timer),
  }
}

function guardOf({ key, token }: Held, shown: string): Guard {
  return {
    key,
    check: found => {
      if (found && (JSON.parse(Buffer.from(found).toString('utf8')) as Holder).token === token) return
      throw new FettleError(
        'STORE_UNAVAILABLE',
        `a lock in ${shown} was lost while this process did not answer`,
        {
          hint: 'Run again; nothing was written since.',
        },
      )
    },
  }
}

/** Where Redis does not say who is connected, only time frees a lock. */
async function isConnected(client: Connection['client'], holder: Holder): Promise<boolean> {
  try {
    return String(await client.call('CLIENT', 'LIST', 'ID', String(holder.client))).trim() !== ''
  } catch {
    return true
  }
}
