import type { Principal } from '../../governance/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { parseDuration } from '../../kernel/time.ts'
import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import { findActiveRun, findRun, runObject } from './find-run.ts'
import type { Signs } from './liveness.ts'
import type { Liveness } from './model.ts'
import type { TrackingStores } from './ports.ts'
import type { RunReader } from './read-runs.ts'
import type { Heartbeat } from './service.ts'
import { foundAgain } from './write/log-group.ts'
import type { ChangeContext, TrackingWriter } from './write/writer.ts'

/** Beats between are only remembered here; other processes on the database judge by what is stored. */
const storeEvery = parseDuration('30s')

export interface HeartbeatDeps {
  readonly uow: UnitOfWork<TrackingStores>
  readonly clock: Clock
  readonly writer: TrackingWriter
  readonly reader: RunReader
  readonly signs: Signs
}

export async function heartbeat(
  { uow, clock, writer, reader, signs }: HeartbeatDeps,
  { run: id, client }: Heartbeat,
  principal: Principal,
): Promise<Liveness> {
  const run = await findActiveRun(uow.read.tracking, id)
  const now = clock.nowMicros()
  signs.note(run.id, now)
  const isKnown = run.beats && run.client === client && now - run.seenAt < storeEvery
  if (run.cause !== 'lost' && (isKnown || run.status !== 'running')) return reader.head(run).liveness
  return writer.change(principal, async context => {
    await storeBeat(context, id, client)
    return reader.head(await findRun(context.tracking, id)).liveness
  })
}

async function storeBeat({ tracking, now, audit }: ChangeContext, id: string, client: string): Promise<void> {
  const run = await findActiveRun(tracking, id)
  const isBack = run.cause === 'lost'
  await tracking.runs.change([run.ref], {
    ...{ seenAt: now, beats: true, client },
    ...(isBack ? foundAgain : {}),
  })
  const object = runObject(id)
  if (isBack) {
    const details = { before: run.status, after: 'running', cause: 'heartbeat' }
    await audit({ object, action: 'experiment-run.found', details })
  }
  if (run.client !== client)
    await audit({ object, action: 'experiment-run.watched', details: { before: run.client, after: client } })
}
