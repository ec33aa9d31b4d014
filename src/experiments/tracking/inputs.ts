import { findActiveRun, runObject } from './find-run.ts'
import type { DatasetInput } from './model.ts'
import { assertOwnRun } from './own-runs.ts'
import type { TrackingStore } from './ports.ts'
import { unknownModel } from './refusals.ts'
import type { ChangeContext } from './write/writer.ts'

/** Adds what a run was made from; equal inputs again change nothing. Throws LOGGED_MODEL_UNKNOWN before it writes. */
export async function addInputs(
  { tracking, now, audit, principal }: ChangeContext,
  id: string,
  { datasets, models }: { readonly datasets: readonly DatasetInput[]; readonly models: readonly string[] },
): Promise<void> {
  const run = await findActiveRun(tracking, id)
  assertOwnRun(principal, run)
  await assertModels(tracking, models)
  const added = await tracking.inputs.addDatasets(run, datasets)
  if (!((await tracking.inputs.addModelInputs(run.ref, models)) || added)) return
  await tracking.runs.change([run.ref], { seenAt: now })
  const names = datasets.map(({ name, digest }) => ({ name, digest }))
  await audit({
    ...{ object: runObject(id), action: 'experiment-run.inputs-logged' },
    details: { datasets: names, models: [...models] },
  })
}

export async function assertModels(tracking: TrackingStore, models: readonly string[]): Promise<void> {
  const known = await tracking.modelRefs(models)
  for (const model of models) if (!known.has(model)) throw unknownModel(model)
}
