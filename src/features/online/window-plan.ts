import type {
  FeatureViewData,
  PredicateData,
  SourceData,
  WindowFeatureData,
  WindowOperator,
} from '../../definitions/model.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { type Micros, parseDuration } from '../../kernel/time.ts'
import { parseType, type Value } from '../../kernel/values/index.ts'
import { operatorType } from '../offline/windows/operators.ts'
import { compilePredicate } from './predicate.ts'

/**
 * What a tile keeps of its rows. `moments`: exact sums of values and squares · `newest`: the last event time ·
 * `first`, `last`: one value with its place in the order · `firsts`, `lasts`: k of them · `least`, `greatest`: k values ·
 * `values`: each distinct value with how often it occurs.
 */
export type AggregateKind =
  | 'count'
  | 'sum'
  | 'moments'
  | 'min'
  | 'max'
  | 'newest'
  | 'first'
  | 'last'
  | 'firsts'
  | 'lasts'
  | 'least'
  | 'greatest'
  | 'values'

const kinds: Readonly<Record<WindowOperator, AggregateKind>> = {
  count: 'count',
  count_distinct: 'values',
  approx_count_distinct: 'values',
  sum: 'sum',
  mean: 'sum',
  var_pop: 'moments',
  var_samp: 'moments',
  stddev_pop: 'moments',
  stddev_samp: 'moments',
  min: 'min',
  max: 'max',
  first: 'first',
  last: 'last',
  first_k: 'firsts',
  last_k: 'lasts',
  top_k: 'greatest',
  bottom_k: 'least',
  mode: 'values',
  histogram: 'values',
  quantile: 'values',
  approx_quantile: 'values',
  any: 'max',
  all: 'min',
  since_last: 'newest',
}

/** Operators the online store answers: all of features.md §4.4. */
export const windowOperators = Object.keys(kinds) as readonly WindowOperator[]

/** A partial result kept per tile. Features that differ in the window only share it. */
export interface Aggregate {
  readonly kind: AggregateKind
  /** Index into `columns`; −1: of rows, whatever they hold. */
  readonly column: number
  /** Index into `predicates`; −1: every row. */
  readonly predicate: number
  readonly group: number
  /** How many values `firsts`, `lasts`, `least` and `greatest` keep; else 0. */
  readonly k: number
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
  readonly op: WindowOperator
  readonly kind: AggregateKind
  readonly window: Micros | null
  readonly hop: Micros
  readonly group: number
  readonly aggregate: number
  readonly counter: number
  readonly column: number
  readonly columnType: string
  readonly predicate: number
  readonly k: number
  readonly p: number
  readonly limit: number
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

/** Throws OPERATOR_TYPE, BAD_PARAMETER, BAD_WINDOW, COLUMN_MISSING. */
export function planWindows(
  view: Pick<FeatureViewData, 'name' | 'knownTime' | 'features'>,
  source: Pick<SourceData, 'columns'>,
): WindowPlan {
  const draft = createDraft(source)
  const windows = view.features.filter((feature): feature is WindowFeatureData => feature.kind === 'window')
  const features = windows.map(feature => {
    operatorType(feature, source.columns)
    return planFeature(view.name, feature, draft)
  })
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
        each.group === wanted.group &&
        each.k === wanted.k
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
  const window = feature.window === 'all' ? null : parseDuration(feature.window)
  const hop = parseDuration(feature.hop)
  if (window !== null && hop > window)
    throw new FettleError(
      'BAD_WINDOW',
      `feature ${view}:${feature.name}: hop ${feature.hop} is longer than the window ${feature.window}`,
    )
  const rows = feature.column === undefined || feature.op === 'since_last'
  const column = rows ? -1 : draft.column(feature.column ?? '')
  const columnType = draft.columns[column]?.type ?? 'int64'
  const kind = kindOf(feature.op, columnType)
  const predicate = feature.where === undefined ? -1 : draft.predicate(feature.where)
  const group = draft.group(hop, window)
  const k = ['firsts', 'lasts', 'least', 'greatest'].includes(kind) ? (feature.k ?? 1) : 0
  const counter = draft.aggregate({ kind: 'count', column, predicate, group, k: 0, counter: -1 })
  const aggregate =
    kind === 'count' ? counter : draft.aggregate({ kind, column, predicate, group, k, counter })
  return {
    name: feature.name,
    type: feature.type,
    op: feature.op,
    kind,
    window,
    hop,
    group,
    aggregate,
    counter,
    column,
    columnType,
    predicate,
    k,
    p: feature.p ?? 0.5,
    limit: feature.limit ?? 100,
  }
}

/** Sums of long decimals do not fit the 16 bytes of a plain sum. */
function kindOf(op: WindowOperator, columnType: string): AggregateKind {
  const node = parseType(columnType)
  return op === 'mean' && node.kind === 'decimal' && node.precision > 28 ? 'moments' : kinds[op]
}
