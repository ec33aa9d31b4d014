import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bytes, Change } from '../../../features/online/ports.ts'
import { FettleError } from '../../../kernel/errors/index.ts'
import type { Connection } from './connection.ts'
import { asStoreError } from './errors.ts'
import type { Names } from './names.ts'

/** What has to be true of a key for a transaction to be allowed; throws when it is not. */
export interface Guard {
  readonly key: Buffer
  check(found: Uint8Array | null): void
}

export interface Writer {
  update(changes: readonly Change[]): Promise<void>
  /** Removes what the names stand for, without reading it. */
  remove(names: readonly Buffer[]): Promise<void>
}

/** Bytes to hold by name; null removes. */
type Writes = Map<string, { readonly name: Buffer; readonly next: Bytes | null }>

interface Pending {
  readonly reads: readonly Buffer[]
  /** Throws what a change throws: then nothing of it is written. */
  plan(current: (name: Buffer) => Bytes | undefined): Writes
  resolve(): void
  reject(error: unknown): void
}

const updatesAtOnce = 64
const namesAtOnce = 4_000
/** A note of the last transaction is needed until the connection is back. */
const markMs = 3_600_000
const giveUpMs = 30_000

/**
 * Optimistic transactions (WATCH, MGET, MULTI, EXEC) on a connection of their own, one after the other; updates that
 * arrive meanwhile share the next one. Repeated while other writers come first. When the connection breaks during EXEC,
 * a note written by the transaction tells whether it was done.
 */
export function createWriter(connection: Connection, names: Names, guards: () => readonly Guard[]): Writer {
  const mark = { name: names.mark(randomUUID()), count: 0 }
  const queue: Pending[] = []
  let running = false
  const drain = async (): Promise<void> => {
    running = true
    while (queue.length > 0) await commit({ connection, guards, mark }, takeBatch(queue))
    running = false
  }
  const add = (job: Pick<Pending, 'reads' | 'plan'>): Promise<void> =>
    new Promise((resolve, reject) => {
      queue.push({ ...job, resolve, reject })
      if (!running) void drain()
    })
  return {
    update: changes => {
      const named = changes.map(change => ({ name: names.data(change.key), change }))
      return add({ reads: named.map(each => each.name), plan: current => planChanges(named, current) })
    },
    remove: gone =>
      add({ reads: [], plan: () => new Map(gone.map(name => [idOf(name), { name, next: null }])) }),
  }
}

const idOf = (name: Buffer): string => name.toString('latin1')

function planChanges(
  named: readonly { readonly name: Buffer; readonly change: Change }[],
  current: (name: Buffer) => Bytes | undefined,
): Writes {
  const writes: Writes = new Map()
  for (const { name, change } of named) {
    const id = idOf(name)
    const written = writes.get(id)
    const next = change.next(written ? (written.next ?? undefined) : current(name))
    if (next !== undefined) writes.set(id, { name, next })
  }
  return writes
}

function takeBatch(queue: Pending[]): readonly Pending[] {
  let [count, reads] = [0, 0]
  while (count < Math.min(queue.length, updatesAtOnce)) {
    reads += queue[count]?.reads.length ?? 0
    if (count > 0 && reads > namesAtOnce) break
    count += 1
  }
  return queue.splice(0, count)
}

interface Session {
  readonly connection: Connection
  guards(): readonly Guard[]
  readonly mark: { readonly name: Buffer; count: number }
}

/** Settles every update of the batch; never throws. */
async function commit(session: Session, batch: readonly Pending[]): Promise<void> {
  const { shown } = session.connection
  try {
    const until = Date.now() + giveUpMs
    for (let attempt = 0; Date.now() < until; attempt++) {
      const planned = await tryOnce(session, batch)
      if (planned === 'again') {
        if (attempt > 1) await sleep(Math.random() * Math.min(2 ** attempt, 50))
        continue
      }
      for (const { pending, failure } of planned)
        if (failure === undefined) pending.resolve()
        else pending.reject(failure.error)
      return
    }
    throw new FettleError(
      'STORE_UNAVAILABLE',
      `other writers of ${shown} came first for ${giveUpMs / 1000} s`,
    )
  } catch (error) {
    const told = asStoreError(error, shown)
    for (const pending of batch) pending.reject(told)
  }
}

