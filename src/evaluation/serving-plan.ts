import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FettleError } from '../kernel/errors/index.ts'
import type { Scorer } from './ports.ts'

/** Beside the files of a release; without it a model is opened by its format. */
export const servingPlanFile = 'serving-plan.json'

/**
 * What scores a release: measured when it was verified, signed in its verdict page, the same online, in shadow, in batches
 * and when a decision is replayed. It is no part of the release: the digest names what was verified, before it was.
 */
export interface ServingPlan {
  readonly schema: 1
  /** Digest of the release it is for. */
  readonly release: string
  readonly kind: Scorer['kind']
  readonly build: string
  /** Most rows of one batch. */
  readonly maxBatchRows: number
  /** `front`: calls whose rows cost no more than a millisecond are scored in the front, the others in a child. */
  readonly place: 'front' | 'child'
  /** CPU of a row at the mix of batch sizes it was chosen by, in microseconds. */
  readonly microsPerRow: number
}

/** Undefined where the folder holds none. Throws RELEASE_REFUSED for one that cannot be read. */
export async function readServingPlan(folder: string): Promise<ServingPlan | undefined> {
  const text = await readFile(join(folder, servingPlanFile), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw unreadable(error)
  })
  if (text === undefined) return undefined
  try {
    const plan = JSON.parse(text) as ServingPlan
    if (plan.schema === 1 && typeof plan.kind === 'string' && typeof plan.build === 'string') return plan
  } catch (error) {
    throw unreadable(error)
  }
  throw unreadable(undefined)
}

/** Throws RELEASE_REFUSED where a scorer is not the one that was verified: its bits need not be the same. */
export function assertPlanned(
  { kind, build }: { readonly kind: string; readonly build: string },
  plan: ServingPlan,
): void {
  if (kind === plan.kind && build === plan.build) return
  throw new FettleError(
    'RELEASE_REFUSED',
    `it was verified with scorer ${plan.kind} ${plan.build}, and here is ${kind} ${build}: verify it again (fettle release verify)`,
    { hint: 'fettle release verify DEPLOYMENT measures and pins the scorer that is installed.' },
  )
}

function unreadable(cause: unknown): FettleError {
  return new FettleError('RELEASE_REFUSED', `${servingPlanFile} of the release cannot be read`, {
    hint: 'fettle release verify DEPLOYMENT writes it again.',
    cause,
  })
}
