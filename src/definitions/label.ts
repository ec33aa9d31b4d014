import type { Duration } from '../kernel/time.ts'
import type { ValueType } from '../kernel/values/model.ts'
import type { Aggregation } from './aggregations.ts'
import { type ColumnRef, type ColumnRefs, type ColumnTypes, columnRefs } from './columns.ts'
import type { LabelData, PredicateData } from './model.ts'
import { canonicalDuration, type SourceDefinition } from './source.ts'

/** What is told of the events that follow a spine row. */
export interface LaterEvents<Columns extends ColumnTypes = ColumnTypes> {
  readonly source: string
  readonly op: Extract<LabelData, { kind: 'later' }>['op']
  readonly column?: string
  /** Type level only. */
  readonly __columns?: Columns
}

const laterOperators = ['count', 'sum', 'mean', 'min', 'max', 'first', 'last'] as const

/** Whether any event of the source follows; false when none does. */
export function exists<Columns extends ColumnTypes>(
  source: SourceDefinition<string, Columns>,
): LaterEvents<Columns> {
  return Object.freeze({ source: source.name, op: 'exists' })
}

/**
 * An aggregation of the events that follow: `later(chargebacks, c => sum(c.amount))`. It takes count, sum, mean, min,
 * max, first and last, without a predicate; throws on others.
 */
export function later<const Columns extends ColumnTypes>(
  source: SourceDefinition<string, Columns>,
  aggregate: (columns: ColumnRefs<Columns>) => Aggregation,
): LaterEvents<Columns> {
  const { op, column, where } = aggregate(columnRefs<Columns>(source.columns)).body
  const known = laterOperators.find(each => each === op)
  if (known === undefined)
    throw new Error(`a label of later events cannot be ${op}; it takes exists, ${laterOperators.join(', ')}`)
  if (where !== undefined)
    throw new Error('a label of later events takes no where(): select the events in a SQL source')
  return Object.freeze({ source: source.name, op: known, ...(column === undefined ? {} : { column }) })
}

/** Columns of the later events, each with the spine column it must equal. */
type LaterKeys<Events extends ColumnTypes> = {
  readonly [Name in keyof Events]?: ColumnRef<string, Events[Name]['type']>
}

interface LabelTiming {
  readonly name: string
  /** 'maturity' (default): what was known at the row's time + labelMaturity; 'as-of': by the instant of the build. */
  readonly known?: 'maturity' | 'as-of'
}

/** A comparison of the row's own column, or what events say that come later. */
export type LabelOptions<Columns extends ColumnTypes, Events extends ColumnTypes> = LabelTiming &
  (
    | { readonly when: (columns: ColumnRefs<Columns>) => PredicateData }
    | {
        readonly later: LaterEvents<Events>
        /** Events from the row's time on, up to but without the end of this. At most labelMaturity. */
        readonly horizon: Duration
        /** Which events belong to a row: `keys: f => ({ card: f.card_number })`. */
        readonly keys: (columns: ColumnRefs<Columns>) => LaterKeys<Events>
      }
  )

/** The label as data. */
export function labelData<Columns extends ColumnTypes, Events extends ColumnTypes>(
  label: LabelOptions<Columns, Events>,
  refs: ColumnRefs<Columns>,
): LabelData {
  const shared = { name: label.name, known: label.known ?? ('maturity' as const) }
  if ('when' in label) return Object.freeze({ kind: 'column', ...shared, ...label.when(refs) })
  const { source, op, column } = label.later
  const keys = Object.entries<ColumnRef<string, ValueType> | undefined>(label.keys(refs))
  return Object.freeze({
    kind: 'later',
    ...shared,
    source,
    op,
    ...(column === undefined ? {} : { column }),
    horizon: canonicalDuration(label.horizon),
    keys: keys.map(([name, ref]) => Object.freeze({ spine: ref?.column ?? '', source: name })),
  })
}
