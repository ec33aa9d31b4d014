import { FettleError } from '../../kernel/errors/index.ts'

/** The sentence clients look for when a field is absent. */
export function missing(path: string): FettleError {
  return new FettleError('BAD_REQUEST', `Missing value for required parameter '${path}'.`, {
    details: { parameter: path },
  })
}

/** The sentence clients look for when a field holds something else than it may. */
export function invalid(path: string, value: unknown, wanted: string): FettleError {
  return new FettleError(
    'BAD_REQUEST',
    `Invalid value ${shown(value)} for parameter '${path}' supplied: ${wanted}`,
    { details: { parameter: path } },
  )
}

const shownLength = 200

/** The start of the value as JSON: a body may be large, and deeper than a recursion may go. */
function shown(value: unknown): string {
  let json: string
  try {
    json = JSON.stringify(value) ?? 'null'
  } catch {
    json = 'nested too deep to show'
  }
  return json.length <= shownLength ? json : `${json.slice(0, shownLength)}…`
}
