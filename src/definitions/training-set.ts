import type { Duration } from '../kernel/time.ts'
import type { ValueType } from '../kernel/values/model.ts'
import {
  type ColumnRef,
  type ColumnRefs,
  type ColumnType,
  type ColumnTypes,
  columnRefs,
  float64,
  type WireValue,
} from './columns.ts'
import type { KeyTypes } from './entity.ts'
import type { FeatureTypes, FeatureViewDefinition } from './feature-view.ts'
import { type LabelOptions, labelData } from './label.ts'
import { keyNames, located } from './located.ts'
import type { CheckData, Descriptive, LookupData, PredicateData, TrainingSetData } from './model.ts'
import type { InputExpressions, OnDemandDefinition } from './on-demand.ts'
import { canonicalDuration, type SourceDefinition } from './source.ts'

/** A view joined to the spine; `Keys` are the spine columns its key is taken from, with the type a caller sends. */
export interface LookupExpression<Keys extends object = object> {
  readonly ref: 'lookup'
  readonly data: LookupData
  /** Type level only. */
  readonly __keys?: Keys
}

type KeyColumns<Key extends KeyTypes> = {
  readonly [Component in keyof Key]: ColumnRef<string, Key[Component]['type']>
}
type KeysSent<Columns> = {
  readonly [Component in keyof Columns as Columns[Component] extends ColumnRef<infer Name, ValueType>
    ? Name
    : never]: Columns[Component] extends ColumnRef<string, infer Type> ? WireValue<Type> : never
}

/** Joins a view to the spine: `lookup(originDelays, { airport: c.origin }, { as: 'origin' })`. */
export function lookup<
  Key extends KeyTypes,
  Features extends FeatureTypes,
  const Columns extends KeyColumns<Key>,
>(
  view: FeatureViewDefinition<string, Key, Features>,
  keys: Columns,
  options: { readonly as?: string; readonly features?: readonly (keyof Features & string)[] } = {},
): LookupExpression<KeysSent<Columns>> {
  const columns: Readonly<Record<string, ColumnRef | undefined>> = keys
  const names = view[keyNames] ?? Object.keys(columns)
  return Object.freeze({
    ref: 'lookup',
    data: Object.freeze({
      view: view.name,
      as: options.as ?? view.name,
      // In the order of the entity's key, however they were written. A key that is left out becomes "", which no source declares.
      keys: names.map(name => columns[name]?.column ?? ''),
      features: options.features ?? view.features.map(feature => feature.name),
    }),
  })
}

type Union<Members> = (Members extends unknown ? (member: Members) => void : never) extends (
  member: infer All,
) => void
  ? All
  : never
type LookupKeys<Lookups extends readonly LookupExpression[]> = Lookups extends readonly LookupExpression<
  infer Keys
>[]
  ? Union<Keys>
  : never
type RequestColumns<Refs extends readonly ColumnRef[]> = {
  readonly [Ref in Refs[number] as Ref['column']]: WireValue<Ref['type']>
}
type OnDemandRequest<Functions extends readonly OnDemandDefinition[]> = Union<
  Functions[number] extends infer Each
    ? Each extends OnDemandDefinition<string, infer Inputs extends InputExpressions>
      ? {
          readonly [Name in keyof Inputs as Inputs[Name] extends { ref: 'request' }
            ? Name
            : never]: WireValue<Inputs[Name]['type']>
        }
      : never
    : never
>
type Flat<Shape> = { readonly [Name in keyof Shape]: Shape[Name] }

export interface TrainingSetDefinition<Name extends string = string, Request extends object = object>
  extends TrainingSetData {
  readonly name: Name
  /** Type level only: what a caller of a model trained on this set sends. */
  readonly __request?: Request
}

export interface TrainingSetOptions<
  Columns extends ColumnTypes,
  Lookups extends readonly LookupExpression[],
  Requests extends readonly ColumnRef[],
  Functions extends readonly OnDemandDefinition[],
  Events extends ColumnTypes,
