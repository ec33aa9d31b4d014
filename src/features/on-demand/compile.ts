import type { OnDemandData } from '../../definitions/model.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Value } from '../../kernel/values/model.ts'
import { inputConversion } from './inputs.ts'
import { notOfType, outputCheck } from './outputs.ts'
import { type Sandboxed, sandbox } from './sandbox.ts'

/**
 * A compiled on-demand feature: inputs by name to outputs by name, both in Fettle's in-memory form. An input that is
 * left out counts as null. Throws FettleError ONDEMAND_THREW (with the line of the user's text), ONDEMAND_BAD_OUTPUT,
 * ONDEMAND_FORBIDDEN or ONDEMAND_TIMEOUT; nothing else.
 */
export type OnDemandFunction = (inputs: Readonly<Record<string, Value>>) => Record<string, Value>

/**
 * Compiles the stored text of an on-demand feature in a realm of its own: the same text and the same realm in training
 * and online. Refused with ONDEMAND_FORBIDDEN: text that is no function, or names the world outside (process, require,
 * import, fetch, timers, the clock, randomness, eval).
 *
 * **Time budget.** A per-call timer would cost more than most functions do. So a trial call with null inputs at
 * compile time and the first call with data run under a guard of a second (ONDEMAND_TIMEOUT), which a busy machine needs to
 * compile too; later calls are not timed.
 * A function that loops forever on some later input is stopped by the deadline of the process it runs in.
 *
 * **Values.** See `inputConversion`: int64 and timestamp are numbers while exact, else bigint. An output of these types
 * may be either; a float must be a number; `undefined`, a missing or an extra output is ONDEMAND_BAD_OUTPUT.
 */
export function compileOnDemand(definition: OnDemandData): OnDemandFunction {
  const { boxed, outputs, fill } = open(definition)
  const values: unknown[] = new Array(definition.inputs.length).fill(null)
  let guard = true
  return inputs => {
    fill(values, inputs)
    let result: unknown
    try {
      result = guard ? boxed.guarded(values) : boxed.call(values)
    } catch (error) {
      throw asFettleError(definition.name, error)
    } finally {
      guard = false
    }
    return outputs(result)
  }
}

/** Outputs of a row, or why it has none. */
export type OnDemandOutcome = Record<string, Value> | FettleError

/** Rows that may run over their time before the rest of a batch is given up. */
export const slowRows = 3

/**
 * Compiles as {@link compileOnDemand} does, for many rows at a time: all of them within max(50 ms, 5 ms a row) of wall
 * time (features.md §6.3). The row that runs over it has ONDEMAND_TIMEOUT and the others go on, until a third one does.
 * The first to run over it may try once more: functions are pure, and it may be the machine that was busy.
 */
export function compileOnDemandBatch(
  definition: OnDemandData,
): (rows: readonly Readonly<Record<string, Value>>[]) => readonly OnDemandOutcome[] {
  const { boxed, outputs, fill } = open(definition)
  const read = ([returned, result]: readonly [boolean, unknown]): OnDemandOutcome => {
    if (!returned) return asFettleError(definition.name, result)
    try {
      return outputs(result)
    } catch (error) {
      return asFettleError(definition.name, error)
    }
  }
  return rows => {
    const values = rows.map(row => fill(new Array(definition.inputs.length).fill(null), row))
    const outcomes: [boolean, unknown][] = []
    for (let slow = 0; outcomes.length < rows.length; slow++) {
      try {
        boxed.batch(values, outcomes, onDemandBudget(rows.length - outcomes.length))
      } catch (error) {
        if (slow === 0) continue
        const until = slow < slowRows ? outcomes.length + 1 : rows.length
        while (outcomes.length < until) outcomes.push([false, error])
      }
    }
    return outcomes.map(read)
  }
}

/** Wall time of a batch, in milliseconds. */
export function onDemandBudget(rows: number): number {
  return Math.max(50, 5 * rows)
}

