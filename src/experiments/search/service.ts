import { contentHash, type Json } from '../../kernel/canonical.ts'
import type { Clock } from '../../kernel/clock.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Page, UnitOfWork } from '../../kernel/unit-of-work.ts'
import type { RunDocuments } from '../tracking/documents.ts'
import { toTracked } from '../tracking/experiments.ts'
import { findRun } from '../tracking/find-run.ts'
import type { LifecycleView, TrackedExperiment } from '../tracking/model.ts'
import type { TrackingStores } from '../tracking/ports.ts'
import type { RunReader } from '../tracking/read-runs.ts'
import type { RunPage, SearchText, TrackedExperiments, TrackedRuns } from '../tracking/service.ts'
import type { Field } from './ast.ts'
import { type Cursors, createCursors } from './cursors.ts'
import { resolveIdentifier } from './identifiers.ts'
import { parseFilter } from './parse-filter.ts'
import { parseOrder } from './parse-order.ts'
import type { FoundRun, Place, RowQuery, TrackingSearchStore } from './ports.ts'

const usualLimit = 50
const maxLimit = 50_000
const maxColumns = 100
/** So many runs are looked at for a count that may be an estimate. */
const aboutBound = 10_000

interface TrackingSearchDeps {
  readonly uow: UnitOfWork<TrackingStores & { readonly trackingSearch: TrackingSearchStore }>
  readonly clock: Clock
  readonly reader: RunReader
  readonly documents: RunDocuments
}

interface TrackingSearch {
  readonly runs: Pick<TrackedRuns, 'search' | 'select' | 'count' | 'keys' | 'metricNames'>
  readonly experiments: Pick<TrackedExperiments, 'search'>
}

/** The part of the tracking service that finds things. */
export function createTrackingSearch(deps: TrackingSearchDeps): TrackingSearch {
  const store = deps.uow.read.trackingSearch
  const cursors = createCursors(deps.uow)
  const context = { deps, store, cursors }
  return {
    runs: {
      search: query => searchDocuments(context, query),
      select: query => selectColumns(context, query),
      count: async ({ experiments, view, filter, precision }) => {
        const now = deps.clock.nowMicros()
        return store.countRuns({
          experiments: experimentNumbers(experiments),
          deleted: lifecycles[view],
          condition: parseFilter(filter, { target: 'runs', grammar: 'fettle', now }),
          now,
          bound: precision === 'exact' ? Number.MAX_SAFE_INTEGER : aboutBound,
        })
      },
      keys: ({ experiments, kind, contains = '', limit }) =>
        store.keys({ experiments: experimentNumbers(experiments), kind, contains, limit }),
      metricNames: async ({ run, contains = '', ...page }) => {
        const { ref } = await findRun(deps.uow.read.tracking, run)
        return store.metricNames({ ref, contains, ...page })
      },
    },
    experiments: { search: query => searchExperiments(context, query) },
  }
}

interface Context {
  readonly deps: TrackingSearchDeps
  readonly store: TrackingSearchStore
  readonly cursors: Cursors
}

const lifecycles: Readonly<Record<LifecycleView, readonly boolean[]>> = {
  active: [false],
  deleted: [true],
  all: [false, true],
}

/** Ids that are none name no experiment, and find nothing. */
export function experimentNumbers(ids: readonly string[]): readonly number[] {
  return [...new Set(ids.filter(id => /^(?:0|[1-9][0-9]{0,14})$/.test(id)).map(Number))]
}

/** Throws BAD_REQUEST outside 1 … 50 000. */
function checkedLimit(limit: number = usualLimit): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= maxLimit) return limit
  throw new FettleError('BAD_REQUEST', `limit: a whole number from 1 to ${maxLimit} is wanted, not ${limit}`)
}

interface PagedSearch<Row extends { readonly place: Place }> {
  readonly cursors: Cursors
  /** What the cursor is bound to. */
  readonly question: Json
  readonly query: { readonly cursor?: string; readonly limit?: number }
  find(after: RowQuery['after'], limit: number): Promise<readonly Row[]>
}

