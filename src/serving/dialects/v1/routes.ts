import { FettleError } from '../../../kernel/errors/index.ts'
import { isReady } from '../../front/front-state.ts'
import { jsonReply, type Reply } from '../../front/http.ts'
import type { LoadedRelease } from '../../front/load-release.ts'
import { answeredHeaders } from '../answered-headers.ts'
import {
  answerCall,
  answeredCall,
  type Call,
  defaultDeployment,
  requireDeployment,
  requireMedia,
  requireMethod,
  type Target,
  unknownRoute,
} from '../call.ts'
import { modelMetadata } from '../oip/metadata.ts'
import { releaseOf } from '../release-of.ts'
import { classifyCodec, predictCodec, regressCodec } from './codec.ts'

/** TF Serving and KServe V1: the segments behind `/v1`, decoded. */
export function routeV1(call: Call, [section, ...rest]: readonly string[]): Reply | Promise<Reply> {
  const { state, req } = call
  if (section !== 'models') throw unknownRoute()
  if (rest.length === 0 || (rest.length === 1 && rest[0] === '')) {
    requireMethod(req, 'GET')
    return jsonReply({ models: state.releases.list().map(each => each.name) })
  }
  const last = rest.at(-1) ?? ''
  const colon = last.lastIndexOf(':')
  const verb = colon < 0 ? undefined : last.slice(colon + 1)
  const path = verb === undefined ? rest : [...rest.slice(0, -1), last.slice(0, colon)]
  const metadata = verb === undefined && path.at(-1) === 'metadata' && path.length > 1
  const target = targetOf(metadata ? path.slice(0, -1) : path)
  if (verb !== undefined) return routeVerb(call, target, verb)
  requireMethod(req, 'GET')
  const found = requireDeployment(state, target.deployment)
  const loaded = releaseOf(state, target)
  return jsonReply(metadata ? signatureOf(loaded, target) : statusOf(loaded, found.loading, target))
}

function targetOf([deployment = '', versions, version, ...more]: readonly string[]): Target {
  if (versions === undefined) return { deployment }
  if (versions !== 'versions' || version === undefined || more.length > 0) throw unknownRoute()
  return { deployment, version }
}

function routeVerb(call: Call, target: Target, verb: string): Promise<Reply> {
  if (!['predict', 'classify', 'regress', 'explain'].includes(verb)) throw unknownRoute()
  requireMethod(call.req, 'POST')
  requireMedia(call.req)
  if (verb === 'classify') return answerCall(call, target, classifyCodec)
  if (verb === 'regress') return answerCall(call, target, regressCodec)
  return verb === 'predict' ? answerCall(call, target, predictCodec) : explain(call, target)
}

async function explain(call: Call, target: Target): Promise<Reply> {
  const { explain: explainer } = call.state.dialects
  requireDeployment(call.state, target.deployment)
  if (!explainer)
    throw new FettleError('UNSUPPORTED', 'this server explains no predictions over this protocol', {
      hint: 'fettle explain PREDICTION_ID explains a decision that was made.',
    })
  const answered = await answeredCall(call, target, predictCodec)
  const explanations = await explainer(answered.rows.map((_, row) => `${answered.base}-${row}`))
  return { ...jsonReply({ explanations }), headers: answeredHeaders(answered) }
}

/** Both protocols' keys in one object. */
function statusOf(loaded: LoadedRelease | undefined, loading: boolean, { deployment }: Target): unknown {
  const ready = loaded?.pool.state().ready ?? false
  const state = ready ? 'AVAILABLE' : loading ? 'LOADING' : 'END'
  return {
    model_version_status: loaded
      ? [{ version: String(loaded.release.number), state, status: { error_code: 'OK', error_message: '' } }]
      : [],
    name: deployment,
    ready,
  }
}

function signatureOf(loaded: LoadedRelease | undefined, { deployment }: Target): unknown {
  if (!loaded) throw new FettleError('NOT_READY', `no release of ${deployment} answers yet`)
  const { inputs, outputs, versions } = modelMetadata(loaded)
  return {
    model_spec: { name: deployment, version: versions[0] },
    metadata: { signature_def: { serving_default: { inputs, outputs } } },
  }
}

/** The routes that Vertex AI asked for; undefined: this path is none of them. */
export function routeVertex(call: Call, path: string): Reply | Promise<Reply> | undefined {
  const { state, req } = call
  const { vertex } = state.dialects
  if (path === vertex?.health) {
    requireMethod(req, 'GET')
    const ready = isReady(state)
    return jsonReply({ ready }, ready ? 200 : 503)
  }
  if (path !== vertex?.predict) return undefined
  requireMethod(req, 'POST')
  requireMedia(req)
  return answerCall(call, { deployment: defaultDeployment(state) }, predictCodec)
}
