import { randomBytes } from 'node:crypto'
import { auditWriter, type Principal } from '../../governance/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import { type Cursors, createCursors } from '../search/cursors.ts'
import type { TrackingSearchStore } from '../search/ports.ts'
import { checkBatch } from '../tracking/limits.ts'
import type { Facts, LoggedModel } from '../tracking/model.ts'
import { inventName } from '../tracking/names.ts'
import type { TrackingStores } from '../tracking/ports.ts'
import { deletedExperiment, unknownExperiment, unknownModel } from '../tracking/refusals.ts'
import type { LoggedModels } from '../tracking/service.ts'
import type { LoggedModelStore, NumberedFacts, StoredLoggedModel } from './ports.ts'
import { searchLoggedModels } from './search.ts'

export interface LoggedModelStores extends TrackingStores {
  readonly loggedModels: LoggedModelStore
  readonly trackingSearch: TrackingSearchStore
}

export interface LoggedModelDeps {
  readonly uow: UnitOfWork<LoggedModelStores>
  readonly clock: Clock
}

export function createLoggedModels(deps: LoggedModelDeps): LoggedModels {
  const { uow } = deps
  const cursors: Cursors = createCursors(uow)
  const get = async (id: string) => publicForm(await findModel(uow.read, id))
  return {
    create: async (model, principal) => get(await createModel(deps, model, principal)),
    get,
    async finish(id, status, principal) {
      await changeModel(deps, { id, principal }, async (stores, { ref }) => {
        await stores.loggedModels.change(ref, { status, updatedAt: deps.clock.nowMicros() })
        return { action: `logged-model.${status}`, details: {} }
      })
      return get(id)
    },
    remove: (id, principal) =>
      changeModel(deps, { id, principal }, async (stores, { ref }) => {
        await stores.loggedModels.change(ref, { deleted: true, updatedAt: deps.clock.nowMicros() })
        return { action: 'logged-model.deleted', details: {} }
      }),
    async setTags(id, tags, principal) {
      const checked = checkedFacts('tags', tags)
      await changeModel(deps, { id, principal }, (stores, model) => writeTags(stores, model, checked))
      return get(id)
    },
    removeTag: (id, key, principal) =>
      changeModel(deps, { id, principal }, async (stores, { ref, tags }) => {
        const number = (await stores.tracking.keyIds([key])).get(key)
        if (number === undefined || !(await stores.loggedModels.removeTag(ref, number)))
          throw new FettleError('TAG_UNKNOWN', `No tag with key: ${key} in model with id ${id}`)
        return { action: 'logged-model.tag-removed', details: { key, before: tags[key] ?? null } }
      }),
    async logParams(id, params, principal) {
      const checked = checkedFacts('params', params)
      await changeModel(deps, { id, principal }, (stores, model) => addParams(stores, model, checked))
    },
    search: query =>
      searchLoggedModels({ store: uow.read, cursors, now: () => deps.clock.nowMicros() }, query),
  }
}

function publicForm({ ref: _, ...model }: StoredLoggedModel): LoggedModel {
  return model
}

async function findModel({ loggedModels }: LoggedModelStores, id: string): Promise<StoredLoggedModel> {
  const [model] = await loggedModels.find([id])
  if (model === undefined) throw unknownModel(id)
  return model
}

type NewModel = Parameters<LoggedModels['create']>[0]

async function createModel(
  { uow, clock }: LoggedModelDeps,
  model: NewModel,
  principal: Principal,
): Promise<string> {
  const name = model.name ?? inventName()
  assertName(name)
  const params = checkedFacts('params', model.params ?? {})
  const tags = checkedFacts('tags', model.tags ?? {})
  const id = `m-${randomBytes(16).toString('hex')}`
  await uow.transaction(async stores => {
    const experiment = await activeExperiment(stores, model.experiment)
    const at = clock.nowMicros()
    const ref = await stores.loggedModels.insert({
      id,
      experiment: experiment.id,
      name,
      modelType: model.modelType ?? '',
      sourceRun: model.sourceRun || null,
      status: 'pending',
      artifactLocation: `${experiment.artifactLocation}/models/${id}/artifacts`,
      createdAt: at,
      updatedAt: at,
    })
    await stores.loggedModels.write('params', ref, await numbered(stores, params))
    await stores.loggedModels.write('tags', ref, await numbered(stores, tags))
    await auditWriter(clock, principal)(stores, {
      action: 'logged-model.created',
      object: `logged-model:${id}`,
      details: { experiment: model.experiment, name, sourceRun: model.sourceRun ?? null },
    })
  })
  return id
}

