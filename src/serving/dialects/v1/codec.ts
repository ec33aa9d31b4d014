import { FettleError } from '../../../kernel/errors/index.ts'
import type { Answered, DecodedRequest } from '../../front/answered.ts'
import type { Reply } from '../../front/http.ts'
import type { ServingSignature } from '../../front/signature.ts'
import { parseBody } from '../../json/parse-body.ts'
import { answeredHeaders } from '../answered-headers.ts'
import type { Codec } from '../codec.ts'
import { asObject, type JsonObject } from '../oip/parameters.ts'
import { numberText, outputsOf, outputTexts, rowTexts } from '../outputs.ts'
import { decodeRows } from '../rows.ts'
import { decodeColumns, decodeInstances, type Form } from './decode.ts'

export interface PredictRequest extends DecodedRequest {
  readonly form: Form
}

/** `{"instances":[…]}` → `{"predictions":[…]}`, `{"inputs":…}` → `{"outputs":…}`. */
export const predictCodec: Codec<PredictRequest> = { decode: decodePredict, encode: encodePredict }

function decodePredict(body: Buffer, signature: ServingSignature): PredictRequest {
  const value = envelope(body, signature, ['instances', 'inputs', 'parameters'])
  const [rows, columns] = ['instances', 'inputs'].map(name => Object.hasOwn(value, name))
  if (rows === columns)
    throw new FettleError('EXACTLY_ONE_OF', 'send either instances (rows) or inputs (columns)')
  return rows
    ? { ...decodeInstances(value['instances'], signature), form: 'rows' }
    : { ...decodeColumns(value['inputs'], signature), form: 'columns' }
}

function encodePredict(answered: Answered<PredictRequest>): Reply {
  const { request, release } = answered
  const body =
    request.form === 'rows'
      ? `{"predictions":[${rowTexts(answered).join(',')}]}`
      : `{"outputs":${columnsText(answered, outputsOf(release))}}`
  return { status: 200, body, headers: answeredHeaders(answered) }
}

function columnsText(answered: Answered<DecodedRequest>, outputs: ReturnType<typeof outputsOf>): string {
  const columns = outputs.map(output => `[${outputTexts(answered, output).join(',')}]`)
  if (columns.length === 1) return columns[0] ?? '[]'
  return `{${outputs.map(({ name }, at) => `${JSON.stringify(name)}:${columns[at]}`).join(',')}}`
}

/** `{"examples":[{…}],"context"?}` → `{"results":[[[label, score]],…]}`; the label is the action, else the output's name. */
export const classifyCodec: Codec<DecodedRequest> = {
  decode: decodeExamples,
  encode(answered) {
    const { release } = answered
    const label = JSON.stringify(release.action?.name ?? outputsOf(release)[0]?.name ?? 'score')
    return results(
      answered,
      answered.rows.map(row => `[[${label},${numberText(row.score)}]]`),
    )
  },
}

/** `{"examples":[{…}],"context"?}` → `{"results":[…]}`. */
export const regressCodec: Codec<DecodedRequest> = {
  decode: decodeExamples,
  encode: answered =>
    results(
      answered,
      answered.rows.map(row => numberText(row.score)),
    ),
}

function results(answered: Answered<DecodedRequest>, texts: readonly string[]): Reply {
  return { status: 200, body: `{"results":[${texts.join(',')}]}`, headers: answeredHeaders(answered) }
}

function decodeExamples(body: Buffer, signature: ServingSignature): DecodedRequest {
  const value = envelope(body, signature, ['examples', 'context'])
  const { examples, context = {} } = value
  if (!Array.isArray(examples)) throw new FettleError('WRONG_TYPE', 'examples is not an array of objects')
  const shared = asObject(context, 'context')
  const rows = examples.map((example, row) => ({ ...shared, ...asObject(example, `example ${row}`) }))
  return decodeRows(rows.map(unlisted), undefined, signature)
}

/** Features of an example may be lists of one. */
function unlisted(example: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(example).map(([name, value]) => [
      name,
      Array.isArray(value) && value.length === 1 ? value[0] : value,
    ]),
  )
}

function envelope(body: Buffer, signature: ServingSignature, names: readonly string[]): JsonObject {
  const value = asObject(parseBody(body, signature), 'the body')
  const other = Object.keys(value).find(name => name !== 'signature_name' && !names.includes(name))
  if (other !== undefined)
    throw new FettleError('UNKNOWN_INPUT', `the body has ${JSON.stringify(other.slice(0, 80))}`, {
      hint: `Send ${names.join(', ')}.`,
    })
  const { signature_name: name } = value
  if (name === undefined || name === '' || name === 'serving_default') return value
  throw new FettleError('UNKNOWN_INPUT', 'signature_name is none of this deployment', {
    hint: 'Leave it out, or send "serving_default".',
  })
}
