import type { FettleError } from '../../kernel/errors/index.ts'
import type { ErrorBody } from '../front/http.ts'

/** OIP and V1: `{"error":"CODE: sentence"}`. */
export const tensorError: ErrorBody = ({ code, message }) => ({
  body: JSON.stringify({ error: `${code}: ${message}` }),
})

/** MLflow and SageMaker: `{"error_code","message"}`; a media type that is not understood is answered in plain text. */
export const mlflowError: ErrorBody = error => {
  const message = `${error.code}: ${error.message}`
  if (error.status === 415) return { body: message, contentType: 'text/plain; charset=utf-8' }
  return { body: JSON.stringify({ error_code: mlflowCode(error), message }) }
}

const mlflowCodes: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'RESOURCE_DOES_NOT_EXIST',
  429: 'REQUEST_LIMIT_EXCEEDED',
  500: 'INTERNAL_ERROR',
  501: 'NOT_IMPLEMENTED',
  503: 'TEMPORARILY_UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

function mlflowCode({ status }: FettleError): string {
  return mlflowCodes[status] ?? 'BAD_REQUEST'
}
