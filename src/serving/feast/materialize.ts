import type { FeatureCatalog } from '../../features/index.ts'
import { isFettleError } from '../../kernel/errors/index.ts'
import { uuidv7 } from '../../kernel/ids.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Reply } from '../front/http.ts'
import { type JsonObject, textAt, textsAt } from './body.ts'
import { problemAt } from './problems.ts'
import { parseFeastTime } from './tokens.ts'
import { viewOf } from './write.ts'

/** What a Feast client asks for: rows with `start ≤ e ≤ end` again, or what became known up to `end` and is not there. */
export interface FeastMaterialization {
  readonly kind: 'range' | 'incremental'
  /** Live views, at least one. */
  readonly views: readonly string[]
  /** Of a range. */
  readonly start: Micros | null
  readonly end: Micros
}

/** Resolves when the store holds the rows. Throws ALREADY_RUNNING, STORE_UNAVAILABLE, STORE_FULL and what sources throw. */
export type MaterializeFeatures = (request: FeastMaterialization, now: Micros) => Promise<void>

/** Views of this process that are being materialized now. */
const running = new Set<string>()

export interface FeastMaterializer {
  readonly catalog: () => FeatureCatalog
  readonly run: (request: FeastMaterialization) => Promise<void>
  readonly onIncident: (id: string, error: unknown) => void
}

/**
 * `POST /materialize` and `/materialize-incremental`: 200 when done, 202 at once with `async`, 409 while one of the views
 * is being materialized.
 */
export async function materializeViews(
  { catalog, run, onIncident }: FeastMaterializer,
  {
    kind,
    body,
    async,
  }: { readonly kind: FeastMaterialization['kind']; readonly body: JsonObject; readonly async: boolean },
): Promise<Reply> {
  const start = kind === 'range' ? timeAt(body, 'start_ts') : null
  const end = timeAt(body, 'end_ts')
  if (start !== null && start > end)
    throw problemAt('BAD_REQUEST', ['body', 'start_ts'], 'start_ts is after end_ts')
  const names = textsAt(body, 'feature_views')
  const views = names?.map(name => viewOf(catalog(), name).name) ?? catalog().views.map(view => view.name)
  const conflict = (): Reply => ({
    status: 409,
    body: JSON.stringify({ error: 'these views are being materialized', feature_views: views }),
  })
  if (views.some(view => running.has(view))) return conflict()
  if (views.length === 0) return { status: 200, body: 'null' }
  for (const view of views) running.add(view)
  const work = run({ kind, views, start, end }).finally(() => {
    for (const view of views) running.delete(view)
  })
  if (async) {
    work.catch((error: unknown) => onIncident(uuidv7(), error))
    return { status: 202, body: JSON.stringify({ status: 'accepted', feature_views: views }) }
  }
  try {
    await work
  } catch (error) {
    if (isFettleError(error, 'ALREADY_RUNNING')) return conflict()
    throw error
  }
  return { status: 200, body: 'null' }
}

function timeAt(body: JsonObject, name: string): Micros {
  const time = parseFeastTime(textAt(body, name))
  if (time !== undefined) return time
  throw problemAt('TYPE_MISMATCH', ['body', name], `${name} is not an ISO 8601 time`)
}
