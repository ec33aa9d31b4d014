import { formatTimestamp, type Micros } from '../../kernel/time.ts'
import type { ViewClosure } from '../model.ts'
import { type OfflineEngine, sourceRelation } from '../offline/ports.ts'
import { reachOf } from '../offline/reach.ts'
import { addSources } from '../offline/source-plan.ts'
import { id } from '../offline/sql-text.ts'
import { decodeHead } from './head.ts'
import { headKey, runKey } from './keys.ts'
import { keysPerChunk, type MaterializeOptions } from './materialize.ts'
import type { OnlineStore } from './ports.ts'
import { beginRun, type Run } from './run.ts'
import { type PlannedView, planView } from './view-plan.ts'

/** What a materialization of one view would do (features.md §8.6). Times are RFC 3339; null: no bound. */
export interface MaterializationPlan {
  readonly view: string
  readonly version: number
  readonly mode: Run['mode']
  readonly generation: number
  /** Known times that are read: after, up to and including. */
  readonly known: { readonly after: string | null; readonly upTo: string | null }
  /** Event times before this are not read. */
  readonly eventFrom: string | null
  readonly rows: number
  readonly keys: number
  readonly chunks: number
  /** Bytes the store grows by, about: rows kept times the width of a row. A former generation is kept beside. */
  readonly bytes: number
  /** Where the numbers come from. */
  readonly basis: string
}

/**
 * Says what `materialize` with these options would do, and writes nothing. Rows and keys are counted by the engine; bytes
 * are an estimate. Throws what the source throws.
 */
export async function planMaterialization(
  engine: OfflineEngine,
  store: OnlineStore,
  closure: ViewClosure,
  options: Pick<MaterializeOptions, 'now' | 'deferUntil' | 'sourceVersions' | 'arrivalSlack' | 'refresh'> & {
    readonly projectFolder: string
    readonly signal?: AbortSignal
  },
): Promise<readonly MaterializationPlan[]> {
  const { projectFolder, signal } = options
  const session = await engine.open({
    projectFolder,
    reach: reachOf(closure.sources, projectFolder),
    ...(signal ? { signal } : {}),
  })
  try {
    await addSources(
      session,
      closure.sources,
      closure.views.map(({ source }) => ({ source, features: [] })),
    )
    const plans: MaterializationPlan[] = []
    for (const { name } of closure.views) {
      const view = planView(closure, name)
      const [headBytes, unfinished] = await store.readMany([headKey(view.id), runKey(view.id)])
      const head = headBytes && decodeHead(headBytes)
      const run = beginRun({ view, head, options, unfinished })
      const columns = closure.views.find(each => each.name === name)?.keys ?? []
      const [rows, keys] =
        run.mode === 'unchanged'
          ? [0, 0]
          : await counted(sql => session.rows(sql, counts), countSql(view, run, columns))
      plans.push(planOf(view, run, { rows, keys }))
    }
    return plans
  } finally {
    await session.close()
  }
}

const counts = [
  { name: 'n', type: 'int64' },
  { name: 'keys', type: 'int64' },
] as const

async function counted(
  rows: (sql: string) => Promise<readonly (readonly unknown[])[]>,
  sql: string,
): Promise<readonly [rows: number, keys: number]> {
  const [found = []] = await rows(sql)
  return [Number(found[0] ?? 0), Number(found[1] ?? 0)]
}

function countSql(view: PlannedView, run: Run, columns: readonly string[]): string {
  const keys = columns.map(id)
  const bounds = [
    ...keys.map(key => `${key} IS NOT NULL`),
    '__e IS NOT NULL',
    `(__k IS NULL OR __k <= ${run.scanUpTo})`,
    ...(run.knownAfter === null ? [] : [`(__k IS NULL OR __k > ${run.knownAfter})`]),
    ...(run.eventFrom === null ? [] : [`__e >= ${run.eventFrom}`]),
  ]
  const from = `FROM ${sourceRelation(view.source)} WHERE ${bounds.join(' AND ')}`
  const grouped = `SELECT count(*) AS n ${from}${keys.length === 0 ? '' : ` GROUP BY ${keys.join(', ')}`}`
  return `SELECT CAST(coalesce(sum(n), 0) AS BIGINT) AS n, count(*) AS keys FROM (${grouped}) counted`
}

function planOf(
  view: PlannedView,
  run: Run,
  { rows, keys }: { readonly rows: number; readonly keys: number },
): MaterializationPlan {
  const bound = (at: Micros | null): string | null => (at === null ? null : formatTimestamp(at))
  return {
    view: view.id.name,
    version: view.id.version,
    mode: run.mode,
    generation: run.generation,
    known: { after: bound(run.knownAfter), upTo: bound(run.scanUpTo) },
    eventFrom: bound(run.eventFrom),
    rows,
    keys,
    chunks: Math.ceil(keys / keysPerChunk(view)),
    bytes: (view.kind === 'lookup' ? keys : rows) * view.rowBytes,
    basis: 'rows and keys counted in the source; bytes from the width of a row',
  }
}
