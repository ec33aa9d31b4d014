import { auditWriter, type Principal } from '../../governance/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import type { LoggedModelStores } from '../logged-models/service.ts'
import type { DatasetInput, Facts, LoggedModel, MetricPoint, RunStatus } from '../tracking/model.ts'
import type { ModelPoint } from '../tracking/ports.ts'
import { unknownExperiment } from '../tracking/refusals.ts'
import type { TrackingService } from '../tracking/service.ts'

export interface ImportedExperiment {
  /** Kept where it is a number that can be and nothing has it. */
  readonly id: string
  readonly name: string
  readonly createdAt: Micros
  readonly updatedAt: Micros
  readonly tags: Facts
}

/** A run without its points, and without the models it read and wrote: those come after the models. */
export interface ImportedRun {
  readonly id: string
  /** Experiment id here. */
  readonly experiment: string
  readonly name: string
  readonly user: string
  readonly status: RunStatus
  readonly startedAt: Micros | null
  readonly endedAt: Micros | null
  readonly tags: Facts
  readonly params: Facts
  readonly datasets: readonly DatasetInput[]
}

export type ImportedLoggedModel = Omit<LoggedModel, 'artifactLocation'>

/**
 * Takes over what another tracking server recorded, with its ids and times. Everything may be sent again and changes
 * nothing then. Errors are those of `TrackingService`.
 */
export interface TrackingImport {
  /** Resolves to its id here: an experiment of that name is gone on with. Deleted ones are restored. */
  experiment(experiment: ImportedExperiment, principal: Principal): Promise<string>
  run(run: ImportedRun, principal: Principal): Promise<void>
  points(run: string, points: readonly MetricPoint[], principal: Principal): Promise<void>
  links(
    run: string,
    models: {
      readonly inputs: readonly string[]
      readonly outputs: readonly { readonly modelId: string; readonly step: number }[]
    },
    principal: Principal,
  ): Promise<void>
  loggedModel(model: ImportedLoggedModel, principal: Principal): Promise<void>
  remove(
    what: { readonly kind: 'run' | 'experiment' | 'loggedModel'; readonly id: string },
    principal: Principal,
  ): Promise<void>
}

export interface TrackingImportDeps {
  readonly uow: UnitOfWork<LoggedModelStores>
  readonly clock: Clock
  readonly tracking: TrackingService
}

export function createTrackingImport(deps: TrackingImportDeps): TrackingImport {
  const { runs, experiments } = deps.tracking
  return {
    experiment: (experiment, principal) => importExperiment(deps, experiment, principal),
    run: (run, principal) => importRun(deps.tracking, run, principal),
    async points(run, points, principal) {
      for (let at = 0; at < points.length; at += 1_000)
        await runs.log(run, { metrics: points.slice(at, at + 1_000) }, principal)
    },
    async links(run, { inputs, outputs }, principal) {
      if (inputs.length > 0) await runs.logInputs(run, { models: inputs }, principal)
      if (outputs.length > 0) await runs.logOutputs(run, outputs, principal)
    },
    loggedModel: (model, principal) => importLoggedModel(deps, model, principal),
    async remove({ kind, id }, principal) {
      if (kind === 'loggedModel') return removeLoggedModel(deps, id, principal)
      const known = kind === 'run' ? await runs.head(id) : await experiments.get(id)
      if (known.lifecycle === 'active') await (kind === 'run' ? runs : experiments).remove(id, principal)
    },
  }
}

async function importExperiment(
  { uow, clock, tracking }: TrackingImportDeps,
  given: ImportedExperiment,
  principal: Principal,
): Promise<string> {
  const { id, deleted } = await uow.transaction(async stores => {
    const rows = stores.tracking.experiments
    const { name, tags, createdAt, updatedAt } = given
    const known = await rows.findByName(name)
    const free = isNumber(given.id) && (await rows.find(Number(given.id))) === undefined
    const number =
      known?.id ??
      (await rows.insert({
        ...(free ? { id: Number(given.id) } : {}),
        ...{ name, owner: principal.name, deleted: false, createdAt, updatedAt },
      }))
    const before = (await rows.tags([number])).get(number) ?? {}
    for (const [key, value] of Object.entries(tags))
      if (before[key] !== value) await rows.setTag(number, key, value)
    if (known === undefined)
      await auditWriter(clock, principal)(stores, {
        action: 'experiment.imported',
        object: `experiment:${name}`,
        details: { id: String(number), from: given.id },
      })
    return { id: String(number), deleted: known?.deleted === true }
  })
  if (deleted) await tracking.experiments.restore(id, principal)
  return id
}

