import type { ErrorCode, FettleError } from '../../kernel/errors/index.ts'
import type { MlflowRouteName } from './routes.ts'

/** Codes of the dialect with the status each is sent with. */
export const wireStatus = {
  INVALID_PARAMETER_VALUE: 400,
  BAD_REQUEST: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  RESOURCE_DOES_NOT_EXIST: 404,
  ENDPOINT_NOT_FOUND: 404,
  RESOURCE_CONFLICT: 409,
  INVALID_STATE: 409,
  REQUEST_LIMIT_EXCEEDED: 429,
  INTERNAL_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  TEMPORARILY_UNAVAILABLE: 503,
  RESOURCE_EXHAUSTED: 507,
} as const

export type WireCode = keyof typeof wireStatus

/** What a request is refused with: clients decide by the code, people read the message. */
export interface WireRefusal {
  readonly status: number
  readonly code: WireCode
  readonly message: string
}

const codes: Partial<Record<ErrorCode, WireCode>> = {
  NAME_TAKEN: 'RESOURCE_ALREADY_EXISTS',
  TRACKING_DELETED: 'INVALID_PARAMETER_VALUE',
  ALIAS_UNKNOWN: 'INVALID_PARAMETER_VALUE',
  UNKNOWN_ROUTE: 'ENDPOINT_NOT_FOUND',
  OVERLOADED: 'REQUEST_LIMIT_EXCEEDED',
}

const codesByStatus: Readonly<Record<number, WireCode>> = {
  400: 'INVALID_PARAMETER_VALUE',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'RESOURCE_DOES_NOT_EXIST',
  405: 'ENDPOINT_NOT_FOUND',
  409: 'RESOURCE_CONFLICT',
  413: 'INVALID_PARAMETER_VALUE',
  415: 'INVALID_PARAMETER_VALUE',
  429: 'REQUEST_LIMIT_EXCEEDED',
  501: 'NOT_IMPLEMENTED',
  503: 'TEMPORARILY_UNAVAILABLE',
  507: 'RESOURCE_EXHAUSTED',
}

/** Where one call tells a thing in another way than the rest. */
const codesByRoute: Partial<Record<MlflowRouteName, Partial<Record<ErrorCode, WireCode>>>> = {
  updateExperiment: { TRACKING_DELETED: 'INVALID_STATE' },
  deleteExperiment: { TRACKING_DELETED: 'RESOURCE_DOES_NOT_EXIST' },
}

/** A coded error in the dialect's words; `route` is the call it came out of. */
export function refusalOf(error: FettleError, route?: MlflowRouteName): WireRefusal {
  const code =
    (route === undefined ? undefined : codesByRoute[route]?.[error.code]) ??
    codes[error.code] ??
    codesByStatus[error.status] ??
    (error.status < 500 ? 'INVALID_PARAMETER_VALUE' : 'INTERNAL_ERROR')
  return {
    status: error.status === 405 || error.status === 413 ? error.status : wireStatus[code],
    code,
    message: error.message,
  }
}
