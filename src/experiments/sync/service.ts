import type { Principal } from '../../governance/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { uuidv7 } from '../../kernel/ids.ts'
import type { Micros } from '../../kernel/time.ts'
import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import type { ArtifactFileStore } from '../artifacts/ports.ts'
import type { Liveness } from '../tracking/model.ts'
import type { TrackingStores } from '../tracking/ports.ts'
import type { RunReader } from '../tracking/read-runs.ts'
import type { TrackedRuns } from '../tracking/service.ts'
import type { ChangeContext, TrackingWriter } from '../tracking/write/writer.ts'
import { applyOperations, type ReadOperation } from './apply.ts'
import type { Receipt, RefusedOperation, ServerIdentity, Shipment } from './model.ts'
import type { ClientMark } from './ports.ts'
import { readOperation, runOf } from './read-operation.ts'

/** Takes what clients have written to their spools: each operation once, in its order, whatever is cut or sent again. */
export interface SyncService {
  /** How far a client has come, and who answers. */
  contact(client: string): Promise<{
    readonly server: ServerIdentity
    readonly acknowledged: number
    /** Of the last acknowledged operation; empty before the first. */
    readonly digest: string
    readonly now: Micros
  }>
  /**
   * Resolved means durable, up to the number it answers. Throws SYNC_OTHER_SERVER, SYNC_GAP (an operation before is
   * missing), SYNC_DIVERGED (two spools under one client id), TRACKING_BUSY; then nothing of it is done.
   */
  send(shipment: Shipment, principal: Principal): Promise<Receipt>
  refusals(client: string): Promise<readonly RefusedOperation[]>
  clients(limit: number): Promise<readonly ClientMark[]>
  /** Signs of life of the runs of a client; runs that are not known here are left out. */
  beat(client: string, runs: readonly string[], principal: Principal): Promise<ReadonlyMap<string, Liveness>>
}

export interface SyncDeps {
  readonly uow: UnitOfWork<TrackingStores & { readonly artifactFiles: ArtifactFileStore }>
  readonly clock: Clock
  /** What this server is called, for people. */
  readonly name: string
  readonly writer: TrackingWriter
  readonly reader: RunReader
  readonly runs: Pick<TrackedRuns, 'heartbeat'>
}

const noMark = { sequence: 0, digest: '' }

export function createSyncService(deps: SyncDeps): SyncService {
  const { uow, clock, name, writer, runs } = deps
  const { sync } = uow.read
  let known: ServerIdentity | undefined
  const identity = async (): Promise<ServerIdentity> => {
    known ??= { id: (await sync.identity()) ?? (await identify(uow)), name }
    return known
  }
  return {
    async contact(client) {
      const { sequence, digest } = (await sync.mark(client)) ?? noMark
      return { server: await identity(), acknowledged: sequence, digest, now: clock.nowMicros() }
    },
    async send(shipment, principal) {
      const server = await identity()
      assertServer(shipment, server)
      const skew = clock.nowMicros() - shipment.sentAt
      const operations = await readAll(deps, shipment)
      const { acknowledged, refused } = await writer.change(
        principal,
        context => receive(context, deps.reader, { shipment, operations, skew }),
        sizeOf(operations),
      )
      return { server, acknowledged, refused, skew }
    },
    refusals: client => sync.refusals(client, { from: 1, to: Number.MAX_SAFE_INTEGER }),
    clients: limit => sync.marks(limit),
    async beat(client, ids, principal) {
      const beats = new Map<string, Liveness>()
      for (const run of new Set(ids)) {
        const liveness = await runs
          .heartbeat({ run, client, at: clock.nowMicros() }, principal)
          .catch(ifKnown)
        if (liveness !== undefined) beats.set(run, liveness)
      }
      return beats
    },
  }
}

function ifKnown(error: unknown): undefined {
  if (error instanceof FettleError && error.status < 500) return undefined
  throw error
}

function identify(uow: SyncDeps['uow']): Promise<string> {
  return uow.transaction(async ({ sync }) => {
    const id = uuidv7().replaceAll('-', '')
    await sync.identify(id)
    return (await sync.identity()) ?? id
  })
}

function assertServer({ server }: Shipment, { id, name }: ServerIdentity): void {
  if (server === undefined || server.id === id) return
  throw new FettleError(
    'SYNC_OTHER_SERVER',
    `The spool belongs to server "${server.name}" (${server.id}); this is "${name}" (${id})`,
    { details: { spool: { ...server }, server: { id, name } } },
  )
}

/** Operations as they were read, each with what it can be refused for before anything is written. */
async function readAll({ uow }: SyncDeps, { operations }: Shipment): Promise<readonly ReadOperation[]> {
  const read: ReadOperation[] = []
  for (const sent of operations) {
    try {
      const operation = readOperation(sent)
      if (operation.kind === 'file') {
        const file = await uow.read.artifactFiles.find({ kind: 'run', id: operation.run }, operation.path)
        if (file?.hash !== operation.hash)
          throw new FettleError(
            'ARTIFACT_UNKNOWN',
            `Run ${operation.run} has no file "${operation.path}" with ${operation.hash}`,
          )
      }
      read.push(operation)
    } catch (error) {
      if (!(error instanceof FettleError)) throw error
      read.push(error)
    }
  }
  return read
}

function sizeOf(operations: readonly ReadOperation[]): number {
  return operations.reduce(
    (sum, each) => sum + 1 + ('batch' in each ? (each.batch.metrics?.length ?? 0) : 0),
    0,
  )
}

interface Receiving {
  readonly shipment: Shipment
  readonly operations: readonly ReadOperation[]
  readonly skew: Micros
}

async function receive(
  context: ChangeContext,
  reader: RunReader,
  { shipment, operations, skew }: Receiving,
): Promise<Pick<Receipt, 'acknowledged' | 'refused'>> {
  const { client, from, last } = shipment
  const { stores, now, principal } = context
  const mark = (await stores.sync.mark(client)) ?? noMark
  assertFollows(shipment, mark)
  const done = mark.sequence - from + 1
  const to = from + operations.length - 1
  if (done >= operations.length)
    return { acknowledged: mark.sequence, refused: await stores.sync.refusals(client, { from, to }) }
  const refusals = await applyOperations(context, operations.slice(done), { reader, skew })
  const refused = refusals.flatMap((error, index) =>
    error === undefined
      ? []
      : [
          {
            sequence: mark.sequence + 1 + index,
            run: runOf(shipment.operations[done + index]),
            ...{ code: error.code, message: error.message.slice(0, 2_000) },
          },
        ],
  )
  await stores.sync.addRefusals(client, refused, now)
  await stores.sync.setMark({
    ...{ client, sequence: to, digest: last, skew, principal: principal.name, seenAt: now },
  })
  return { acknowledged: to, refused: [...(await stores.sync.refusals(client, { from, to }))] }
}

function assertFollows(
  { client, from, after }: Shipment,
  mark: Pick<ClientMark, 'sequence' | 'digest'>,
): void {
  if (from > mark.sequence + 1)
    throw new FettleError(
      'SYNC_GAP',
      `Operation ${mark.sequence + 1} of client ${client} is missing: these begin with ${from}`,
      { details: { expected: mark.sequence + 1, from } },
    )
  if (from === mark.sequence + 1 && after !== mark.digest)
    throw new FettleError(
      'SYNC_DIVERGED',
      `Operation ${mark.sequence} of client ${client} is another one here: two spools have the same client id`,
      { details: { acknowledged: mark.sequence } },
    )
}