> extends Descriptive {
  /** One training row for each row of this source, at its event time. */
  readonly spine: SourceDefinition<string, Columns>
  /** Keeps the spine rows for which all predicates hold. */
  readonly where?: (columns: ColumnRefs<Columns>) => readonly PredicateData[]
  /** Spine columns kept beside the features: keys, ids, slices; the row's time always is. They are not model inputs. */
  readonly columns?: (columns: ColumnRefs<Columns>) => readonly ColumnRef[]
  /** Spine columns that are model inputs; when serving they arrive with the request. */
  readonly request?: (columns: ColumnRefs<Columns>) => Requests
  readonly lookups: (columns: ColumnRefs<Columns>) => Lookups
  readonly onDemand?: Functions
  readonly label: LabelOptions<Columns, Events>
  /** How long after the row's time the label can be taken as final. Younger rows are left out as immature. */
  readonly labelMaturity: Duration
  /** Half-open intervals of spine time by name, `['2001-01-01', '2001-04-01']`; days or RFC 3339 instants, UTC. */
  readonly split: Readonly<Record<string, readonly [from: string, to: string]>>
  /** False keeps rows whose label is learnt inside the next split. Default true. */
  readonly embargo?: boolean
  /** Names features `<as>__<feature>`. Default true when a view is joined more than once. */
  readonly fullNames?: boolean
  /** True keeps rows that have no label, for scoring what is not known yet. Default false. */
  readonly keepUnlabelled?: boolean
  /** Data checks of the finished set: `checks: column => [notMissing(column('delay_mean_24h'))]`. */
  readonly checks?: (column: typeof setColumn) => readonly CheckData[]
}

/** A column of a finished set by name: a feature, the label, a kept column; float64 unless a type is given. */
export function setColumn<Type extends ValueType = 'float64'>(
  column: string,
  { type }: ColumnType<Type> = float64() as ColumnType<Type>,
): ColumnRef<string, Type> {
  return Object.freeze({ ref: 'column', column, type })
}

/** Point-in-time correct training data: each row sees only what was known at its time. */
export function trainingSet<
  const Name extends string,
  const Columns extends ColumnTypes,
  const Lookups extends readonly LookupExpression[],
  const Requests extends readonly ColumnRef[] = readonly [],
  const Functions extends readonly OnDemandDefinition[] = readonly [],
  const Events extends ColumnTypes = ColumnTypes,
>(
  name: Name,
  options: TrainingSetOptions<Columns, Lookups, Requests, Functions, Events>,
): TrainingSetDefinition<
  Name,
  Flat<
    LookupKeys<Lookups> &
      RequestColumns<Requests> &
      ([Functions[number]] extends [never] ? unknown : OnDemandRequest<Functions>)
  >
> {
  const {
    spine,
    where,
    columns,
    request,
    lookups,
    onDemand,
    label,
    labelMaturity,
    split,
    embargo,
    fullNames,
    keepUnlabelled,
    checks,
    ...descriptive
  } = options
  const refs = columnRefs<Columns>(spine.columns)
  const joined = lookups(refs).map(each => each.data)
  return located({
    kind: 'trainingSet',
    name,
    ...descriptive,
    spine: { source: spine.name, time: spine.eventTime ?? '', ...(where ? { where: where(refs) } : {}) },
    columns: withTime(
      (columns?.(refs) ?? []).map(column => column.column),
      spine.eventTime,
    ),
    request: (request?.(refs) ?? []).map(column => column.column),
    lookups: joined,
    onDemand: (onDemand ?? []).map(each => each.name),
    label: labelData(label, refs),
    labelMaturity: canonicalDuration(labelMaturity),
    splits: Object.entries(split).map(([splitName, [from, to]]) => ({
      name: splitName,
      from: instant(from),
      to: instant(to),
    })),
    embargo: embargo ?? true,
    fullNames: fullNames ?? new Set(joined.map(each => each.view)).size < joined.length,
    keepUnlabelled: keepUnlabelled ?? false,
    ...(checks === undefined ? {} : { checks: checks(setColumn) }),
  })
}

/** The row's time is always kept: splits and months are cut by it. */
function withTime(columns: readonly string[], time: string | null): readonly string[] {
  return time === null || columns.includes(time) ? columns : [...columns, time]
}

function instant(text: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00.000000Z` : text
}
