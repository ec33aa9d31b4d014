import { type AuditStores, auditWriter, type Principal } from '../../governance/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { newId } from '../../kernel/ids.ts'
import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import type { TrackedRuns } from '../tracking/service.ts'
import { keysOfColumn } from './columns.ts'
import type { SavedView, ViewContent, ViewVersion } from './model.ts'
import type { SavedViewStore } from './ports.ts'

export interface SavedViewStores extends AuditStores {
  readonly savedViews: SavedViewStore
}

export interface SavedViewDeps {
  readonly uow: UnitOfWork<SavedViewStores>
  readonly clock: Clock
  readonly runs: Pick<TrackedRuns, 'keys'>
}

/** Errors: VIEW_UNKNOWN, VIEW_NOT_YOURS, VIEW_CHANGED (somebody saved it since), NAME_TAKEN, TRACKING_INVALID. */
export interface SavedViewService {
  create(
    view: { readonly experiment: string; readonly name: string; readonly content: ViewContent },
    principal: Principal,
  ): Promise<SavedView>
  /** `base` is the version the change was made from. */
  change(
    change: {
      readonly id: string
      readonly base: number
      readonly name?: string
      readonly content: ViewContent
    },
    principal: Principal,
  ): Promise<SavedView>
  remove(id: string, principal: Principal): Promise<void>
  list(experiment: string): Promise<readonly SavedView[]>
  get(id: string, version?: number): Promise<SavedView>
  /** Newest first. */
  versions(id: string): Promise<readonly ViewVersion[]>
  /** Columns of the view that no run of its experiment has (any more). */
  vanished(view: SavedView): Promise<readonly string[]>
}

export function createSavedViewService(deps: SavedViewDeps): SavedViewService {
  const { uow } = deps
  return {
    create: (view, principal) => create(deps, view, principal),
    change: (change, principal) => changeView(deps, change, principal),
    remove: (id, principal) =>
      uow.transaction(async stores => {
        const view = await owned(stores, id, principal)
        await stores.savedViews.remove(id)
        await record(deps, stores, { view, principal, action: 'saved-view.removed' })
      }),
    list: experiment => uow.read.savedViews.list(experiment),
    get: async (id, version) => (await uow.read.savedViews.find(id, version)) ?? unknownView(id, version),
    versions: id => uow.read.savedViews.versions(id),
    vanished: view => vanishedColumns(deps.runs, view),
  }
}

function unknownView(id: string, version?: number): never {
  const which = version === undefined ? '' : ` with a version ${version}`
  throw new FettleError('VIEW_UNKNOWN', `There is no saved view ${id}${which}`)
}

async function create(
  deps: SavedViewDeps,
  { experiment, name, content }: Parameters<SavedViewService['create']>[0],
  principal: Principal,
): Promise<SavedView> {
  assertName(name)
  return deps.uow.transaction(async stores => {
    await assertFree(stores, experiment, name)
    const by = principal.name
    const view: SavedView = {
      id: newId('view'),
      experiment,
      name,
      owner: by,
      version: 1,
      at: deps.clock.nowMicros(),
      by,
      content,
    }
    await stores.savedViews.insert(view)
    await record(deps, stores, { view, principal, action: 'saved-view.created' })
    return view
  })
}

async function changeView(
  deps: SavedViewDeps,
  { id, base, name, content }: Parameters<SavedViewService['change']>[0],
  principal: Principal,
): Promise<SavedView> {
  if (name !== undefined) assertName(name)
  return deps.uow.transaction(async stores => {
    const before = await owned(stores, id, principal)
    if (before.version !== base)
      throw new FettleError(
        'VIEW_CHANGED',
        `View "${before.name}" is at version ${before.version}, saved by ${before.by}; the change was made from ${base}`,
        { details: { version: before.version, by: before.by } },
      )
    if (name !== undefined && name !== before.name) await assertFree(stores, before.experiment, name)
    const view: SavedView = {
      ...before,
      name: name ?? before.name,
      version: before.version + 1,
      at: deps.clock.nowMicros(),
      by: principal.name,
      content,
    }
    await stores.savedViews.append(view)
    await record(deps, stores, { view, principal, action: 'saved-view.changed' })
    return view
  })
}

function assertName(name: string): void {
  if (name.trim() === '' || name.length > 100)
    throw new FettleError('TRACKING_INVALID', 'name: a view has a name of 1 to 100 characters', {
      details: { field: 'name' },
    })
}

async function assertFree(stores: SavedViewStores, experiment: string, name: string): Promise<void> {
  const taken = await stores.savedViews.findByName(experiment, name)
  if (taken !== undefined)
    throw new FettleError('NAME_TAKEN', `There is a view "${name}" already, of ${taken.owner}`, {
      details: { id: taken.id },
    })
}

async function owned(stores: SavedViewStores, id: string, principal: Principal): Promise<SavedView> {
  const view = (await stores.savedViews.find(id)) ?? unknownView(id)
  if (view.owner !== principal.name)
    throw new FettleError('VIEW_NOT_YOURS', `View "${view.name}" belongs to ${view.owner}`)
  return view
}

interface Recorded {
  readonly view: SavedView
  readonly principal: Principal
  readonly action: string
}

function record({ clock }: SavedViewDeps, stores: SavedViewStores, { view, principal, action }: Recorded) {
  const { id, experiment, name, version } = view
  return auditWriter(clock, principal)(stores, {
    action,
    object: `saved-view:${id}`,
    details: { experiment, name, version },
  })
}

const mostKeys = 500

async function vanishedColumns(
  runs: SavedViewDeps['runs'],
  { experiment, content }: SavedView,
): Promise<readonly string[]> {
  const found = await Promise.all(
    (content.columns ?? []).map(async column => {
      const named = keysOfColumn(column)
      return named === undefined || (await anyKnown(runs, experiment, named))
    }),
  )
  return (content.columns ?? []).filter((_, index) => !found[index])
}

async function anyKnown(
  runs: SavedViewDeps['runs'],
  experiment: string,
  { kind, keys }: NonNullable<ReturnType<typeof keysOfColumn>>,
): Promise<boolean> {
  for (const key of keys) {
    const like = await runs.keys({ experiments: [experiment], kind, contains: key, limit: mostKeys })
    // Too many names hold this one to have seen all: it is not said to be gone.
    if (like.includes(key) || like.length === mostKeys) return true
  }
  return false
}