/** Ids of the file store, of 18 digits, are beyond what can be kept. */
const isNumber = (id: string): boolean => /^\d{1,15}$/.test(id)

async function importRun(tracking: TrackingService, run: ImportedRun, principal: Principal): Promise<void> {
  const { runs } = tracking
  const { id, experiment, name, user, status, startedAt, endedAt, tags, params, datasets } = run
  const known = await runs.head(id).catch(unknown)
  if (known === undefined)
    await runs.create(
      { ...{ id, experiment, name, user, status, tags }, ...(startedAt === null ? {} : { startedAt }) },
      principal,
    )
  else if (known.lifecycle === 'deleted') await runs.restore(id, principal)
  for (const some of pieces(params)) await runs.log(id, { params: some }, principal)
  if (known !== undefined) for (const some of pieces(tags)) await runs.log(id, { tags: some }, principal)
  if (datasets.length > 0) await runs.logInputs(id, { datasets }, principal)
  await runs.update(id, { status, name, ...(endedAt === null ? {} : { endedAt }) }, principal)
}

function unknown(error: unknown): undefined {
  if (error instanceof FettleError && error.code === 'EXPERIMENT_RUN_UNKNOWN') return undefined
  throw error
}

/** As many as a batch takes. */
function* pieces(facts: Facts): Iterable<readonly { readonly key: string; readonly value: string }[]> {
  const all = Object.entries(facts).map(([key, value]) => ({ key, value }))
  for (let at = 0; at < all.length; at += 100) yield all.slice(at, at + 100)
}

/** One that is not here, or was removed before, is none to remove. */
async function removeLoggedModel(
  { tracking }: TrackingImportDeps,
  id: string,
  principal: Principal,
): Promise<void> {
  try {
    await tracking.loggedModels.remove(id, principal)
  } catch (error) {
    if (!(error instanceof FettleError && error.code === 'LOGGED_MODEL_UNKNOWN')) throw error
  }
}

async function importLoggedModel(
  { uow, clock, tracking }: TrackingImportDeps,
  model: ImportedLoggedModel,
  principal: Principal,
): Promise<void> {
  const { id, params, tags, metrics, ...facts } = model
  await uow.transaction(async stores => {
    const [known] = await stores.loggedModels.find([id])
    const experiment = await stores.tracking.experiments.find(Number(model.experiment))
    if (experiment === undefined) throw unknownExperiment(model.experiment)
    const ref =
      known?.ref ??
      (await stores.loggedModels.insert({
        ...{ ...facts, id, experiment: experiment.id },
        artifactLocation: `${experiment.artifactLocation}/models/${id}/artifacts`,
      }))
    if (known !== undefined)
      await stores.loggedModels.change(ref, { status: model.status, updatedAt: model.updatedAt })
    const keys = await stores.tracking.ensureKeys(
      new Set([...Object.keys(params), ...Object.keys(tags), ...metrics.map(({ key }) => key)]),
    )
    const numbered = (given: Facts) =>
      new Map(Object.entries(given).map(([key, value]) => [keys.get(key) ?? 0, value]))
    await stores.loggedModels.write('params', ref, numbered(params))
    await stores.loggedModels.write('tags', ref, numbered(tags))
    await stores.tracking.writeModelPoints(
      metrics.map(
        ({ key, dataset, step, at, value, run }): ModelPoint => ({
          ...{ model: ref, key: keys.get(key) ?? 0, step, at, value, run },
          datasetName: dataset?.name ?? '',
          datasetDigest: dataset?.digest ?? '',
        }),
      ),
    )
    await auditWriter(clock, principal)(stores, {
      action: 'logged-model.imported',
      object: `logged-model:${id}`,
      details: { experiment: model.experiment, name: model.name },
    })
  })
  await tracking.loggedModels.get(id)
}