interface Planned {
  readonly pending: Pending
  readonly failure?: { readonly error: unknown }
}

/** `again`: somebody else wrote, or the connection was lost before anything was done. */
async function tryOnce(session: Session, batch: readonly Pending[]): Promise<readonly Planned[] | 'again'> {
  const { connection } = session
  const { client } = connection
  await connection.ready()
  const connected = connection.count()
  const guards = session.guards()
  const reads = [...new Map(batch.flatMap(each => each.reads).map(name => [idOf(name), name])).values()]
  const watched = [...guards.map(guard => guard.key), ...reads]
  const values = await watchAndRead(session, watched)
  if (values === undefined) return 'again'
  let planned: ReturnType<typeof planBatch>
  try {
    for (const [index, guard] of guards.entries()) guard.check(values[index] ?? null)
    const found = new Map(
      reads.map((name, index) => [idOf(name), values[guards.length + index] ?? undefined]),
    )
    planned = planBatch(batch, found)
  } catch (error) {
    await client.unwatch()
    throw error
  }
  if (connection.lost(connected)) return 'again'
  if (planned.writes.size === 0) {
    await client.unwatch()
    return planned.results
  }
  return (await execute(session, planned.writes)) ? planned.results : 'again'
}

/** Undefined when the connection was lost. */
async function watchAndRead(
  { connection }: Session,
  watched: readonly Buffer[],
): Promise<readonly (Buffer | null)[] | undefined> {
  const { client } = connection
  const connected = connection.count()
  try {
    return (await Promise.all([client.watch(...watched), client.mgetBuffer(...watched)]))[1]
  } catch (error) {
    if (isRefusal(error)) throw error
    if (connection.lost(connected)) return undefined
    // Slow: the server may watch for us later, and only a new connection is known not to.
    client.disconnect(true)
    throw error
  }
}

/** Each update sees what those before it wrote; one that throws leaves nothing. */
function planBatch(
  batch: readonly Pending[],
  found: ReadonlyMap<string, Bytes | undefined>,
): { readonly results: readonly Planned[]; readonly writes: Writes } {
  const writes: Writes = new Map()
  const current = (name: Buffer): Bytes | undefined => {
    const written = writes.get(idOf(name))
    return written ? (written.next ?? undefined) : found.get(idOf(name))
  }
  const results = batch.map((pending): Planned => {
    try {
      for (const [id, write] of pending.plan(current)) writes.set(id, write)
      return { pending }
    } catch (error) {
      return { pending, failure: { error } }
    }
  })
  return { results, writes }
}

/** False: a watched key was changed, or the connection broke and nothing was done. */
async function execute({ connection, mark }: Session, writes: Writes): Promise<boolean> {
  const { client } = connection
  mark.count += 1
  const id = String(mark.count)
  const all = [...writes.values()]
  const kept = all.flatMap(({ name, next }) => (next === null ? [] : [name, bufferOf(next)]))
  const gone = all.flatMap(({ name, next }) => (next === null ? [name] : []))
  const transaction = client.multi().set(mark.name, id, 'PX', markMs)
  if (kept.length > 0) transaction.mset(...kept)
  if (gone.length > 0) transaction.unlink(...gone)
  const connected = connection.count()
  try {
    const replies = await transaction.exec()
    const failed = replies?.find(([error]) => error !== null)
    if (failed) throw failed[0]
    return replies !== null
  } catch (error) {
    if (isRefusal(error)) throw error
    if (!connection.lost(connected)) client.disconnect(true)
    await connection.ready()
    return (await client.get(mark.name)) === id
  }
}

/** Redis itself answered: the transaction was discarded whole. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError'
}

function bufferOf(bytes: Bytes): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