async function activeExperiment({ tracking }: LoggedModelStores, id: string) {
  const experiment = /^[0-9]{1,15}$/.test(id) ? await tracking.experiments.find(Number(id)) : undefined
  if (experiment === undefined) throw unknownExperiment(id)
  if (experiment.deleted) throw deletedExperiment(id)
  return experiment
}

function assertName(name: string): void {
  if (name !== '' && name.length <= 500 && !/[/:.%"']/.test(name)) return
  throw new FettleError(
    'TRACKING_INVALID',
    `Invalid model name (${JSON.stringify(name.slice(0, 100))}) provided. Model name must be a non-empty string and cannot contain the following characters: ['/', ':', '.', '%', '"', "'"]`,
  )
}

/** Checked and cut as a run's are; the mark of what was cut is a run's alone. */
function checkedFacts(kind: 'params' | 'tags', facts: Facts): ReadonlyMap<string, string> {
  const entries = Object.entries(facts).map(([key, value]) => ({ key, value }))
  const checked = new Map<string, string>()
  for (const entry of entries)
    for (const [key, value] of checkBatch({ [kind]: [entry] })[kind])
      if (key === entry.key) checked.set(key, value)
  return checked
}

async function numbered(
  { tracking }: LoggedModelStores,
  facts: ReadonlyMap<string, string>,
): Promise<NumberedFacts> {
  const keys = await tracking.ensureKeys(facts.keys())
  return new Map([...facts].map(([key, value]) => [keys.get(key) ?? 0, value]))
}

interface Change {
  readonly action: string
  readonly details: Readonly<Record<string, string | number | null>>
}

/** One transaction with its audit row; a change that changes nothing leaves none. */
async function changeModel(
  { uow, clock }: LoggedModelDeps,
  { id, principal }: { readonly id: string; readonly principal: Principal },
  change: (stores: LoggedModelStores, model: StoredLoggedModel) => Promise<Change | undefined>,
): Promise<void> {
  await uow.transaction(async stores => {
    const changed = await change(stores, await findModel(stores, id))
    if (changed === undefined) return
    await auditWriter(clock, principal)(stores, { ...changed, object: `logged-model:${id}` })
  })
}

async function writeTags(
  stores: LoggedModelStores,
  { ref, tags }: StoredLoggedModel,
  wanted: ReadonlyMap<string, string>,
): Promise<Change | undefined> {
  const changed = new Map([...wanted].filter(([key, value]) => tags[key] !== value))
  if (changed.size === 0) return undefined
  await stores.loggedModels.write('tags', ref, await numbered(stores, changed))
  const before = Object.fromEntries([...changed.keys()].map(key => [key, tags[key] ?? null]))
  return { action: 'logged-model.tagged', details: before }
}

/** Params are written once; the same again is a no-op. */
async function addParams(
  stores: LoggedModelStores,
  { id, ref, params }: StoredLoggedModel,
  wanted: ReadonlyMap<string, string>,
): Promise<Change | undefined> {
  const added = new Map<string, string>()
  for (const [key, value] of wanted) {
    const before = Object.hasOwn(params, key) ? params[key] : undefined
    if (before === value) continue
    if (before !== undefined)
      throw new FettleError(
        'PARAM_CHANGED',
        `Changing param values is not allowed. Param with key='${key}' was already logged with value='${before}' for model ID='${id}'. Attempted logging new value '${value}'.`,
        { details: { key, before, after: value } },
      )
    added.set(key, value)
  }
  if (added.size === 0) return undefined
  await stores.loggedModels.write('params', ref, await numbered(stores, added))
  return { action: 'logged-model.params-logged', details: { added: added.size } }
}
