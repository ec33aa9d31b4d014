import type { DeploymentsDependencies, HeldOutCount, JudgedSet } from '../deployments/index.ts'
import type { TrainingSetRecords } from '../features/index.ts'
import { contentHash, type Json } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { ObjectStore } from '../pipelines/index.ts'
import type { Preview } from '../projects/index.ts'
import { heldOutSet } from './gate-runs.ts'

export interface HeldOutCellsParts {
  readonly records: TrainingSetRecords
  readonly objects: Pick<ObjectStore, 'locate'>
  /** Counts in a process of its own. */
  count: Preview['heldOut']
}

/** Counts are remembered for so many declarations. */
const remembered = 50

/**
 * Counts the held-out rows of the newest build once for each declaration: a build never changes, and a plan is made again
 * and again.
 */
export function heldOutCells({
  records,
  objects,
  count,
}: HeldOutCellsParts): DeploymentsDependencies['heldOutCells'] {
  const known = new Map<string, ReturnType<Preview['heldOut']>>()
  return async ({ deployment, model, trainingSet }) => {
    const [record] = await records.list(trainingSet.name)
    if (record === undefined) return null
    const { files, ...set } = heldOutSet(record, { model, trainingSet })
    const { slices, contracts, entity, fairness } = deployment
    const declared = JSON.parse(JSON.stringify({ slices, contracts, entity, fairness, set })) as Json
    const key = contentHash(declared)
    const found = known.get(key) ?? count({ deployment, set, files: await located(objects, files) })
    if (known.size >= remembered) known.clear()
    known.set(key, found)
    // What could not be read may be there next time.
    found.catch(() => known.delete(key))
    return found
  }
}

async function located(
  objects: HeldOutCellsParts['objects'],
  files: JudgedSet['files'],
): Promise<HeldOutCount['files']> {
  return Promise.all(
    files.map(async ({ path, hash }) => {
      const place = await objects.locate(hash)
      if (place === undefined)
        throw new FettleError('OBJECT_UNKNOWN', `${path} of the set is no longer stored`)
      return place
    }),
  )
}
