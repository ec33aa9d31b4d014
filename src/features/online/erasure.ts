import { createHmac } from 'node:crypto'
import { suppressionKey } from './keys.ts'
import type { Bytes, Change, OnlineStore } from './ports.ts'
import type { PlannedView } from './view-plan.ts'

/** What keeps erased keys away: the secret of the keyed hashes on the suppression list. Equal for all who use a store. */
export interface ErasureGuard {
  readonly secret: Uint8Array
}

/** Whether a key, in its encoded form, is on the list. */
export type IsErased = (key: Buffer) => boolean

const hashBytes = 32
const nobody: IsErased = () => false

/**
 * What stands for a key where the key itself may not be: HMAC-SHA-256(secret, entity ‖ 0x1F ‖ encoded key). It covers the
 * entity, not the view: an erased key stays away from later views and versions too.
 */
export function keyToken(
  { secret }: ErasureGuard,
  { owner }: Pick<PlannedView, 'owner'>,
  key: Buffer,
): Buffer {
  return createHmac('sha256', secret).update(`${owner}\x1f`).update(key).digest()
}

/** Decodes the list again only if its bytes changed: it is read with every request. */
export function erasureCache(
  guard: ErasureGuard,
): (list: Bytes | undefined, view: Pick<PlannedView, 'owner'>) => IsErased {
  let last: Bytes | undefined
  let hashes = new Set<string>()
  return (list, view) => {
    if (list === undefined) return nobody
    if (last === undefined || Buffer.compare(last, list) !== 0) {
      hashes = new Set(hashesOf(list))
      last = Uint8Array.from(list)
    }
    return key => hashes.has(keyToken(guard, view, key).toString('latin1'))
  }
}

/** The suppression list as it stands; nobody is on it when there is no guard. */
export async function suppressed(
  store: OnlineStore,
  guard: ErasureGuard | undefined,
  view: Pick<PlannedView, 'owner'>,
): Promise<IsErased> {
  if (guard === undefined) return nobody
  const [list] = await store.readMany([suppressionKey])
  return erasureCache(guard)(list, view)
}

/** Puts a key on the list; idempotent. */
export function suppress(guard: ErasureGuard, view: Pick<PlannedView, 'owner'>, key: Buffer): Change {
  return suppressToken(keyToken(guard, view, key))
}

/** Puts the token of a key on the list; idempotent. */
export function suppressToken(hash: Buffer): Change {
  return {
    key: suppressionKey,
    next: current => {
      if (current === undefined) return hash
      return hashesOf(current).includes(hash.toString('latin1')) ? undefined : Buffer.concat([current, hash])
    },
  }
}

function hashesOf(list: Bytes): readonly string[] {
  const bytes = Buffer.from(list)
  return Array.from({ length: bytes.length / hashBytes }, (_, index) =>
    bytes.toString('latin1', index * hashBytes, (index + 1) * hashBytes),
  )
}
