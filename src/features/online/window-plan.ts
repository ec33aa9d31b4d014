import type {
  FeatureViewData,
  PredicateData,
  SourceData,
  WindowFeatureData,
} from '../../definitions/model.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { type Micros, parseDuration } from '../../kernel/time.ts'
import { parseType, type Value } from '../../kernel/values/index.ts'
import { compilePredicate } from './predicate.ts'

/** Operators kept as mergeable partial results. The others are refused when a view is planned, never when it is read. */
export const windowOperators = ['count', 'sum', 'mean', 'min', 'max', 'first', 'last'] as const
type Operator = (typeof windowOperators)[number]

/** A partial result kept per tile. Features that differ in the window only share it. */
export interface Aggregate {
  readonly kind: 'count' | 'sum' | 'min' | 'max' | 'first' | 'last'
  /** Index into `columns`; −1 for the count of rows. */
  readonly column: number
  /** Index into `predicates`; −1: every row. */
  readonly predicate: number
  readonly group: number
  /** The count of the same rows with a value; the aggregate is empty where it is 0. */
  readonly counter: number
}

/** Tiles of one hop: a tile holds the events with hop·n ≤ e < hop·(n+1). */
export interface HopGroup {
  readonly hop: Micros
  /** The longest window over these tiles; null: one without a left edge. */
  readonly window: Micros | null
}

export interface PlannedWindow {
  readonly name: string
  readonly type: string
  readonly op: Operator
  readonly window: Micros | null
  readonly hop: Micros
  readonly group: number
  readonly aggregate: number
  readonly counter: number
  readonly column: number
  readonly predicate: number
}

/** How the features of a window view are kept and answered. Pure function of the definition. */
export interface WindowPlan {
  readonly latest: boolean
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly predicates: readonly { readonly column: string; readonly holds: (value: Value) => boolean }[]
  readonly groups: readonly HopGroup[]
  readonly aggregates: readonly Aggregate[]
  readonly features: readonly PlannedWindow[]
}

/** Largest multiple of `hop` that is not above `at`; towards the past also before 1970. */
export function roundDown(at: Micros, hop: Micros): Micros {
  const rest = at % hop
  return rest < 0n ? at - rest - hop : at - rest
}

/** The inclusive left edge of a window at q; null: none. */
export function leftEdge({ window, hop }: HopGroup, q: Micros): Micros | null {
  return window === null ? null : roundDown(q - window, hop)
}

/** The event time before which nothing can matter to a question asked at or after `now`; null: everything can. */
export function reach(plan: WindowPlan, now: Micros): Micros | null {
  let least: Micros | null = now
  for (const group of plan.groups) {
    const edge = leftEdge(group, now)
    if (edge === null) return null
    if (least !== null && edge < least) least = edge
  }
  return least
}

export function planWindows(
  view: Pick<FeatureViewData, 'name' | 'knownTime' | 'features'>,
  source: Pick<SourceData, 'columns'>,
): WindowPlan {
  const draft = createDraft(source)
  const windows = view.features.filter((feature): feature is WindowFeatureData => feature.kind === 'window')
  const features = windows.map(feature => planFeature(view.name, feature, draft))
  return {
    latest: view.knownTime === 'latest',
    columns: draft.columns,
    predicates: draft.predicates,
    groups: draft.groups,
    aggregates: draft.aggregates,
    features,
  }
}

function createDraft(source: Pick<SourceData, 'columns'>) {
  const typeOf = new Map(source.columns.map(column => [column.name, column.type]))
  const columns: { name: string; type: string }[] = []
  const predicates: { column: string; holds: (value: Value) => boolean; text: string }[] = []
  const groups: { hop: Micros; window: Micros | null }[] = []
  const aggregates: Aggregate[] = []
  const type = (name: string): string => {
    const found = typeOf.get(name)
    if (found === undefined)
      throw new FettleError('COLUMN_MISSING', `the source has no column "${name}"`, {
        details: { column: name },
      })
    return found
  }
  return {
    columns,
    predicates,
    groups,
    aggregates,
    column: (name: string): number => {
      const found = columns.findIndex(column => column.name === name)
      return found === -1 ? columns.push({ name, type: type(name) }) - 1 : found
    },
    predicate: (data: PredicateData): number => {
      const text = JSON.stringify([data.column, data.op, data.value])
      const found = predicates.findIndex(each => each.text === text)
      return found === -1
        ? predicates.push({ column: data.column, holds: compilePredicate(data, type(data.column)), text }) - 1
        : found
    },
    group: (hop: Micros, window: Micros | null): number => {
      const found = groups.find(each => each.hop === hop)
      if (!found) return groups.push({ hop, window }) - 1
      found.window =
        found.window === null || window === null ? null : found.window > window ? found.window : window
      return groups.indexOf(found)
    },
    aggregate: (wanted: Aggregate): number => {
      const same = (each: Aggregate): boolean =>
        each.kind === wanted.kind &&
        each.column === wanted.column &&
        each.predicate === wanted.predicate &&
        each.group === wanted.group
      const found = aggregates.findIndex(same)
      return found === -1 ? aggregates.push(wanted) - 1 : found
    },
  }
}

function planFeature(
  view: string,
  feature: WindowFeatureData,
  draft: ReturnType<typeof createDraft>,
): PlannedWindow {
  const op = windowOperators.find(each => each === feature.op)
  if (op === undefined) {
    throw new FettleError(
      'OPERATOR_TYPE',
      `feature ${view}:${feature.name} uses ${feature.op}, which the online store cannot keep yet`,
      {
        hint: `Online windows take ${windowOperators.join(', ')}.`,
        details: { view, feature: feature.name, operator: feature.op },
      },
    )
  }
  const window = feature.window === 'all' ? null : parseDuration(feature.window)
  const hop = parseDuration(feature.hop)
  if (window !== null && hop > window)
    throw new FettleError(
      'BAD_WINDOW',
      `feature ${view}:${feature.name}: hop ${feature.hop} is longer than the window ${feature.window}`,
    )
  const column = feature.column === undefined ? -1 : draft.column(feature.column)
  if (column === -1 && op !== 'count')
    throw new FettleError('BAD_PARAMETER', `feature ${view}:${feature.name}: ${op} needs a column`)
  checkType(view, feature.name, op, draft.columns[column]?.type)
  const predicate = feature.where === undefined ? -1 : draft.predicate(feature.where)
  const group = draft.group(hop, window)
  const counter = draft.aggregate({ kind: 'count', column, predicate, group, counter: -1 })
  const kind = op === 'mean' ? 'sum' : op
  const aggregate = kind === 'count' ? counter : draft.aggregate({ kind, column, predicate, group, counter })
  return {
    name: feature.name,
    type: feature.type,
    op,
    window,
    hop,
    group,
    aggregate,
    counter,
    column,
    predicate,
  }
}

function checkType(view: string, feature: string, op: Operator, type: string | undefined): void {
  if (type === undefined || (op !== 'sum' && op !== 'mean')) return
  const node = parseType(type)
  const fits =
    node.kind === 'decimal'
      ? node.precision <= 28
      : node.kind === 'scalar' && ['int64', 'float64', 'float32'].includes(node.name)
  if (!fits)
    throw new FettleError('OPERATOR_TYPE', `feature ${view}:${feature}: ${op} does not take ${type}`, {
      details: { view, feature, operator: op, type },
    })
}
