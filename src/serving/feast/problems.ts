import { type ErrorCode, FettleError, isFettleError } from '../../kernel/errors/index.ts'
import { uuidv7 } from '../../kernel/ids.ts'
import type { Reply } from '../front/http.ts'

/** Where in the request a problem is, as Feast's server says it: `['body', 'df', 'trips', 3]`. */
export type Location = readonly (string | number)[]

/** One entry of the `detail` of a 422. */
export interface Problem {
  readonly loc: Location
  readonly msg: string
  /** Default: that of the whole error. */
  readonly code?: string
}

/** A mistake of the caller at a place of the request. */
export function problemAt(code: ErrorCode, loc: Location, msg: string): FettleError {
  return problems(code, [{ loc, msg }])
}

/** Several at once, in order. */
export function problems(code: ErrorCode, found: readonly Problem[]): FettleError {
  return new FettleError(code, found[0]?.msg ?? 'the request is wrong', {
    details: { problems: found as never },
  })
}

/** Exceptions that Feast's clients rebuild. */
const feastClasses: Partial<Record<ErrorCode, readonly [status: number, name: string]>> = {
  FEATURE_VIEW_UNKNOWN: [404, 'FeatureViewNotFoundException'],
  VERSION_UNKNOWN: [404, 'FeatureViewNotFoundException'],
  TRAINING_SET_UNKNOWN: [404, 'FeatureServiceNotFoundException'],
  FEATURE_UNKNOWN: [404, 'FeastObjectNotFoundException'],
  SOURCE_UNKNOWN: [422, 'PushSourceNotFoundException'],
  SOURCE_NOT_WRITABLE: [422, 'PushSourceNotFoundException'],
  NAME_COLLISION: [422, 'FeatureNameCollisionError'],
}

/** The path does not lead to a mistake in the body: these keep their status. */
const ofHttp: readonly ErrorCode[] = [
  'UNKNOWN_ROUTE',
  'METHOD_NOT_ALLOWED',
  'UNSUPPORTED_MEDIA',
  'UNSUPPORTED_ENCODING',
]

/**
 * Any error as a Feast client expects it (features.md §16.3): a JSON string that holds JSON where Feast has an exception
 * of that name, 422 with places for what else the caller got wrong, and never 500.
 */
export function feastErrorReply(error: unknown, onIncident: (id: string, error: unknown) => void): Reply {
  const requestId = uuidv7()
  const known = isFettleError(error) ? error : undefined
  if (known === undefined || known.code === 'INTERNAL') onIncident(requestId, error)
  const headers = ['fettle-request-id', requestId, 'fettle-error-code', known?.code ?? 'INTERNAL']
  if (known === undefined || known.code === 'INTERNAL')
    return reply(503, { detail: `a fault inside Fettle, incident ${requestId}` }, headers)
  const { code, status } = known
  const message = known.hint ? `${known.message}. ${known.hint}` : known.message
  const [feastStatus, name] = feastClasses[code] ?? []
  if (feastStatus !== undefined)
    return reply(feastStatus, JSON.stringify({ module: 'feast.errors', class: name, message }), headers)
  if (status >= 500) {
    if (status === 503) headers.push('retry-after', '1')
    return reply(status, { detail: message }, headers)
  }
  if (ofHttp.includes(code)) {
    const allow = known.details['allow']
    if (typeof allow === 'string') headers.push('allow', allow)
    return reply(status, { detail: message }, headers)
  }
  const detail = problemsOf(known).map(each => ({
    type: (each.code ?? code).toLowerCase(),
    loc: each.loc,
    msg: each.msg,
  }))
  return reply(422, { detail }, headers)
}

function reply(status: number, body: unknown, headers: readonly string[]): Reply {
  return { status, body: JSON.stringify(body), headers }
}

function problemsOf(error: FettleError): readonly Problem[] {
  const { problems: found, column, row, position } = error.details
  if (Array.isArray(found)) return found as unknown as readonly Problem[]
  return [{ loc: ['body', ...inBody(error.code, { column, row, position })], msg: error.message }]
}

/** Reads say which column and row; their values stand in `entities`. */
function inBody(
  code: ErrorCode,
  { column, row, position }: { column?: unknown; row?: unknown; position?: unknown },
): Location {
  if (code === 'BAD_REFERENCE') return ['features', Number(position)]
  if (code === 'NO_FEATURES') return ['features']
  if (code === 'EXACTLY_ONE_OF') return ['feature_service']
  if (code === 'RAGGED_DATA' || code === 'BATCH_TOO_LARGE') return ['entities']
  if (typeof column !== 'string') return []
  return typeof row === 'number' ? ['entities', column, row] : ['entities', column]
}
