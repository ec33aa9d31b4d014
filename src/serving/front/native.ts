import { FettleError } from '../../kernel/errors/index.ts'
import { parseBody } from '../json/parse-body.ts'
import type { Batch, Decided } from './decide.ts'
import { headerValue, type Reply } from './http.ts'
import type { ServingSignature } from './signature.ts'

const maxRows = 4096

/** What a request said besides its rows. */
export interface DecodedRequest extends Batch {
  readonly id: string | undefined
  /** Milliseconds the dialect allows, if it says so. */
  readonly timeoutMillis?: number
}

/** `{"rows":[{…}],"id"?}`, or one row as a bare object. */
export function decodeNative(body: Buffer, signature: ServingSignature): DecodedRequest {
  const value = parseBody(body, signature)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FettleError(
      'BAD_JSON',
      'the body is not an object: send {"rows":[{…}]} or one object of fields',
    )
  }
  const bare = !('rows' in value) || signature.request.some(field => field.name === 'rows')
  return bare
    ? decodeRows([value], undefined, signature)
    : decodeEnvelope(value as { rows: unknown; id?: unknown }, signature)
}

function decodeEnvelope(value: { rows: unknown; id?: unknown }, signature: ServingSignature): DecodedRequest {
  const other = Object.keys(value).find(name => name !== 'rows' && name !== 'id')
  if (other !== undefined)
    throw new FettleError(
      'UNKNOWN_INPUT',
      `the body has ${JSON.stringify(other.slice(0, 80))} beside rows and id`,
    )
  if (!Array.isArray(value.rows)) throw new FettleError('WRONG_TYPE', 'rows is not an array of objects')
  return decodeRows(value.rows, requestIdOf(value.id), signature)
}

/** Ids are texts of at most 1 024 characters; absent is fine. */
export function requestIdOf(id: unknown): string | undefined {
  if (id === undefined) return undefined
  if (typeof id === 'string' && id.length <= 1024) return id
  throw new FettleError('WRONG_TYPE', 'id is not a text of at most 1024 characters')
}

function decodeRows(
  inputs: readonly unknown[],
  id: string | undefined,
  signature: ServingSignature,
): DecodedRequest {
  requireRows(inputs.length)
  const vectors = new Float64Array(inputs.length * signature.width)
  const rows = inputs.map((input, row) => signature.check(input, row, vectors, row * signature.width))
  return { rows, vectors, id }
}

export function requireRows(count: number): void {
  if (count > maxRows) {
    throw new FettleError('BATCH_TOO_LARGE', `${count} rows are more than the ${maxRows} of one request`, {
      details: { rows: count, limit: maxRows },
    })
  }
}

export function encodeNative(decided: Decided): Reply {
  const { base, rows, servedBy, degradedReasons, note } = decided
  const health = `,"served_by":"${servedBy}"${degradedReasons.length > 0 ? `,"degraded_reason":${JSON.stringify(degradedReasons)}` : ''}}`
  const action = note.action ? `,"action":${JSON.stringify(note.action.name)}` : ''
  let predictions = ''
  for (let row = 0; row < rows.length; row++) {
    const { score, acted } = rows[row] as (typeof rows)[number]
    predictions += `${row > 0 ? ',' : ''}{"prediction_id":"${base}-${row}","score":${numberText(score)}${acted ? action : ''}${health}`
  }
  return {
    status: 200,
    body: `{"id":${JSON.stringify(decided.requestId)},"predictions":[${predictions}]}`,
    headers: identityHeaders(decided),
  }
}

/** Text that parses back to the same bits. */
export function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

/** What every reply says, whatever the dialect. */
export function identityHeaders(decided: Decided): readonly string[] {
  const headers = [
    'fettle-request-id',
    headerValue(decided.requestId),
    'fettle-prediction-base',
    decided.base,
    'fettle-release',
    String(decided.note.release),
    'fettle-served-by',
    decided.servedBy,
    'fettle-logged',
    decided.logged ? 'true' : 'false',
  ]
  if (decided.degradedReasons.length > 0) headers.push('fettle-degraded', decided.degradedReasons.join(','))
  return headers
}
