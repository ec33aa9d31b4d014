import type { Field, ValueType } from '../kernel/values/model.ts'
import type { ColumnType } from './columns.ts'
import type { KeyTypes } from './entity.ts'
import type { FeatureTypes, FeatureViewDefinition } from './feature-view.ts'
import { located } from './located.ts'
import type { Descriptive, OnDemandData, OnDemandInput } from './model.ts'

/** An input of an on-demand feature: a field of the request, or a looked-up feature. */
export type InputExpression<Type extends ValueType = ValueType> =
  | { readonly ref: 'request'; readonly type: Type }
  | { readonly ref: 'feature'; readonly lookup: string; readonly feature: string; readonly type: Type }
export type InputExpressions = Readonly<Record<string, InputExpression>>

/** A field that arrives with the request when serving, and is a column of the spine in training. */
export function request<Type extends ValueType>(
  column: ColumnType<Type>,
): { readonly ref: 'request'; readonly type: Type } {
  return Object.freeze({ ref: 'request', type: column.type })
}

/** A feature that is looked up first; `as` names the lookup when the view is joined more than once. */
export function looked<Features extends FeatureTypes, const Feature extends keyof Features & string>(
  view: FeatureViewDefinition<string, KeyTypes, Features>,
  feature: Feature,
  options: { readonly as?: string } = {},
): {
  readonly ref: 'feature'
  readonly lookup: string
  readonly feature: string
  readonly type: Features[Feature]
} {
  const type = view.features.find(each => each.name === feature)?.type as Features[Feature]
  return Object.freeze({ ref: 'feature', lookup: options.as ?? view.name, feature, type })
}

/** What the function is given for a type: null is always possible. int64 and timestamp arrive as number while exact. */
export type ComputeValue<Type extends ValueType> =
  | null
  | (Type extends 'bool'
      ? boolean
      : Type extends 'string' | `decimal(${string}`
        ? string
        : Type extends 'float64' | 'float32' | 'int64' | 'date' | 'timestamp'
          ? number
          : unknown)
type ComputeInputs<Inputs extends InputExpressions> = {
  readonly [Name in keyof Inputs]: ComputeValue<Inputs[Name]['type']>
}
type ComputeOutputs<Outputs extends Readonly<Record<string, ColumnType>>> = {
  readonly [Name in keyof Outputs]: ComputeValue<Outputs[Name]['type']>
}

export interface OnDemandDefinition<
  Name extends string = string,
  Inputs extends InputExpressions = InputExpressions,
  Outputs extends Readonly<Record<string, ColumnType>> = Readonly<Record<string, ColumnType>>,
> extends OnDemandData {
  readonly name: Name
  /** Type level only. */
  readonly __inputs?: Inputs
  readonly __outputs?: Outputs
}

/**
 * A pure function of request fields and looked-up features. Its text is stored and the same text runs in training
 * and online: it may use its inputs and the language (Math included, not Math.random), nothing from outside itself.
 */
export function onDemand<
  const Name extends string,
  const Inputs extends InputExpressions,
  const Outputs extends Readonly<Record<string, ColumnType>>,
>(
  name: Name,
  options: Descriptive & {
    readonly inputs: Inputs
    readonly outputs: Outputs
    /** Share of training rows that may have an error, which is null there. Default 0: the first error fails the build. */
    readonly maxErrorShare?: number
    readonly compute: (inputs: ComputeInputs<Inputs>) => ComputeOutputs<Outputs>
  },
): OnDemandDefinition<Name, Inputs, Outputs> {
  const { inputs, outputs, compute, ...descriptive } = options
  return located({
    kind: 'onDemand',
    name,
    ...descriptive,
    inputs: Object.entries(inputs).map(([input, expression]) => inputData(input, expression)),
    outputs: Object.entries(outputs).map(([output, column]): Field => ({ name: output, type: column.type })),
    compute: compute.toString(),
  })
}

function inputData(name: string, expression: InputExpression): OnDemandInput {
  return expression.ref === 'request'
    ? { name, from: 'request', type: expression.type }
    : { name, from: 'feature', lookup: expression.lookup, feature: expression.feature, type: expression.type }
}
