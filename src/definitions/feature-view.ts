import type { Duration } from '../kernel/time.ts'
import type { ValueType } from '../kernel/values/model.ts'
import type { WindowExpression } from './aggregations.ts'
import {
  type ColumnRef,
  type ColumnRefs,
  type ColumnType,
  type ColumnTypes,
  columnRefs,
  type WireValue,
} from './columns.ts'
import type { EntityDefinition, KeyTypes } from './entity.ts'
import { keyNames, located } from './located.ts'
import type { CheckData, Descriptive, FeatureData, FeatureViewData } from './model.ts'
import { canonicalDuration, type SourceDefinition } from './source.ts'

/** A column as of a time, or an aggregation over a window. */
export type FeatureExpression<Type extends ValueType = ValueType> =
  | ColumnRef<string, Type>
  | WindowExpression<Type>
export type FeatureExpressions = Readonly<Record<string, FeatureExpression>>
type TypeOfExpression<Expression> =
  Expression extends ColumnRef<string, infer Type>
    ? Type
    : Expression extends WindowExpression<infer Type>
      ? Type
      : never

/** The features of a view as columns, for its checks. */
type FeatureColumns<Expressions extends FeatureExpressions> = {
  readonly [Feature in keyof Expressions & string]: ColumnType<TypeOfExpression<Expressions[Feature]>>
}

/** Feature types by name. */
export type FeatureTypes = Readonly<Record<string, ValueType>>

export interface FeatureViewDefinition<
  Name extends string = string,
  Key extends KeyTypes = KeyTypes,
  Features extends FeatureTypes = FeatureTypes,
> extends FeatureViewData {
  readonly name: Name
  /** Names of the key's components in the order of the entity's key; not part of the data. */
  readonly [keyNames]?: readonly string[]
  /** Type level only. */
  readonly __key?: Key
  readonly __features?: Features
}

/** Key columns that the source lacks under the entity's names must be mapped; where all are there, `keys` may be left out. */
type KeyMapping<Key extends KeyTypes, Columns extends ColumnTypes> = keyof Key extends keyof Columns
  ? { readonly keys?: { readonly [Component in keyof Key]?: keyof Columns & string } }
  : {
      readonly keys: { readonly [Component in Exclude<keyof Key, keyof Columns>]: keyof Columns & string } & {
        readonly [Component in keyof Key]?: keyof Columns & string
      }
    }

export type FeatureViewOptions<
  Key extends KeyTypes,
  Columns extends ColumnTypes,
  Expressions extends FeatureExpressions,
> = Descriptive &
  KeyMapping<Key, Columns> & {
    /** Left out: the features are of no thing but of the time alone, and are joined by time. */
    readonly entity?: EntityDefinition<string, Key>
    readonly source: SourceDefinition<string, Columns>
    readonly features: (columns: ColumnRefs<Columns>) => Expressions
    /** Data checks of the feature values, one row a key, as of the run's instant. */
    readonly checks?: (features: ColumnRefs<FeatureColumns<Expressions>>) => readonly CheckData[]
    /** Online: a value older than this is OUTSIDE_MAX_AGE; of a window view, the age of what was last loaded. */
    readonly maxAge?: Duration
    /** Training: how far back an as-of lookup sees. Default: maxAge. */
    readonly lookback?: Duration
    /** Online, what a value outside max age answers besides its status: null (default), or 'return' the old value. */
    readonly expired?: 'return'
    /** When the online store may forget a key; at least maxAge, and at least window + hop. Default: never. */
    readonly expiry?: Duration
    /** How old the newest merged row may be before somebody is told; at most maxAge. */
    readonly freshness?: Duration
    /** When the view is materialized: five cron fields (UTC), or a word. */
    readonly schedule?: 'hourly' | 'daily' | 'weekly' | (string & {})
    /** 'before' leaves out rows at exactly the asked time. Default 'at'. */
    readonly at?: 'at' | 'before'
    /** 'latest' ignores known time: a declared leak, for demonstrations. Default 'cutoff'. */
    readonly knownTime?: 'cutoff' | 'latest'
  }

/** Features of one entity from one source: written once, computed alike in training and online. */
export function featureView<
  const Name extends string,
  const Columns extends ColumnTypes,
  const Expressions extends FeatureExpressions,
  const Key extends KeyTypes = Record<never, never>,
>(
  name: Name,
  options: FeatureViewOptions<Key, Columns, Expressions>,
): FeatureViewDefinition<
  Name,
  Key,
  { readonly [Feature in keyof Expressions & string]: TypeOfExpression<Expressions[Feature]> }
> {
  const { entity, source, features, keys, checks, at, knownTime, ...timed } = options
  const { maxAge, lookback, expiry, freshness, ...rest } = timed
  const key = entity?.key.map(component => component.name) ?? []
  const mapping: Readonly<Record<string, string | undefined>> = keys ?? {}
  const declared = Object.entries(features(columnRefs<Columns>(source.columns))).map(
    ([feature, expression]) => featureData(feature, expression),
  )
  const data = {
    kind: 'featureView' as const,
    name,
    ...(rest as PassedOn),
    entity: entity?.name ?? null,
    source: source.name,
    keys: key.map(component => mapping[component] ?? component),
    at: at ?? 'at',
    knownTime: knownTime ?? 'cutoff',
    ...durations({ maxAge, lookback, expiry, freshness }),
    features: declared,
    ...(checks === undefined ? {} : { checks: checks(columnRefs<FeatureColumns<Expressions>>(declared)) }),
  }
  // Not enumerable: a reader of keys by name needs it, the content hash does not know it.
  Object.defineProperty(data, keyNames, { value: key })
  return located(data)
}

/** What is data as it is written. */
type PassedOn = Descriptive & Pick<FeatureViewData, 'expired' | 'schedule'>

type Age = 'maxAge' | 'lookback' | 'expiry' | 'freshness'

/** Canonical texts of the durations that are given. */
function durations(given: Readonly<Record<Age, Duration | undefined>>): { readonly [Name in Age]?: string } {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, text]) =>
      text === undefined ? [] : [[name, canonicalDuration(text)]],
    ),
  )
}

function featureData(name: string, expression: FeatureExpression): FeatureData {
  return expression.ref === 'window'
    ? Object.freeze({ name, ...expression.data })
    : Object.freeze({ kind: 'lookup', name, column: expression.column, type: expression.type })
}

/** Types of a view's features by name, for typed reads; a feature may always be null. */
export type FeaturesOf<View> =
  View extends FeatureViewDefinition<string, KeyTypes, infer Features extends FeatureTypes>
    ? { readonly [Name in keyof Features]: WireValue<Features[Name]> | null }
    : never

/** Key components of a view by name, for typed reads. */
export type KeysOf<View> =
  View extends FeatureViewDefinition<string, infer Key extends KeyTypes, FeatureTypes>
    ? { readonly [Name in keyof Key]: WireValue<Key[Name]['type']> }
    : never