/** Fetches one row more than the page, to see whether another follows. */
export async function searchPage<Row extends { readonly place: Place }>(
  search: PagedSearch<Row>,
): Promise<Page<Row>> {
  const { cursors, query } = search
  const limit = checkedLimit(query.limit)
  const scope = contentHash(search.question)
  const after = await cursors.read(scope, query.cursor)
  const rows = await search.find(after, limit + 1)
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return rows.length > limit && last !== undefined
    ? { items, next: await cursors.write(scope, last.place) }
    : { items }
}

type RunsSearch = Parameters<TrackedRuns['search']>[0]

async function findRuns({ deps, store, cursors }: Context, query: RunsSearch): Promise<Page<FoundRun>> {
  const grammar = { target: 'runs', grammar: query.grammar ?? 'fettle' } as const
  const now = deps.clock.nowMicros()
  const condition = parseFilter(query.filter, { ...grammar, now })
  const order = parseOrder(query.orderBy, grammar)
  const experiments = experimentNumbers(query.experiments)
  const { filter = '', orderBy = [], view } = query
  return searchPage({
    cursors,
    question: ['runs', grammar.grammar, [...experiments], filter, [...orderBy], view],
    query,
    find: (after, limit) =>
      store.runs({ experiments, deleted: lifecycles[view], condition, order, after, limit, now }),
  })
}

async function searchDocuments(context: Context, query: RunsSearch): Promise<RunPage> {
  const { items, next } = await findRuns(context, query)
  const documents = await context.deps.documents.find(items.map(({ id }) => id))
  return next === undefined ? { documents } : { documents, next }
}

type SelectSearch = Parameters<TrackedRuns['select']>[0]
type Selected = Awaited<ReturnType<TrackedRuns['select']>>

async function selectColumns(context: Context, query: SelectSearch): Promise<Selected> {
  const fields = query.columns.map(columnField)
  if (fields.length > maxColumns)
    throw new FettleError(
      'BAD_REQUEST',
      `columns: at most ${maxColumns} can be selected, not ${fields.length}`,
    )
  const { items, next } = await findRuns(context, query)
  const { uow, reader } = context.deps
  const refs = items.map(({ ref }) => ref)
  const cells = await context.store.cells(refs, fields)
  const runs = new Map((await uow.read.tracking.runs.findByRef(refs)).map(run => [run.ref, run]))
  const rows = refs.flatMap((ref, at) => {
    const run = runs.get(ref)
    return run === undefined ? [] : { ...reader.head(run), values: cells[at] ?? [] }
  })
  return next === undefined ? { items: rows } : { items: rows, next }
}

/** Throws ORDER_INVALID for what is no column. */
function columnField(column: string): Field {
  const field = resolveIdentifier(column, { target: 'runs', grammar: 'fettle', use: 'order' })
  if (typeof field !== 'string') return field
  throw new FettleError('ORDER_INVALID', `Column '${column}': ${field}`)
}

type ExperimentsSearch = SearchText & { readonly view: LifecycleView }

async function searchExperiments(
  { deps, store, cursors }: Context,
  query: ExperimentsSearch,
): Promise<Page<TrackedExperiment>> {
  const grammar = { target: 'experiments', grammar: 'mlflow' } as const
  const condition = parseFilter(query.filter, { ...grammar, now: deps.clock.nowMicros() })
  const order = parseOrder(query.orderBy, grammar)
  const { filter = '', orderBy = [], view } = query
  const page = await searchPage({
    cursors,
    question: ['experiments', filter, [...orderBy], view],
    query,
    find: (after, limit) => store.experiments({ condition, order, after, limit, deleted: lifecycles[view] }),
  })
  const tags = await deps.uow.read.tracking.experiments.tags(page.items.map(({ id }) => id))
  const items = page.items.map(({ place: _, ...experiment }) =>
    toTracked(experiment, tags.get(experiment.id) ?? {}),
  )
  return { ...page, items }
}