interface Opened {
  readonly boxed: Sandboxed
  outputs(result: unknown): Record<string, Value>
  /** Puts the inputs into an array, in order, as the function takes them. */
  fill(values: unknown[], inputs: Readonly<Record<string, Value>>): unknown[]
}

function open(definition: OnDemandData): Opened {
  const names = definition.inputs.map(input => input.name)
  const conversions = definition.inputs.map(input => inputConversion(input.type))
  const composite = definition.inputs.map(input => /^(list|map|bytes)/.test(input.type))
  const boxed = sandbox(definition.name, definition.compute, names)
  trial(definition, boxed)
  return {
    boxed,
    outputs: outputReader(definition),
    fill: (values, inputs) => {
      for (let i = 0; i < names.length; i++) {
        const converted = conversions[i]?.(inputs[names[i] ?? ''] ?? null) ?? null
        values[i] = composite[i] ? boxed.adopt(converted) : converted
      }
      return values
    },
  }
}

/** A function need not cope with nulls before it meets one; what it may not use, or never ends, shows here. */
function trial(definition: OnDemandData, boxed: Sandboxed): void {
  try {
    boxed.guarded(definition.inputs.map(() => null))
  } catch (error) {
    const failure = asFettleError(definition.name, error)
    if (failure.code !== 'ONDEMAND_THREW') throw failure
  }
}

function outputReader(definition: OnDemandData): (result: unknown) => Record<string, Value> {
  const checks = definition.outputs.map(({ name, type }) => ({ name, type, check: outputCheck(type) }))
  const declared = new Set(definition.outputs.map(output => output.name))
  const bad = (message: string, details: object): never => {
    throw new FettleError('ONDEMAND_BAD_OUTPUT', `on-demand feature ${definition.name} ${message}`, {
      details: { name: definition.name, ...details },
    })
  }
  return result => {
    if (typeof result !== 'object' || result === null)
      return bad(`returned ${describe(result)} instead of an object`, {})
    const values: Record<string, Value> = {}
    for (const { name, type, check } of checks) {
      const raw: unknown = Reflect.get(result, name)
      const value = raw === undefined ? notOfType : check(raw)
      if (value === notOfType)
        return bad(`gave ${describe(raw)} for output ${name}, which is ${type}`, { output: name, type })
      values[name] = value
    }
    for (const name in result)
      if (!declared.has(name)) return bad(`gave an output ${name} that is not declared`, { output: name })
    return values
  }
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return String(value)
  return typeof value === 'object' || typeof value === 'function'
    ? `a ${typeof value}`
    : `the ${typeof value} ${String(value).slice(0, 60)}`
}

function asFettleError(name: string, error: unknown): FettleError {
  if (error instanceof FettleError) return error
  const thrown = typeof error === 'object' && error !== null ? error : {}
  const message = text(() => String(Reflect.get(thrown, 'message') ?? error))
  const line = lineOf(
    name,
    text(() => String(Reflect.get(thrown, 'stack') ?? '')),
  )
  const where = line === undefined ? '' : ` in line ${line}`
  const details = { name, ...(line === undefined ? {} : { line }) }
  const forbidden = text(() => String(Reflect.get(thrown, 'forbidden') ?? ''))
  if (forbidden !== '' || /^Code generation from strings/.test(message)) {
    return new FettleError(
      'ONDEMAND_FORBIDDEN',
      `on-demand feature ${name} uses ${forbidden || 'eval'}${where}: it must be a pure function of its inputs`,
      { details },
    )
  }
  return new FettleError('ONDEMAND_THREW', `on-demand feature ${name} threw${where}: ${message}`, { details })
}

/** What user code threw may itself throw when it is looked at. */
function text(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}

function lineOf(name: string, stack: string): number | undefined {
  const place = stack.split(`on-demand:${name}:`)[1]
  const line = place === undefined ? Number.NaN : Number.parseInt(place, 10)
  return Number.isNaN(line) ? undefined : line
}
