import {
  expireView,
  type MaterializeOptions,
  type OfflineEngine,
  type OnlineStore,
  planMaterialization,
  rollbackView,
  type ViewClosure,
  verifyView,
} from '../../features/index.ts'
import type { Json } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'

/** What a run of a materializing pipeline was asked for beside filling the store: `fettle run X-online --param plan=only`. */
export interface MaintenanceParams {
  /** Says what would be done, and does nothing. */
  readonly plan?: 'only'
  /** The view that goes back to the generation that served before. */
  readonly rollback?: string
  /** Keys of each view that are compared with the offline answer afterwards. */
  readonly verify?: number
  /** Makes keys that differ anew. */
  readonly repair?: boolean
}

export interface MaintenanceParts {
  readonly engine: OfflineEngine
  readonly store: OnlineStore
  readonly closure: ViewClosure
  readonly options: MaterializeOptions
  log(line: string): void
}

/** Plans or rolls back instead of filling; undefined when neither is asked for. Throws FEATURE_VIEW_UNKNOWN, GENERATION_GONE. */
export async function insteadOfFilling(
  params: MaintenanceParams,
  { engine, store, closure, options, log }: MaintenanceParts,
): Promise<Json | undefined> {
  if (params.plan === 'only') {
    const plan = await planMaterialization(engine, store, closure, options)
    for (const view of plan) log(JSON.stringify(view))
    return plain({ plan })
  }
  if (params.rollback === undefined) return undefined
  const view = closure.views.find(each => each.name === params.rollback)
  if (view === undefined)
    throw new FettleError('FEATURE_VIEW_UNKNOWN', `this pipeline fills no view "${params.rollback}"`, {
      hint: `It fills ${closure.views.map(each => each.name).join(', ')}.`,
    })
  const moved = await rollbackView(store, view)
  log(`${view.name}@v${view.version} is back at generation ${moved.generation}; ${moved.former} is kept`)
  return plain({ rollback: { view: view.name, ...moved } })
}

/** Forgets what is past its expiry and, if asked, compares with the offline answers. Throws ONLINE_DIFFERS. */
export async function afterFilling(params: MaintenanceParams, parts: MaintenanceParts): Promise<void> {
  const { engine, store, closure, options, log } = parts
  for (const view of closure.views) {
    const source = closure.sources.find(each => each.name === view.source)
    if (view.expiry === undefined || source === undefined) continue
    const { dropped, paused } = await expireView(store, { view, source, now: options.now })
    log(
      paused === null
        ? `${view.name}: ${dropped} keys past their expiry are forgotten`
        : `${view.name}: expiry is paused: ${paused}`,
    )
  }
  const { verify, repair = false } = params
  if (verify === undefined) return
  for (const { name } of closure.views) {
    const report = await verifyView(engine, store, closure, {
      view: name,
      sample: verify,
      at: options.now,
      projectFolder: options.projectFolder,
      repair,
      signal: options.signal,
    })
    log(JSON.stringify(plain(report)))
    if (report.compared === 0)
      throw new FettleError('ONLINE_DIFFERS', `no key of ${name} could be compared: its source has none`, {
        details: { view: name, errors: [...report.errors] },
      })
    if (report.differences.length > 0 && !repair)
      throw new FettleError(
        'ONLINE_DIFFERS',
        `${report.differences.length} of ${report.compared} keys of ${name} differ from the offline answer`,
        { details: { view: name, first: plain(report.differences[0]) } },
      )
  }
}

function plain(value: unknown): Json {
  return JSON.parse(
    JSON.stringify(value ?? null, (_key, member) =>
      typeof member === 'bigint' ? formatTimestamp(member) : member,
    ),
  ) as Json
}
