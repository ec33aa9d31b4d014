import { FettleError } from '../../../kernel/errors/index.ts'
import { JsonNumber } from '../../json/lossless.ts'

export interface InferParameters {
  readonly timeoutMillis?: number
  readonly priority?: number
  /** All outputs that do not say otherwise are raw tensors. */
  readonly binaryOutputs: boolean
  /** How many of them nobody knows. */
  readonly unknown: number
}

export type JsonObject = Readonly<Record<string, unknown>>

export function asObject(value: unknown, what: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber))
    return value as JsonObject
  throw new FettleError('BAD_JSON', `${what} is not an object`)
}

const reservedName = /^(sequence_|triton_)|^headers$/
const known = new Set(['timeout', 'priority', 'binary_data_output'])

/** `parameters` of a request: RESERVED_PARAMETER, or WRONG_TYPE for a value that cannot be one. */
export function inferParameters(parameters: unknown): InferParameters {
  if (parameters === undefined) return { binaryOutputs: false, unknown: 0 }
  const values = asObject(parameters, 'parameters')
  const names = Object.keys(values)
  const reserved = names.find(name => reservedName.test(name))
  if (reserved !== undefined)
    throw new FettleError('RESERVED_PARAMETER', `parameter "${reserved.slice(0, 80)}" is reserved`)
  const nested = names.find(name => typeof plain(values[name]) === 'object')
  if (nested !== undefined)
    throw new FettleError(
      'WRONG_TYPE',
      `parameter ${JSON.stringify(nested.slice(0, 80))} is no text, number or bool`,
    )
  const timeout = wholeNumber(values, 'timeout', 'a whole number of microseconds')
  const priority = wholeNumber(values, 'priority', 'a whole number from 0 on')
  return {
    ...(timeout === undefined ? {} : { timeoutMillis: timeout / 1000 }),
    ...(priority === undefined ? {} : { priority }),
    binaryOutputs: flag(values, 'binary_data_output') ?? false,
    unknown: names.filter(name => !known.has(name)).length,
  }
}

/** A parameter that is true or false; undefined when it is not there. */
export function flag(values: JsonObject, name: string): boolean | undefined {
  const value = values[name]
  if (value === undefined || typeof value === 'boolean') return value
  throw new FettleError('WRONG_TYPE', `parameter ${name} is not true or false`)
}

function wholeNumber(values: JsonObject, name: string, what: string): number | undefined {
  const value = plain(values[name])
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new FettleError('WRONG_TYPE', `parameter ${name} is not ${what}`)
}

function plain(value: unknown): unknown {
  return value instanceof JsonNumber ? Number(value.text) : value
}
