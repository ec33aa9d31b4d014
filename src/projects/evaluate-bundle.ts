import { createContext, Script } from 'node:vm'
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping'
import { FettleError } from '../kernel/errors/index.ts'
import type { Bundle } from './bundle-definitions.ts'

const evaluationLimitMs = 10_000
const scriptName = 'definitions.js'

/** Exports of each definition file, still in the realm they were made in. */
export interface EvaluatedModule {
  readonly file: string
  readonly exports: Readonly<Record<string, unknown>>
}

/**
 * Runs a bundle where there is no file, network, clock or randomness to reach for; stopped after `limitMs` (ten seconds).
 * What user code throws comes out as DEFINITIONS_UNLOADABLE with the place in the user's file.
 */
export function evaluateBundle(
  bundle: Bundle,
  limitMs: number = evaluationLimitMs,
): readonly EvaluatedModule[] {
  const context = createContext(Object.create(null), { codeGeneration: { strings: false, wasm: false } })
  new Script(sealed).runInContext(context)
  try {
    new Script(bundle.code, { filename: scriptName }).runInContext(context, { timeout: limitMs })
  } catch (cause) {
    throw evaluationFailure(cause, { bundle, limitMs })
  }
  return (context as { project: { modules: readonly EvaluatedModule[] } }).project.modules
}

/** Takes the clock and randomness out of the realm; nothing else of the outside is in it. */
const sealed = `
  const refuse = what => () => { throw new Error('definitions are pure: ' + what + ' is not available to them') }
  Math.random = refuse('Math.random')
  const RealDate = Date
  globalThis.Date = class Date extends RealDate {
    constructor(...args) { if (args.length === 0) refuse('the clock')(); super(...args) }
    static now() { refuse('the clock')() }
  }
`

/** `file:line` in the user's source of the first frame that is not the language's own. */
export function placeOf(stack: string, bundle: Bundle): string | undefined {
  const map = new TraceMap(bundle.map)
  for (const match of stack.matchAll(/definitions\.js:(\d+):(\d+)/g)) {
    const position = originalPositionFor(map, { line: Number(match[1]), column: Number(match[2]) - 1 })
    const file = bundle.files.find(each => position.source?.endsWith(each))
    if (file && position.line !== null) return `${file}:${position.line}`
  }
  return undefined
}

function evaluationFailure(
  cause: unknown,
  { bundle, limitMs }: { readonly bundle: Bundle; readonly limitMs: number },
): FettleError {
  const {
    message = String(cause),
    stack = '',
    code,
  } = cause as { message?: string; stack?: string; code?: string }
  if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') {
    return new FettleError(
      'DEFINITIONS_UNLOADABLE',
      `the definitions did not finish loading within ${limitMs / 1000} s`,
      { hint: 'Look for a loop that does not end.' },
    )
  }
  const place = placeOf(stack, bundle)
  return new FettleError('DEFINITIONS_UNLOADABLE', `${place ? `${place}: ` : ''}${message}`, {
    details: { problems: [{ message, location: place ?? null }] },
    ...(/pure|not defined/.test(message) ? {} : { hint: 'Mend the named line.' }),
  })
}
