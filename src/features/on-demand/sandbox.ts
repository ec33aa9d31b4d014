import { createContext, runInContext, Script } from 'node:vm'
import { FettleError } from '../../kernel/errors/index.ts'
import { messageOf } from '../../kernel/message-of.ts'
import { refuseForbidden } from './forbidden.ts'

/** How long the guarded calls of a function may take, in milliseconds: they compile it. Batches have their budget. */
const guardMs = 1000

export interface Sandboxed {
  /** Calls the function with one argument per input, in order; what it throws is passed on untouched. */
  call(values: readonly unknown[]): unknown
  /** The same, ended after a second by ONDEMAND_TIMEOUT. Costs about 0.2 ms: not for the hot path. */
  guarded(values: readonly unknown[]): unknown
  /**
   * Calls the function with each row in turn, appending `[true, result]` or `[false, thrown]` to `outcomes`, which says
   * where to begin. ONDEMAND_TIMEOUT after `limitMs` for all of them; the row that ran then is the next one of `outcomes`.
   */
  batch(rows: readonly (readonly unknown[])[], outcomes: [boolean, unknown][], limitMs: number): void
  /** Turns a list, a map or bytes into a value of the function's own realm, so that no object of ours reaches it. */
  adopt(value: unknown): unknown
}

/**
 * Globals of the fresh realm that reach out of it, or differ from call to call, are replaced by accessors that throw.
 * Text is never turned into code: `eval` and `Function` are switched off for the realm.
 */
const hardening = `(() => {
  'use strict'
  const refuse = name => { throw Object.assign(new Error(name + ' is not available to on-demand features'), { forbidden: name }) }
  const gone = ['process', 'require', 'module', 'fetch', 'console', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask',
    'performance', 'crypto', 'Buffer', 'WebAssembly', 'SharedArrayBuffer', 'Atomics', 'WeakRef',
    'ArrayBuffer', 'DataView', 'Int8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'Float32Array',
    'Float64Array', 'BigInt64Array', 'BigUint64Array', 'FinalizationRegistry', 'eval', 'Function', 'Intl']
  for (const name of gone) Object.defineProperty(globalThis, name, { get: () => refuse(name), configurable: false })
  const RealDate = Date
  const PureDate = function Date(...parts) {
    if (!new.target || parts.length === 0) refuse('Date')
    return Reflect.construct(RealDate, parts)
  }
  PureDate.UTC = RealDate.UTC
  PureDate.parse = text => /(Z|[+-]\\d\\d:\\d\\d)$/.test(text) ? RealDate.parse(text) : refuse('Date.parse without zone')
  PureDate.now = () => refuse('Date.now')
  PureDate.prototype = RealDate.prototype
  Object.defineProperty(RealDate.prototype, 'constructor', { value: PureDate })
  Object.defineProperty(globalThis, 'Date', { value: PureDate, writable: false, configurable: false })
  Object.defineProperty(Math, 'random', { value: () => refuse('Math.random'), writable: false, configurable: false })
  for (const name of ['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString', 'getHours', 'getDay', 'getDate', 'getMonth', 'getFullYear', 'getMinutes', 'getTimezoneOffset', 'toString']) {
    Object.defineProperty(RealDate.prototype, name, { value: () => refuse('Date.' + name + ', which depends on the machine') })
  }
  for (const builtin of [Object, Array, Map, Set, String, Number, Boolean, BigInt, RegExp, Error, Promise, Uint8Array, RealDate]) {
    Object.freeze(builtin.prototype)
    Object.freeze(builtin)
  }
  for (const builtin of [Math, JSON, Reflect]) Object.freeze(builtin)
})()`

const adopting = `(() => {
  'use strict'
  const adopt = (value, kind) => {
    if (kind === 'list') { const list = []; for (let i = 0; i < value.length; i++) list[i] = value[i]; return Object.freeze(list) }
    if (kind === 'bytes') { const bytes = new Uint8Array(value.length); for (let i = 0; i < value.length; i++) bytes[i] = value[i]; return bytes }
    const map = {}
    for (let i = 0; i < value.length; i += 2) Object.defineProperty(map, value[i], { value: value[i + 1], enumerable: true })
    return Object.freeze(map)
  }
  return adopt
})()`

