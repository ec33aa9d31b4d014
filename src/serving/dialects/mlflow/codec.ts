import { isUtf8 } from 'node:buffer'
import { FettleError } from '../../../kernel/errors/index.ts'
import type { Answered, DecodedRequest } from '../../front/answered.ts'
import type { Reply } from '../../front/http.ts'
import type { ServingSignature } from '../../front/signature.ts'
import { parseBody } from '../../json/parse-body.ts'
import { answeredHeaders } from '../answered-headers.ts'
import type { Codec } from '../codec.ts'
import { asObject, type JsonObject } from '../oip/parameters.ts'
import { rowTexts } from '../outputs.ts'
import { decodeColumns, decodeInstances } from '../v1/decode.ts'
import { decodeCsv, decodeRecords, decodeSplit, type FrameRequest } from './frame.ts'

/** `{"predictions": [value or record of outputs, …]}`. */
export function encodePredictions(answered: Answered<DecodedRequest>): Reply {
  return {
    status: 200,
    body: `{"predictions":[${rowTexts(answered).join(',')}]}`,
    headers: answeredHeaders(answered),
  }
}

/** `application/json` of MLflow's scoring protocol. */
export const jsonCodec: Codec<FrameRequest> = {
  decode: (body, signature) => decodeJson(body, signature),
  encode: encodePredictions,
}

const decoders: Readonly<Record<string, (value: unknown, signature: ServingSignature) => FrameRequest>> = {
  dataframe_split: (value, signature) => decodeSplit(asObject(value, 'dataframe_split'), signature),
  dataframe_records: decodeRecords,
  instances: (value, signature) => ({ ...decodeInstances(value, signature), extraColumns: 0 }),
  inputs: (value, signature) => ({
    ...(Array.isArray(value) && signature.request.length > 1
      ? decodeInstances(value, signature)
      : decodeColumns(value, signature)),
    extraColumns: 0,
  }),
}
const generative = ['messages', 'prompt', 'input']

function decodeJson(body: Buffer, signature: ServingSignature): FrameRequest {
  const parsed = parseBody(body, signature)
  if (Array.isArray(parsed)) throw exactlyOne('the body is a bare list')
  const value: JsonObject = asObject(parsed, 'the body')
  const sent = Object.keys(decoders).filter(name => Object.hasOwn(value, name))
  const [name, ...others] = sent
  if (name === undefined && generative.some(each => Object.hasOwn(value, each)))
    throw new FettleError('UNSUPPORTED', 'the deployment is not a generative model', {
      hint: 'Send dataframe_split, dataframe_records, instances or inputs.',
    })
  if (name === undefined) throw exactlyOne('the body has none of them')
  if (others.length > 0) throw exactlyOne(`the body has ${sent.join(' and ')}`)
  const unknown = Object.keys(value).find(each => each !== name && each !== 'params')
  if (unknown !== undefined)
    throw new FettleError(
      'UNKNOWN_INPUT',
      `the body has ${JSON.stringify(unknown.slice(0, 80))} beside ${name} and params`,
    )
  if (value['params'] !== undefined && value['params'] !== null) asObject(value['params'], 'params')
  return (decoders[name] as (typeof decoders)[string])(value[name], signature)
}

function exactlyOne(what: string): FettleError {
  return new FettleError('EXACTLY_ONE_OF', what, {
    hint: 'Send an object with one of dataframe_split, dataframe_records, instances and inputs.',
  })
}

/** `text/csv`. */
export function csvCodec(header: boolean): Codec<FrameRequest> {
  return {
    decode: (body, signature) => decodeCsv(textOf(body), { header, signature }),
    encode: encodePredictions,
  }
}

/** BAD_UTF8 for other bytes; a byte-order mark is refused as in JSON. */
export function textOf(body: Buffer): string {
  if (!isUtf8(body)) throw new FettleError('BAD_UTF8', 'the body is not UTF-8')
  const text = body.toString('utf8')
  if (text.startsWith('\ufeff'))
    throw new FettleError('BAD_CSV', 'line 1 begins with a byte-order mark: leave it out', {
      details: { line: 1 },
    })
  return text
}
