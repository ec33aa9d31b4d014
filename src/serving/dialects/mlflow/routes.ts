import type { IncomingMessage } from 'node:http'
import { FettleError } from '../../../kernel/errors/index.ts'
import { isReady } from '../../front/front-state.ts'
import { jsonReply, type Reply } from '../../front/http.ts'
import { answerCall, type Call, defaultDeployment, nameOf, requireMethod, type Target } from '../call.ts'
import type { Codec } from '../codec.ts'
import { linesCodec } from '../sagemaker/lines.ts'
import { encodeCsvReply, executionParameters } from '../sagemaker/replies.ts'
import { csvCodec, jsonCodec } from './codec.ts'
import type { FrameRequest } from './frame.ts'

/** MLflow's scoring protocol, and SageMaker's in its profile; undefined: the path is none of theirs. */
export function routeMlflow(call: Call, path: string): Reply | Promise<Reply> | undefined {
  const { state, req } = call
  if (path === '/invocations') {
    requireMethod(req, 'POST')
    return invoke(call, { deployment: defaultDeployment(state) })
  }
  const [, name] = /^\/deployments\/([^/]+)\/invocations$/.exec(path) ?? []
  if (name !== undefined) {
    requireMethod(req, 'POST')
    return invoke(call, { deployment: nameOf(name) })
  }
  const text = textRoute(call, path)
  if (text === undefined) return undefined
  requireMethod(req, 'GET')
  return text
}

function textRoute({ state }: Call, path: string): Reply | undefined {
  const contentType = 'text/plain; charset=utf-8'
  if (path === '/ping' || path === '/health')
    return { status: isReady(state) ? 200 : 503, body: '\n', contentType }
  if (path === '/version') return { status: 200, body: state.version, contentType }
  if (path === '/execution-parameters' && state.dialects.profile === 'sagemaker')
    return jsonReply(executionParameters())
  return undefined
}

async function invoke(call: Call, target: Target): Promise<Reply> {
  const { ignored, profile } = call.state.dialects
  const codec = codecOf(call.req, profile === 'sagemaker')
  const wantsCsv = profile === 'sagemaker' && /^text\/csv\b/.test(call.req.headers.accept ?? '')
  return answerCall(call, target, {
    decode(body, signature, release) {
      const request = codec.decode(body, signature, release)
      ignored.columns += request.extraColumns
      return request
    },
    encode: wantsCsv ? encodeCsvReply : codec.encode,
  })
}

/** By media type. Parameters: a charset of UTF-8, and `header=present|absent` of CSV. */
function codecOf(req: IncomingMessage, sagemaker: boolean): Codec<FrameRequest> {
  const [media = '', ...parameters] = (req.headers['content-type'] ?? 'application/json')
    .split(';')
    .map(part => part.trim().toLowerCase())
  let header = !sagemaker
  for (const parameter of parameters.filter(each => each !== '')) {
    if (/^charset="?utf-?8"?$/.test(parameter)) continue
    const [, said] = media === 'text/csv' ? (/^header=(present|absent)$/.exec(parameter) ?? []) : []
    if (said === undefined)
      throw new FettleError('BAD_CHARSET', 'the Content-Type has a parameter other than charset=utf-8')
    header = said === 'present'
  }
  if (media === 'application/json') return jsonCodec
  if (media === 'text/csv') return csvCodec(header)
  if (sagemaker && (media === 'application/jsonlines' || media === 'application/jsonl')) return linesCodec
  throw new FettleError(
    'UNSUPPORTED_MEDIA',
    'the body has a Content-Type other than application/json, text/csv',
    {
      hint: 'Send application/json or text/csv; in the SageMaker profile application/jsonlines too.',
    },
  )
}
