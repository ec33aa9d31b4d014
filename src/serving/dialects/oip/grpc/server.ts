import { Socket } from 'node:net'
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  status,
  type UntypedHandleCall,
} from '@grpc/grpc-js'
import { FettleError } from '../../../../kernel/errors/index.ts'
import { uuidv7 } from '../../../../kernel/ids.ts'
import { answerRequest } from '../../../front/answer.ts'
import type { Asked } from '../../../front/answered.ts'
import { type FrontState, isReady } from '../../../front/front-state.ts'
import type { FrontTls } from '../../../front/listening.ts'
import { withheld } from '../../../front/withheld.ts'
import { answeredHeaders } from '../../answered-headers.ts'
import { requireDeployment, type Target } from '../../call.ts'
import { releaseOf } from '../../release-of.ts'
import { modelMetadata } from '../metadata.ts'
import { decodeWireInfer, encodeWireInfer, type WireInferRequest } from './convert.ts'
import { wireOf } from './messages.ts'

export interface GrpcAddress {
  readonly host: string
  /** 0 chooses a free one. */
  readonly port: number
  /** That of the data port. */
  readonly tls?: FrontTls | undefined
}

export interface RunningGrpc {
  /** `host:port`. */
  readonly address: string
  /** Takes no more calls; resolves when those under way have ended. */
  close(): Promise<void>
}

type UnaryCall = ServerUnaryCall<object, object>
type Answer = (state: FrontState, call: UnaryCall, caller: string | null) => object | Promise<object>

interface Method {
  readonly request: string
  readonly response: string
  /** The same call over REST: what it needs is what that needs. */
  readonly as: (request: object) => readonly [method: 'GET' | 'POST', path: string]
  readonly answer: Answer
}

/** `inference.GRPCInferenceService`, as far as a client needs it to predict. */
const methods: Readonly<Record<string, Method>> = {
  ServerLive: {
    request: 'Empty',
    response: 'Live',
    as: () => ['GET', '/v2/health/live'],
    answer: () => ({ live: true }),
  },
  ServerReady: {
    request: 'Empty',
    response: 'Ready',
    as: () => ['GET', '/v2/health/ready'],
    answer: state => ({ ready: isReady(state) }),
  },
  ServerMetadata: {
    request: 'Empty',
    response: 'ServerMetadata',
    as: () => ['GET', '/v2'],
    answer: ({ name, version }) => ({ name, version, extensions: [] }),
  },
  ModelReady: {
    request: 'Named',
    response: 'Ready',
    as: request => ['GET', `${restPath(targetOf(request))}/ready`],
    answer: modelReady,
  },
  ModelMetadata: {
    request: 'Named',
    response: 'ModelMetadata',
    as: request => ['GET', restPath(targetOf(request))],
    answer: metadataOf,
  },
  ModelInfer: {
    request: 'InferRequest',
    response: 'InferResponse',
    as: request => ['POST', `${restPath(inferTarget(request as WireInferRequest))}/infer`],
    answer: modelInfer,
  },
}

function restPath({ deployment, version }: Target): string {
  const pinned = version === undefined ? '' : `/versions/${encodeURIComponent(version)}`
  return `/v2/models/${encodeURIComponent(deployment)}${pinned}`
}

/** The Open Inference Protocol over gRPC, on a port of its own: one more codec over the same rows. */
export async function startGrpc(state: FrontState, { host, port, tls }: GrpcAddress): Promise<RunningGrpc> {
  const { bodyBytes } = state.limits
  const server = new Server({
    'grpc.max_receive_message_length': bodyBytes,
    'grpc.max_send_message_length': bodyBytes,
  })
  const handlers: Record<string, UntypedHandleCall> = {}
  const service: Record<string, ServiceDefinition[string]> = {}
  for (const [name, method] of Object.entries(methods)) {
    const { request, response, answer } = method
    const [asked, answered] = [wireOf(request), wireOf(response)]
    service[name] = {
      path: `/inference.GRPCInferenceService/${name}`,
      requestStream: false,
      responseStream: false,
      requestSerialize: asked.encode,
      requestDeserialize: asked.decode,
      responseSerialize: answered.encode,
      responseDeserialize: answered.decode,
    }
    handlers[name] = (call: UnaryCall, reply: (error: object | null, value?: object) => void) => {
      state.inFlight += 1
      void Promise.resolve()
        .then(async () => {
          const caller = admitted(state, call, method)
          try {
            return await answer(state, call, caller)
          } catch (error) {
            throw withheld(error, state.access, caller)
          }
        })
        .then(
          value => reply(null, value),
          error => reply(statusOf(state, error)),
        )
        .finally(() => {
          state.inFlight -= 1
        })
    }
  }
  server.addService(service, handlers)
  const bound = await bind(server, `${host}:${port}`, credentialsOf(tls))
  return {
    address: `${host}:${bound}`,
    close: () => new Promise(resolve => server.tryShutdown(() => resolve())),
  }
}

function bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error) reject(new FettleError('PORT_IN_USE', `${address} cannot be listened on`, { cause: error }))
      else resolve(port)
    })
  })
}

function credentialsOf(tls: FrontTls | undefined): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure()
  const pair = { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) }
  const { clientCa } = tls
  return ServerCredentials.createSsl(
    clientCa === undefined ? null : Buffer.from(clientCa),
    [pair],
    clientCa !== undefined,
  )
}

/** Name of the caller, by the bearer token of the call. Throws UNAUTHENTICATED, FORBIDDEN, QUOTA. */
function admitted({ access }: FrontState, { metadata, request }: UnaryCall, { as }: Method): string | null {
  if (!access) return null
  const [method, path] = as(request)
  const [token] = metadata.get('authorization')
  const headers = token === undefined ? {} : { authorization: String(token) }
  // Certificates name callers on the data port only.
  return access.admit({ method, headers, socket: new Socket() }, path)
}

function inferTarget({
  model_name: deployment,
  model_version: version,
}: WireInferRequest): Pick<Asked, 'deployment' | 'version'> {
  return { deployment, ...(version === '' ? {} : { version }) }
}

function targetOf(request: object): Target {
  const { name, version } = request as { readonly name: string; readonly version: string }
  return { deployment: name, ...(version === '' ? {} : { version }) }
}

function modelReady(state: FrontState, { request }: UnaryCall): object {
  const target = targetOf(request)
  const { killed } = requireDeployment(state, target.deployment)
  const ready = releaseOf(state, target)?.pool.state().ready ?? false
  return { ready: ready && !state.draining && killed !== 'closed' }
}

function metadataOf(state: FrontState, { request }: UnaryCall): object {
  const target = targetOf(request)
  const loaded = releaseOf(state, target)
  if (!loaded) throw new FettleError('NOT_READY', `no release of ${target.deployment} answers yet`)
  return modelMetadata(loaded)
}

async function modelInfer(state: FrontState, call: UnaryCall, caller: string | null): Promise<object> {
  const wire = call.request as WireInferRequest
  requireDeployment(state, wire.model_name)
  const started = performance.now()
  const asked: Asked = { ...askedOf(call, wire, started), caller }
  try {
    const answered = await answerRequest(state, asked, (signature, release) => {
      const request = decodeWireInfer(wire, { signature, release })
      state.dialects.ignored.parameters += request.unknownParameters
      return request
    })
    state.dialects.statistics.answered(answered, performance.now() - started)
    const headers = answeredHeaders(answered)
    const metadata = new Metadata()
    for (let at = 0; at < headers.length; at += 2) metadata.set(headers[at] ?? '', headers[at + 1] ?? '')
    call.sendMetadata(metadata)
    return encodeWireInfer(answered)
  } catch (error) {
    state.metrics.failed(wire.model_name, error instanceof FettleError ? error.code : 'INTERNAL')
    throw error
  }
}

function askedOf(call: UnaryCall, wire: WireInferRequest, started: number): Omit<Asked, 'caller'> {
  const deadline = Number(call.getDeadline())
  return {
    ...inferTarget(wire),
    started,
    ...(Number.isFinite(deadline) ? { headerMillis: Math.max(0, deadline - Date.now()) } : {}),
    kind: call.metadata.get('fettle-purpose')[0] === 'demo' ? 'demo' : 'online',
    priority: 0,
    gone: {
      get aborted() {
        return call.cancelled
      },
    },
  }
}

const codes: Readonly<Record<number, status>> = {
  400: status.INVALID_ARGUMENT,
  401: status.UNAUTHENTICATED,
  403: status.PERMISSION_DENIED,
  404: status.NOT_FOUND,
  413: status.RESOURCE_EXHAUSTED,
  429: status.RESOURCE_EXHAUSTED,
  501: status.UNIMPLEMENTED,
  503: status.UNAVAILABLE,
  504: status.DEADLINE_EXCEEDED,
}

/** What is not a FettleError is ours: its text stays here, under an incident id. */
function statusOf(state: FrontState, error: unknown): object {
  const metadata = new Metadata()
  if (error instanceof FettleError) {
    metadata.set('fettle-error-code', error.code)
    return {
      code: codes[error.status] ?? status.INTERNAL,
      details: `${error.code}: ${error.message}`,
      metadata,
    }
  }
  const incident = uuidv7()
  state.onIncident(incident, error)
  metadata.set('fettle-error-code', 'INTERNAL')
  return {
    code: status.INTERNAL,
    details: `INTERNAL: a fault inside Fettle, incident ${incident}`,
    metadata,
  }
}
