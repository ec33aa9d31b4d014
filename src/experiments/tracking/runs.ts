import type { Clock } from '../../kernel/clock.ts'
import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import { changeLifecycle, removeTag } from './change-run.ts'
import { checkNewRun, createRun } from './create-run.ts'
import type { RunDocuments } from './documents.ts'
import { fail, findActiveRun, findRun, runObject } from './find-run.ts'
import { withFormerIds } from './former-ids.ts'
import { heartbeat } from './heartbeat.ts'
import { createMetricReads } from './history.ts'
import { addInputs, assertModels } from './inputs.ts'
import { assertDatasets, checkBatch } from './limits.ts'
import type { Signs } from './liveness.ts'
import type { TrackedRun } from './model.ts'
import { assertOwnRun } from './own-runs.ts'
import type { TrackingStores } from './ports.ts'
import type { RunReader } from './read-runs.ts'
import { unknownRun } from './refusals.ts'
import type { TrackedRuns } from './service.ts'
import { updateRun } from './update-run.ts'
import type { TrackingWriter } from './write/writer.ts'

export interface RunDeps {
  readonly uow: UnitOfWork<TrackingStores>
  readonly clock: Clock
  readonly writer: TrackingWriter
  readonly reader: RunReader
  readonly documents: RunDocuments
  readonly signs: Signs
  readonly search: Pick<TrackedRuns, 'search' | 'select' | 'count' | 'keys' | 'metricNames'>
}

export function createTrackedRuns(deps: RunDeps): TrackedRuns {
  const { uow, reader, documents, search } = deps
  const read = uow.read.tracking
  const many = async (ids: readonly string[]): Promise<readonly TrackedRun[]> => {
    const found = new Map((await read.runs.find(ids)).map(run => [run.id, run]))
    const runs = ids.map(id => found.get(id) ?? fail(unknownRun(id)))
    return reader.complete(read, runs)
  }
  return withFormerIds({
    ...search,
    ...createMetricReads(read),
    ...createRunWrites(deps),
    many,
    get: async id => (await many([id]))[0] ?? fail(unknownRun(id)),
    head: async id => reader.head(await findRun(read, id)),
    async outline(id) {
      const [outline] = await reader.outlines(read, [await findRun(read, id)])
      return outline ?? fail(unknownRun(id))
    },
    document: async id => (await documents.find([id]))[0] ?? fail(unknownRun(id)),
    async datasets(experiments) {
      const found = await read.inputs.datasets(experiments.map(Number))
      return found.map(each => ({ ...each, experiment: String(each.experiment) }))
    },
  })
}

type RunWrites = Pick<
  TrackedRuns,
  'create' | 'update' | 'remove' | 'restore' | 'log' | 'removeTag' | 'logInputs' | 'logOutputs' | 'heartbeat'
>

function createRunWrites({ uow, writer, reader, signs, clock }: RunDeps): RunWrites {
  return {
    async create(run, principal) {
      const checked = checkNewRun(run, principal.name)
      return writer.change(principal, context => createRun(context, reader, checked))
    },
    update: (id, change, principal) =>
      writer.change(principal, async context => {
        const run = await findActiveRun(context.tracking, id)
        assertOwnRun(principal, run)
        await updateRun(context, run, change)
        return reader.head(await findRun(context.tracking, id))
      }),
    remove: (id, principal) => writer.change(principal, context => changeLifecycle(context, id, true)),
    restore: (id, principal) => writer.change(principal, context => changeLifecycle(context, id, false)),
    async log(id, batch, principal) {
      const checked = checkBatch(batch)
      await writer.log({ run: id, batch: checked, principal })
    },
    removeTag: (id, key, principal) => writer.change(principal, context => removeTag(context, id, key)),
    async logInputs(id, { datasets = [], models = [] }, principal) {
      assertDatasets(datasets)
      await writer.change(principal, context => addInputs(context, id, { datasets, models }))
    },
    logOutputs: (id, outputs, principal) =>
      writer.change(principal, async ({ tracking, now, audit }) => {
        const run = await findActiveRun(tracking, id)
        assertOwnRun(principal, run)
        const models = outputs.map(({ modelId }) => modelId)
        await assertModels(tracking, models)
        if (!(await tracking.inputs.addModelOutputs(run.ref, outputs))) return
        await tracking.runs.change([run.ref], { seenAt: now })
        await audit({ object: runObject(id), action: 'experiment-run.outputs-logged', details: { models } })
      }),
    heartbeat: (beat, principal) => heartbeat({ uow, writer, reader, signs, clock }, beat, principal),
  }
}
