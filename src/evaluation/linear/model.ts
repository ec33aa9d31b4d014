import { FettleError } from '../../kernel/errors/index.ts'

/** linear.json: raw = intercept + Σ weights · x on raw inputs; a missing x is replaced by its imputation. */
export interface LinearModel {
  readonly schema: 1
  readonly link: 'logistic'
  readonly inputs: readonly string[]
  readonly weights: readonly number[]
  readonly intercept: number
  readonly imputation: readonly number[]
  /** Means of the inputs in training: what contributions are measured from. */
  readonly means: readonly number[]
}

/** Checks a parsed linear.json; MODEL_UNREADABLE says what is wrong. */
export function checkLinear(value: Readonly<Record<string, unknown>>): LinearModel {
  const { schema, link, inputs, intercept } = value
  if (schema !== 1 || link !== 'logistic')
    throw new FettleError('MODEL_UNREADABLE', 'linear.json is not of schema 1 with a logistic link')
  if (!Array.isArray(inputs) || !Number.isFinite(intercept)) {
    throw new FettleError('MODEL_UNREADABLE', 'linear.json has no inputs or no finite intercept')
  }
  for (const key of ['weights', 'imputation', 'means']) {
    const numbers = value[key]
    if (!Array.isArray(numbers) || numbers.length !== inputs.length || !numbers.every(Number.isFinite)) {
      throw new FettleError('MODEL_UNREADABLE', `linear.json needs ${inputs.length} finite ${key}`)
    }
  }
  return value as unknown as LinearModel
}

/** Log-odds of one row of a row-major matrix that starts at `offset`. */
export function rawLinearScore(model: LinearModel, values: Float64Array, offset: number): number {
  let raw = model.intercept
  for (let input = 0; input < model.weights.length; input++) {
    const value = values[offset + input] as number
    raw +=
      (model.weights[input] as number) * (Number.isNaN(value) ? (model.imputation[input] as number) : value)
  }
  return raw
}
