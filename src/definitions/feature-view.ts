import type { Duration } from '../kernel/time.ts'
import type { ValueType } from '../kernel/values/model.ts'
import type { WindowExpression } from './aggregations.ts'
import { type ColumnRef, type ColumnRefs, type ColumnTypes, columnRefs, type WireValue } from './columns.ts'
import type { EntityDefinition, KeyTypes } from './entity.ts'
import { keyNames, located } from './located.ts'
import type { Descriptive, FeatureData, FeatureViewData } from './model.ts'
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
    readonly entity: EntityDefinition<string, Key>
    readonly source: SourceDefinition<string, Columns>
    readonly features: (columns: ColumnRefs<Columns>) => Expressions
    /** Online: a value older than this is OUTSIDE_MAX_AGE; of a window view, the age of what was last loaded. */
    readonly maxAge?: Duration
    /** Training: how far back an as-of lookup sees. Default: maxAge. */
    readonly lookback?: Duration
    /** 'before' leaves out rows at exactly the asked time. Default 'at'. */
    readonly at?: 'at' | 'before'
    /** 'latest' ignores known time: a declared leak, for demonstrations. Default 'cutoff'. */
    readonly knownTime?: 'cutoff' | 'latest'
  }

/** Features of one entity from one source: written once, computed alike in training and online. */
export function featureView<
  const Name extends string,
  const Key extends KeyTypes,
  const Columns extends ColumnTypes,
  const Expressions extends FeatureExpressions,
>(
  name: Name,
  options: FeatureViewOptions<Key, Columns, Expressions>,
): FeatureViewDefinition<
  Name,
  Key,
  { readonly [Feature in keyof Expressions & string]: TypeOfExpression<Expressions[Feature]> }
> {
  const { entity, source, features, keys, maxAge, lookback, at, knownTime, description, owner, tags } =
    options
  const mapping: Readonly<Record<string, string | undefined>> = keys ?? {}
  const data = {
    kind: 'featureView' as const,
    name,
    ...(description === undefined ? {} : { description }),
    ...(owner === undefined ? {} : { owner }),
    ...(tags === undefined ? {} : { tags }),
    entity: entity.name,
    source: source.name,
    keys: entity.key.map(component => mapping[component.name] ?? component.name),
    at: at ?? 'at',
    knownTime: knownTime ?? 'cutoff',
    ...(maxAge === undefined ? {} : { maxAge: canonicalDuration(maxAge) }),
    ...(lookback === undefined ? {} : { lookback: canonicalDuration(lookback) }),
    features: Object.entries(features(columnRefs<Columns>(source.columns))).map(([feature, expression]) =>
      featureData(feature, expression),
    ),
  }
  // Not enumerable: a reader of keys by name needs it, the content hash does not know it.
  Object.defineProperty(data, keyNames, { value: entity.key.map(component => component.name) })
  return located(data)
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
