import { FettleError } from '../../kernel/errors/index.ts'
import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import { assertExperimentName, assertExperimentTag } from './limits.ts'
import type { TrackedExperiment } from './model.ts'
import type { StoredExperiment, TrackingStore, TrackingStores } from './ports.ts'
import { deletedExperiment, unknownExperiment } from './refusals.ts'
import type { TrackedExperiments } from './service.ts'
import type { ChangeContext, TrackingWriter } from './write/writer.ts'

export interface ExperimentDeps {
  readonly uow: UnitOfWork<TrackingStores>
  readonly writer: TrackingWriter
  readonly search: Pick<TrackedExperiments, 'search'>
}

export function createTrackedExperiments({ uow, writer, search }: ExperimentDeps): TrackedExperiments {
  const read = uow.read.tracking
  return {
    ...search,
    async create({ name, artifactLocation, tags = {} }, principal) {
      assertExperimentName(name)
      for (const [index, [key, value]] of Object.entries(tags).entries())
        assertExperimentTag(key, value, `tags[${index}].key`)
      return writer.change(principal, async context => {
        const known = await context.tracking.experiments.findByName(name)
        if (known !== undefined) throw nameTaken(known)
        return insert(context, {
          name,
          owner: principal.name,
          tags,
          ...(artifactLocation ? { artifactLocation } : {}),
        })
      })
    },
    async ensure(name, principal) {
      assertExperimentName(name)
      const known = await read.experiments.findByName(name)
      if (known !== undefined && !known.deleted) return complete(read, known)
      return writer.change(principal, context => ensureExperiment(context, name))
    },
    get: async id => complete(read, await find(read, id)),
    async getByName(name) {
      const known = await read.experiments.findByName(name)
      if (known === undefined)
        throw new FettleError('EXPERIMENT_UNKNOWN', `Could not find experiment with name '${name}'`)
      return complete(read, known)
    },
    statistics: async ids => {
      const found = await read.experiments.statistics(ids.map(Number))
      return new Map([...found].map(([id, statistics]) => [String(id), statistics]))
    },
    remove: (id, principal) => writer.change(principal, context => changeLifecycle(context, id, true)),
    restore: (id, principal) => writer.change(principal, context => changeLifecycle(context, id, false)),
    async rename(id, name, principal) {
      assertExperimentName(name)
      await writer.change(principal, context => rename(context, id, name))
    },
    async setTag(id, { key, value }, principal) {
      assertExperimentTag(key, value)
      await writer.change(principal, async ({ tracking, now, audit }) => {
        const { id: number, name } = await findActive(tracking, id)
        const before = (await tracking.experiments.tags([number])).get(number)?.[key] ?? null
        if (before === value) return
        await tracking.experiments.setTag(number, key, value)
        await tracking.experiments.update(number, { updatedAt: now })
        await audit({
          ...about(name),
          action: 'experiment.tag-set',
          details: { id, key, before, after: value },
        })
      })
    },
    removeTag: (id, key, principal) =>
      writer.change(principal, async ({ tracking, now, audit }) => {
        const { id: number, name } = await findActive(tracking, id)
        const before = (await tracking.experiments.tags([number])).get(number)?.[key]
        if (before === undefined)
          throw new FettleError('TAG_UNKNOWN', `No tag with name: ${key} in experiment with id ${id}`)
        await tracking.experiments.removeTag(number, key)
        await tracking.experiments.update(number, { updatedAt: now })
        await audit({ ...about(name), action: 'experiment.tag-removed', details: { id, key, before } })
      }),
  }
}

/** The one of that name, made when there is none. Throws TRACKING_DELETED. */
export async function ensureExperiment(context: ChangeContext, name: string): Promise<TrackedExperiment> {
  const found = await context.tracking.experiments.findByName(name)
  if (found?.deleted) throw deletedExperiment(found.id)
  if (found !== undefined) return complete(context.tracking, found)
  return insert(context, { name, owner: context.principal.name, tags: {} })
}

const about = (name: string) => ({ object: `experiment:${name}` })

function nameTaken({ name, deleted }: StoredExperiment): FettleError {
  return new FettleError(
    'NAME_TAKEN',
    deleted
      ? `Experiment '${name}' already exists in deleted state. You can restore the experiment, or permanently delete the experiment to create a new one.`
      : `Experiment(name=${name}) already exists.`,
  )
}

async function insert(
  { tracking, now, audit }: ChangeContext,
  experiment: {
    readonly name: string
    readonly owner: string
    readonly tags: Readonly<Record<string, string>>
    readonly artifactLocation?: string
  },
): Promise<TrackedExperiment> {
  const { tags, ...given } = experiment
  const id = await tracking.experiments.insert({ ...given, deleted: false, createdAt: now, updatedAt: now })
  for (const [key, value] of Object.entries(tags)) await tracking.experiments.setTag(id, key, value)
  await audit({ ...about(given.name), action: 'experiment.created', details: { id: String(id), tags } })
  return complete(tracking, await find(tracking, String(id)))
}

/** Throws EXPERIMENT_UNKNOWN. */
export async function find(tracking: TrackingStore, id: string): Promise<StoredExperiment> {
  const known = /^\d{1,15}$/.test(id) ? await tracking.experiments.find(Number(id)) : undefined
  if (known === undefined) throw unknownExperiment(id)
  return known
}

export async function findActive(tracking: TrackingStore, id: string): Promise<StoredExperiment> {
  const known = await find(tracking, id)
  if (known.deleted) throw deletedExperiment(id)
  return known
}

async function complete(tracking: TrackingStore, stored: StoredExperiment): Promise<TrackedExperiment> {
  const tags = await tracking.experiments.tags([stored.id])
  return toTracked(stored, tags.get(stored.id) ?? {})
}

export function toTracked(stored: StoredExperiment, tags: TrackedExperiment['tags']): TrackedExperiment {
  const { id, deleted, ...facts } = stored
  return { ...facts, id: String(id), lifecycle: deleted ? 'deleted' : 'active', tags }
}

async function changeLifecycle(
  { tracking, now, audit }: ChangeContext,
  id: string,
  deleted: boolean,
): Promise<void> {
  const experiment = await find(tracking, id)
  // Clients expect that only an active experiment can be deleted, and only a deleted one restored.
  if (experiment.deleted === deleted) throw unknownExperiment(id)
  await tracking.experiments.update(experiment.id, { deleted, updatedAt: now })
  const runs = await tracking.runs.changeWithExperiment(experiment.id, deleted)
  const action = deleted ? 'experiment.deleted' : 'experiment.restored'
  await audit({ ...about(experiment.name), action, details: { id, runs } })
}

async function rename({ tracking, now, audit }: ChangeContext, id: string, name: string): Promise<void> {
  const experiment = await find(tracking, id)
  if (experiment.deleted)
    throw new FettleError('TRACKING_DELETED', 'Cannot rename a non-active experiment.', {
      details: { experiment: id },
    })
  if (experiment.name === name) return
  const known = await tracking.experiments.findByName(name)
  if (known !== undefined) throw nameTaken(known)
  await tracking.experiments.update(experiment.id, { name, updatedAt: now })
  await audit({
    ...about(name),
    action: 'experiment.renamed',
    details: { id, before: experiment.name, after: name },
  })
}
