import { FettleError } from '../../../kernel/errors/index.ts'
import type { Answered, AnsweredRow, DecodedRequest } from '../../front/answered.ts'
import type { Reply } from '../../front/http.ts'
import type { ServingSignature } from '../../front/signature.ts'
import { parseBody } from '../../json/parse-body.ts'
import { answeredHeaders } from '../answered-headers.ts'
import type { Codec } from '../codec.ts'
import { numberText } from '../outputs.ts'
import { decodeRows, requestIdOf } from '../rows.ts'

/** `{"rows":[{…}],"id"?}`, or one row as a bare object. */
export const nativeCodec: Codec<DecodedRequest> = { decode: decodeNative, encode: encodeNative }

function decodeNative(body: Buffer, signature: ServingSignature): DecodedRequest {
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

function encodeNative(answered: Answered<DecodedRequest>): Reply {
  const { base, rows, release } = answered
  const action = release.action ? `,"action":${JSON.stringify(release.action.name)}` : ''
  const several = answered.answeredBy === 'mixed' || answered.arm === 'mixed'
  let predictions = ''
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as AnsweredRow
    const who = several ? `,"release":${row.release},"arm":"${row.arm}"` : ''
    predictions += `${at > 0 ? ',' : ''}{"prediction_id":"${base}-${at}","score":${numberText(row.score)}${row.acted ? action : ''}${who}${healthOf(row)}}`
  }
  return {
    status: 200,
    body: `{"id":${JSON.stringify(answered.requestId)},"predictions":[${predictions}]}`,
    headers: answeredHeaders(answered),
  }
}

function healthOf({ servedBy, degradedReasons }: AnsweredRow): string {
  const why = degradedReasons.length > 0 ? `,"degraded_reason":${JSON.stringify(degradedReasons)}` : ''
  return `,"served_by":"${servedBy}"${why}`
}
