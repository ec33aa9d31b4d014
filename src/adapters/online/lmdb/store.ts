import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { type Database, open, type RootDatabase } from 'lmdb'
import type { Change, OnlineStore, StoreLock } from '../../../features/online/ports.ts'
import { asStoreError } from './errors.ts'
import { type Holder, isHolding, thisProcess } from './holder.ts'

export interface LmdbOptions {
  /** The environment's folder, made when missing. Any number of processes may have it open. */
  readonly folder: string
  /** True: never writes; the folder must exist. */
  readonly readOnly?: boolean
}

interface Environment {
  readonly root: RootDatabase<Buffer, Buffer>
  readonly records: Database<Buffer, Buffer>
  readonly locks: Database<string, string> | null
}

/** Keys removed in one transaction. */
const removedAtOnce = 5_000

/**
 * The embedded online store: one LMDB environment. An update is one transaction, written through to the disk before it
 * resolves; readers in other processes see it with their next read and are never blocked. The map grows by itself.
 */
export function openLmdbStore(options: LmdbOptions): OnlineStore {
  const environment = openEnvironment(options)
  const { root, records } = environment
  const copyOut = slabCopier()
  return {
    capabilities: { synchronousReads: true, sharedBetweenProcesses: true, durability: 'durable' },
    readMany: keys =>
      guarded(() => {
        // Without this a snapshot of up to a millisecond ago would be read.
        root.resetReadTxn()
        const values: (Uint8Array | undefined)[] = new Array(keys.length)
        for (let i = 0; i < keys.length; i++) values[i] = copyOut(records.getBinaryFast(keys[i] as Buffer))
        return values
      }),
    update: async changes => guarded(() => update(environment, changes)),
    list: async (prefix, page) => guarded(() => [...keysWith(environment, prefix, page)]),
    removeAll: async prefix => guarded(() => removeAll(environment, prefix)),
    lock: async name => guarded(() => lock(environment, name)),
    close: async () => {
      await root.close()
    },
  }
}

const slabBytes = 256 << 10

/**
 * Copies what LMDB lends until the next read. Many copies share one slab: a buffer of its own for each value costs more
 * than the lookup. Values are small and short-lived, so a slab goes with the requests it served.
 */
function slabCopier(): (lent: Uint8Array | undefined) => Uint8Array | undefined {
  let slab = new ArrayBuffer(0)
  let used = 0
  return lent => {
    if (lent === undefined) return undefined
    const size = lent.length
    if (used + size > slab.byteLength) {
      slab = new ArrayBuffer(Math.max(slabBytes, size))
      used = 0
    }
    const copy = new Uint8Array(slab, used, size)
    copy.set(new Uint8Array(lent.buffer, lent.byteOffset, size))
    used += size
    return copy
  }
}

function openEnvironment({ folder, readOnly = false }: LmdbOptions): Environment {
  return guarded(() => {
    if (!readOnly) mkdirSync(folder, { recursive: true })
    const root = open<Buffer, Buffer>({
      path: folder,
      noSubdir: false,
      readOnly,
      maxDbs: 4,
      keyEncoding: 'binary',
      encoding: 'binary',
      overlappingSync: false,
    })
    const records = root.openDB<Buffer, Buffer>({
      name: 'records',
      keyEncoding: 'binary',
      encoding: 'binary',
    })
    return {
      root,
      records,
      locks: readOnly ? null : root.openDB<string, string>({ name: 'locks', encoding: 'string' }),
    }
  })
}

/** Passes on what the callbacks throw; LMDB's own failures become STORE_FULL or STORE_UNAVAILABLE. */
function guarded<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw asStoreError(error)
  }
}

function update({ root, records }: Environment, changes: readonly Change[]): void {
  root.transactionSync(() => {
    for (const change of changes) {
      const key = change.key as Buffer
      const next = change.next(records.getBinary(key))
      if (next === null) records.removeSync(key)
      else if (next !== undefined)
        records.putSync(key, Buffer.from(next.buffer, next.byteOffset, next.byteLength))
    }
  })
}

function* keysWith(
  { root, records }: Environment,
  prefix: Uint8Array,
  page: { readonly after?: Uint8Array; readonly limit: number },
): Generator<Buffer> {
  root.resetReadTxn()
  let left = page.limit
  const start = Buffer.from(page.after ?? prefix)
  for (const key of records.getKeys({ start })) {
    if (left <= 0 || Buffer.compare(key.subarray(0, prefix.length), prefix) !== 0) return
    if (page.after && Buffer.compare(key, start) === 0) continue
    left -= 1
    yield Buffer.from(key)
  }
}

function removeAll(environment: Environment, prefix: Uint8Array): number {
  let removed = 0
  while (true) {
    const keys = [...keysWith(environment, prefix, { limit: removedAtOnce })]
    if (keys.length === 0) return removed
    update(
      environment,
      keys.map(key => ({ key, next: () => null })),
    )
    removed += keys.length
  }
}

/** Held by a live process: nobody else gets it. The token tells one opening of the store from another in one process. */
function lock({ root, locks }: Environment, name: string): StoreLock | { readonly heldBy: string } {
  if (locks === null) throw new Error('the store is open for reading only')
  const mine: Holder = { ...thisProcess(), token: randomUUID() }
  const holder = root.transactionSync(() => {
    const stored = locks.get(name)
    const current = stored === undefined ? undefined : (JSON.parse(stored) as Holder)
    if (current !== undefined && isHolding(current)) return current
    locks.putSync(name, JSON.stringify(mine))
    return undefined
  })
  if (holder !== undefined) return { heldBy: `process ${holder.pid}` }
  return {
    release: async () =>
      guarded(() =>
        root.transactionSync(() => {
          const stored = locks.get(name)
          if (stored !== undefined && (JSON.parse(stored) as Holder).token === mine.token)
            locks.removeSync(name)
        }),
      ),
  }
}
