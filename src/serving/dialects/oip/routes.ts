import { FettleError } from '../../../kernel/errors/index.ts'
import { isReady } from '../../front/front-state.ts'
import { jsonReply, type Reply } from '../../front/http.ts'
import type { LoadedRelease } from '../../front/load-release.ts'
import {
  answerCall,
  type Call,
  requireDeployment,
  requireMedia,
  requireMethod,
  type Target,
  unknownRoute,
  wholeBody,
} from '../call.ts'
import type { Codec } from '../codec.ts'
import { compressed } from '../compression.ts'
import { releaseOf } from '../release-of.ts'
import { decodeInfer, type InferRequest } from './decode.ts'
import { encodeInfer } from './encode.ts'
import { modelMetadata } from './metadata.ts'
import { loadModel, modelStatistics, repositoryIndex } from './repository.ts'

const extensions = ['binary_tensor_data', 'statistics', 'model_repository', 'schedule_policy']

/** The Open Inference Protocol v2: the segments behind `/v2`, decoded. */
export function routeOip(call: Call, [section = '', ...rest]: readonly string[]): Reply | Promise<Reply> {
  const { state, req } = call
  if (section === 'models') return routeModels(call, rest)
  if (section === 'repository') return routeRepository(call, rest)
  if (section === '' && rest.length === 0) {
    requireMethod(req, 'GET')
    return jsonReply({ name: state.name, version: state.version, extensions })
  }
  const [probe, ...more] = rest
  if (section !== 'health' || more.length > 0 || (probe !== 'live' && probe !== 'ready')) throw unknownRoute()
  requireMethod(req, 'GET')
  const ready = isReady(state)
  return probe === 'live' ? jsonReply({ live: true }) : jsonReply({ live: true, ready }, ready ? 200 : 503)
}

function routeModels(call: Call, rest: readonly string[]): Reply | Promise<Reply> {
  const { state, req } = call
  const [deployment, ...after] = rest
  if (deployment === undefined || deployment === '') {
    requireMethod(req, 'GET')
    return jsonReply({ models: state.releases.list().map(each => each.name) })
  }
  if (deployment === 'stats' && after.length === 0 && !state.releases.find('stats')) {
    requireMethod(req, 'GET')
    return jsonReply(modelStatistics(state, state.releases.list(), undefined))
  }
  const version = after[0] === 'versions' ? (after[1] ?? '') : undefined
  const [verb, ...more] = version === undefined ? after : after.slice(2)
  if (more.length > 0) throw unknownRoute()
  return routeModel(call, { deployment, version }, verb)
}

function routeModel(call: Call, target: Target, verb: string | undefined): Reply | Promise<Reply> {
  const { state, req } = call
  if (verb === 'infer') {
    requireMethod(req, 'POST')
    return infer(call, target)
  }
  if (verb !== undefined && verb !== 'ready' && verb !== 'stats') throw unknownRoute()
  requireMethod(req, 'GET')
  const found = requireDeployment(state, target.deployment)
  if (verb === 'stats') {
    if (target.version !== undefined) releaseOf(state, target)
    return jsonReply(modelStatistics(state, [found], target.version))
  }
  if (verb === undefined) return jsonReply(modelMetadata(loadedOf(call, target)))
  const release = target.version === undefined ? found.current : releaseOf(state, target)
  const ready = !state.draining && found.killed !== 'closed' && (release?.pool.state().ready ?? false)
  return jsonReply({ name: target.deployment, ready }, ready ? 200 : 503)
}

function loadedOf({ state }: Call, target: Target): LoadedRelease {
  const loaded = releaseOf(state, target)
  if (!loaded) throw new FettleError('NOT_READY', `no release of ${target.deployment} answers yet`)
  return loaded
}

async function infer(call: Call, target: Target): Promise<Reply> {
  const { req, state } = call
  const media = requireMedia(req, 'application/octet-stream')
  const length = req.headers['inference-header-content-length']
  if (media === 'application/octet-stream' && length === undefined)
    throw new FettleError('BAD_HEADER', 'Inference-Header-Content-Length is missing beside binary data', {
      hint: 'Send the number of bytes of the JSON in Inference-Header-Content-Length.',
    })
  const codec: Codec<InferRequest> = {
    decode(body, signature, release) {
      const request = decodeInfer(body, length === undefined ? undefined : String(length), {
        signature,
        release,
      })
      state.dialects.ignored.parameters += request.unknownParameters
      return request
    },
    encode: encodeInfer,
  }
  const reply = await answerCall(call, target, codec)
  return compressed(reply, req.headers['accept-encoding'])
}

async function routeRepository(call: Call, rest: readonly string[]): Promise<Reply> {
  const { state, req } = call
  const [section, name = '', verb, ...more] = rest
  if (section === 'index' && rest.length === 1) {
    requireMethod(req, 'POST')
    return jsonReply(repositoryIndex(state, await wholeBody(call)))
  }
  if (section !== 'models' || more.length > 0 || (verb !== 'load' && verb !== 'unload')) throw unknownRoute()
  requireMethod(req, 'POST')
  await wholeBody(call)
  loadModel(requireDeployment(state, name), verb)
  return { status: 200, body: '' }
}
