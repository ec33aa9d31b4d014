import type { Answered, DecodedRequest } from '../front/answered.ts'
import { headerValue } from '../front/http.ts'

/** What every reply says, whatever the dialect: flat pairs of names and values. */
export function answeredHeaders(answered: Answered<DecodedRequest>): readonly string[] {
  const headers = [
    'fettle-request-id',
    headerValue(answered.requestId),
    'fettle-prediction-base',
    answered.base,
    'fettle-release',
    answered.answeredBy,
    'fettle-arm',
    answered.arm,
    'fettle-served-by',
    answered.servedBy,
    'fettle-logged',
    answered.logged ? 'true' : 'false',
  ]
  if (answered.degradedReasons.length > 0) headers.push('fettle-degraded', answered.degradedReasons.join(','))
  return headers
}
