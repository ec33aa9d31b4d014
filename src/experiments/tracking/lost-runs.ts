import type { Principal } from '../../governance/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { type Micros, parseDuration } from '../../kernel/time.ts'
import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import { runObject } from './find-run.ts'
import { lostForGood, patience, type Signs } from './liveness.ts'
import type { StoredRun, TrackingStores } from './ports.ts'
import type { ChangeContext, TrackingWriter } from './write/writer.ts'

/** A run that a step of a pipeline logs to. */
export interface StepRun {
  readonly id: string
  readonly pipelineRun: string
  /** `step:<pipeline run>/<step>` for one that a step made. */
  readonly user: string
  readonly createdAt: Micros
}

/** How the attempt of a step, or else its pipeline run, ended, and why. */
export interface StepEnd {
  readonly state: 'succeeded' | 'failed' | 'cancelled'
  readonly cause?: string
}

/** Ends by id of the run; those that go on have no entry. */
export type PipelineEnds = (runs: readonly StepRun[]) => Promise<ReadonlyMap<string, StepEnd>>

export interface LostRunDeps {
  readonly uow: UnitOfWork<TrackingStores>
  readonly clock: Clock
  readonly writer: TrackingWriter
  readonly signs: Signs
  readonly serverStart: Micros
}

const sweepSize = 500
/** A step's last request may still be on its way when its pipeline ends. */
const afterwards = parseDuration('60s')

/**
 * Ends runs as failed with cause `lost` that have been lost for 24 hours; and those of pipelines that have ended
 * without ending them, a cancelled one's as killed. Answers their ids.
 */
export async function endLostRuns(
  deps: LostRunDeps,
  principal: Principal,
  pipelineEnds: PipelineEnds,
): Promise<readonly string[]> {
  const lost = [...(await silentRuns(deps)), ...(await orphans(deps, pipelineEnds))]
  if (lost.length === 0) return []
  return deps.writer.change(principal, async context => {
    const ended: string[] = []
    for (const each of lost) if (await endRun(context, each)) ended.push(each.run.id)
    return ended
  })
}

interface Lost {
  readonly run: StoredRun
  readonly status: 'failed' | 'killed'
  readonly endedAt: Micros
  /** The end of its attempt or pipeline, if that is why. */
  readonly end: StepEnd | null
}

async function silentRuns({ uow, clock, signs, serverStart }: LostRunDeps): Promise<readonly Lost[]> {
  const found: Lost[] = []
  for (const [beats, { lost }] of [
    [true, patience.beating],
    [false, patience.writing],
  ] as const) {
    const before = clock.nowMicros() - lost - lostForGood
    // Clocks are the server's: nobody could be heard before it started.
    if (serverStart > before) continue
    const which = { ofPipelines: false, beats, limit: sweepSize }
    for (const run of await uow.read.tracking.runs.unseenSince(before, which))
      if (signs.since(run) < before)
        found.push({ run, status: 'failed', endedAt: signs.since(run), end: null })
  }
  return found
}

async function orphans({ uow, clock, signs }: LostRunDeps, ends: PipelineEnds): Promise<readonly Lost[]> {
  const before = clock.nowMicros() - afterwards
  const runs = await uow.read.tracking.runs.unseenSince(before, { ofPipelines: true, limit: sweepSize })
  if (runs.length === 0) return []
  const ended = await ends(
    runs.flatMap(({ id, pipelineRun, user, createdAt }) =>
      pipelineRun === null ? [] : [{ id, pipelineRun, user, createdAt }],
    ),
  )
  return runs.flatMap(run => {
    const end = ended.get(run.id)
    if (end === undefined) return []
    const status = end.state === 'cancelled' ? 'killed' : 'failed'
    return [{ run, status, endedAt: signs.since(run), end }]
  })
}

/** False for a run that was written to meanwhile. */
async function endRun(
  { tracking, audit, watch, stores, now }: ChangeContext,
  { run: { ref, id, revision }, status, endedAt, end }: Lost,
): Promise<boolean> {
  const [run] = await tracking.runs.find([id])
  if (run === undefined || run.revision !== revision) return false
  await tracking.runs.change([ref], { status, endedAt, cause: 'lost' })
  if (status === 'failed') await watch.failed(stores, run, now)
  await audit({
    ...{ object: runObject(id), action: `experiment-run.${status}` },
    details: {
      ...{ before: run.status, after: status, cause: 'lost' },
      ...(end && { pipeline: end.state, ...(end.cause === undefined ? {} : { why: end.cause }) }),
    },
  })
  return true
}