/** Only functions of the realm itself are reachable from it: one of ours would lead out through its constructor. */
const arming = `(() => {
  let call, values
  Object.defineProperty(globalThis, '__guarded', { value: () => call(...values) })
  return (nextCall, nextValues) => { call = nextCall; values = nextValues }
})()`

const batching = `(() => {
  let call, rows, outcomes
  Object.defineProperty(globalThis, '__batch', { value: () => {
    for (let row = outcomes.length; row < rows.length; row++) {
      let outcome
      try { outcome = [true, call(...rows[row])] } catch (error) { outcome = [false, error] }
      outcomes[row] = outcome
    }
  } })
  return (nextCall, nextRows, nextOutcomes) => { call = nextCall; rows = nextRows; outcomes = nextOutcomes }
})()`

/** Compiles the text of a function in a realm of its own; ONDEMAND_FORBIDDEN if it cannot be pure or is no function. */
export function sandbox(name: string, text: string, inputs: readonly string[]): Sandboxed {
  refuseForbidden(name, text)
  const context = createContext(Object.create(null), {
    name: `on-demand ${name}`,
    codeGeneration: { strings: false, wasm: false },
  })
  runInContext(hardening, context)
  const adopt: (value: unknown, kind: string) => unknown = runInContext(adopting, context)
  const arm: (call: unknown, values: readonly unknown[]) => void = runInContext(arming, context)
  const armBatch: (call: unknown, rows: unknown, outcomes: unknown) => void = runInContext(batching, context)
  const parameters = inputs.map((_, index) => `a${index}`).join(',')
  const members = inputs.map((input, index) => `[${JSON.stringify(input)}]:a${index}`).join(',')
  const script = compile(name, text, `=>(${parameters})=>f({${members}})`)
  let call: (...values: readonly unknown[]) => unknown
  try {
    call = script.runInContext(context)
  } catch (error) {
    throw noFunction(name, error)
  }
  return {
    call: values => call(...values),
    guarded: values => {
      arm(call, values)
      return limited(name, context, { script: '__guarded()', limitMs: guardMs })
    },
    batch: (rows, outcomes, limitMs) => {
      armBatch(call, rows, outcomes)
      limited(name, context, { script: '__batch()', limitMs })
    },
    adopt: value => adoptDeep(value, adopt),
  }
}

/** The user's text starts at line 1, column 1 of its own file, so that positions in errors are those of the text. */
function compile(name: string, text: string, wrapper: string): Script {
  const filename = `on-demand:${name}`
  const forms = [`(f${wrapper})(${text}\n)`, `(({f})${wrapper})({f:Object.values({${text}\n})[0]})`]
  let failure: unknown
  for (const form of forms) {
    try {
      return new Script(form, { filename, columnOffset: -form.indexOf(text) })
    } catch (error) {
      failure ??= error
    }
  }
  throw noFunction(name, failure)
}

function noFunction(name: string, failure: unknown): FettleError {
  return new FettleError(
    'ONDEMAND_FORBIDDEN',
    `the text of on-demand feature ${name} is not a function: ${messageOf(failure)}`,
    { details: { name } },
  )
}

function limited(
  name: string,
  context: object,
  { script, limitMs }: { readonly script: string; readonly limitMs: number },
): unknown {
  try {
    return runInContext(script, context, { timeout: limitMs })
  } catch (error) {
    if (
      typeof error === 'object' &&
      error !== null &&
      Reflect.get(error, 'code') === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
    ) {
      throw new FettleError('ONDEMAND_TIMEOUT', `on-demand feature ${name} ran longer than ${limitMs} ms`, {
        details: { name, limitMs },
      })
    }
    throw error
  }
}

function adoptDeep(value: unknown, adopt: (value: unknown, kind: string) => unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (value instanceof Uint8Array) return adopt(value, 'bytes')
  if (value instanceof Map)
    return adopt(
      [...value].flatMap(([key, item]) => [key, adoptDeep(item, adopt)]),
      'map',
    )
  if (Array.isArray(value))
    return adopt(
      value.map(item => adoptDeep(item, adopt)),
      'list',
    )
  return null
}
