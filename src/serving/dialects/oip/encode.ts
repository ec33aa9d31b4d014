import type { Answered } from '../../front/answered.ts'
import type { Reply } from '../../front/http.ts'
import { encodeTensor } from '../../oip/binary-tensor.ts'
import { answeredHeaders } from '../answered-headers.ts'
import { actionOf, type Output, outputTexts } from '../outputs.ts'
import type { InferRequest } from './decode.ts'
import { outputDatatype } from './metadata.ts'

/** Outputs in the order asked for; identity in headers and parameters. Raw tensors follow the JSON in the same order. */
export function encodeInfer(answered: Answered<InferRequest>): Reply {
  const { request, rows, release } = answered
  const tensors: Buffer[] = []
  const outputs = request.outputs.map(({ output, binary }) => {
    const head = `{"name":${JSON.stringify(output.name)},"datatype":"${outputDatatype(output)}","shape":[${rows.length}]`
    if (!binary) return `${head},"data":[${outputTexts(answered, output).join(',')}]}`
    const bytes = outputBytes(answered, output)
    tensors.push(bytes)
    return `${head},"parameters":{"binary_data_size":${bytes.length}}}`
  })
  const id = request.id === undefined ? '' : `"id":${JSON.stringify(request.id)},`
  const model = `"model_name":${JSON.stringify(release.deployment)},"model_version":"${versionOf(answered)}"`
  const json = `{${model},${id}"parameters":${JSON.stringify(replyParameters(answered))},"outputs":[${outputs.join(',')}]}`
  const headers = answeredHeaders(answered)
  if (tensors.length === 0) return { status: 200, body: json, headers }
  const head = Buffer.from(json)
  return {
    status: 200,
    body: Buffer.concat([head, ...tensors]),
    contentType: 'application/octet-stream',
    headers: [...headers, 'Inference-Header-Content-Length', String(head.length)],
  }
}

/** The release that answered; where several did, the one whose signature was used. */
export function versionOf({ answeredBy, release }: Answered<InferRequest>): string {
  return answeredBy === 'mixed' ? String(release.number) : answeredBy
}

/** What headers say too. */
export function replyParameters(answered: Answered<InferRequest>): Readonly<Record<string, string>> {
  const { degradedReasons } = answered
  return {
    prediction_base: answered.base,
    release: answered.answeredBy,
    arm: answered.arm,
    served_by: answered.servedBy,
    ...(degradedReasons.length > 0 ? { degraded_reason: degradedReasons.join(',') } : {}),
  }
}

/** Little-endian bytes of one output. */
export function outputBytes({ rows, release }: Answered<InferRequest>, output: Output): Buffer {
  return encodeTensor(
    outputDatatype(output),
    output.kind === 'score' ? rows.map(row => row.score) : rows.map(row => actionOf(row, release)),
  )
}
