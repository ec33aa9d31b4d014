import { FettleError } from '../../kernel/errors/index.ts'
import { findActiveRun, findRun, runObject } from './find-run.ts'
import { assertOwnRun } from './own-runs.ts'
import { deletedExperiment } from './refusals.ts'
import type { ChangeContext } from './write/writer.ts'

/** Deleting a deleted run, and restoring one that is not, changes nothing. */
export async function changeLifecycle(context: ChangeContext, id: string, deleted: boolean): Promise<void> {
  const { tracking, audit, principal } = context
  const run = await findRun(tracking, id)
  assertOwnRun(principal, run)
  if (run.deleted === deleted) return
  if (!deleted) {
    const experiment = await tracking.experiments.find(run.experiment)
    if (experiment?.deleted) throw deletedExperiment(run.experiment)
  }
  await tracking.runs.change([run.ref], { deleted, deletedWith: false })
  const action = deleted ? 'experiment-run.deleted' : 'experiment-run.restored'
  await audit({ object: runObject(id), action, details: {} })
}

export async function removeTag(context: ChangeContext, id: string, tag: string): Promise<void> {
  const { tracking, now, audit, principal } = context
  const run = await findActiveRun(tracking, id)
  assertOwnRun(principal, run)
  const key = (await tracking.keyIds([tag])).get(tag)
  const [known] = key === undefined ? [] : await tracking.facts.find('tags', [[run.ref, key]])
  if (key === undefined || known === undefined)
    throw new FettleError('TAG_UNKNOWN', `No tag with name: ${tag} in run with id ${id}`)
  await tracking.facts.remove('tags', [run.ref, key])
  const change = tag === 'mlflow.parentRunId' ? { parent: null } : {}
  await tracking.runs.change([run.ref], { ...change, seenAt: now })
  const details = { key: tag, before: known.value }
  await audit({ object: runObject(id), action: 'experiment-run.tag-removed', details })
}
