import { assertPlanned, readServingPlan, type ServingPlan } from '../../evaluation/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { ServableRelease } from '../model.ts'
import type { ScorerFactory, StartScorer } from '../ports.ts'
import { startFrontPool } from './front-pool.ts'
import { startRemotePool } from './remote-pool.ts'
import { type ScorerPool, startScorerPool } from './scorer-pool.ts'

export interface PoolOptions {
  readonly startScorer: StartScorer
  /** Scorers that may run in this process: typed arrays or calls to others, no native code. Left out: all are in children. */
  readonly frontScorers?: ScorerFactory
  readonly standby?: boolean
  /** Processes of a release that score at the same time. Default 1. */
  readonly scorers?: number
  /** Most rows of one batch. Default 512, or what the release's serving plan says where that is less. */
  readonly maxBatchRows?: number
  /** Aborted: what is not loaded yet is wanted no longer. */
  readonly signal?: AbortSignal
}

interface Place {
  readonly release: ServableRelease
  readonly folder: string
}

/**
 * What scores a release: the scorer of its serving plan, where it has one. Rejects RELEASE_REFUSED where that is not what is
 * installed here, or the plan is another release's.
 */
export async function startPool(place: Place, options: PoolOptions): Promise<ScorerPool> {
  const plan = await readServingPlan(place.folder)
  if (plan && plan.release !== place.release.digest)
    throw new FettleError('RELEASE_REFUSED', 'its serving plan is of another release')
  if (place.release.model.format === 'oip' && options.frontScorers)
    return planned(
      await startRemotePool({
        ...{ release: place.release, releaseFolder: place.folder, scorers: options.frontScorers },
        ...batchCap(plan, options),
      }),
      plan,
    )
  const child = await startScorerPool({
    releaseFolder: place.folder,
    startScorer: options.startScorer,
    ...(plan === undefined ? {} : { kind: plan.kind }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.standby === undefined ? {} : { standby: options.standby }),
    ...(options.scorers === undefined ? {} : { scorers: options.scorers }),
    ...batchCap(plan, options),
  })
  try {
    return await inFront(await planned(child, plan), { ...place, plan }, options)
  } catch (error) {
    await child.drain()
    throw error
  }
}

async function planned(pool: ScorerPool, plan: ServingPlan | undefined): Promise<ScorerPool> {
  try {
    if (plan) assertPlanned(pool.facts, plan)
    return pool
  } catch (error) {
    await pool.drain()
    throw error
  }
}

function batchCap(
  plan: ServingPlan | undefined,
  { maxBatchRows }: PoolOptions,
): { readonly maxBatchRows?: number } {
  const caps = [plan?.maxBatchRows, maxBatchRows].filter(rows => rows !== undefined)
  return caps.length === 0 ? {} : { maxBatchRows: Math.min(...caps) }
}

/** Before the child, the scorer itself, where the plan has it in the front. */
async function inFront(
  child: ScorerPool,
  { release, folder, plan }: Place & { readonly plan: ServingPlan | undefined },
  { frontScorers }: PoolOptions,
): Promise<ScorerPool> {
  if (plan?.place !== 'front' || frontScorers === undefined) return child
  const pool = await startFrontPool({
    ...{ release, releaseFolder: folder, child },
    open: request => frontScorers.open({ ...request, kind: plan.kind }),
  })
  return planned(pool, plan)
}
