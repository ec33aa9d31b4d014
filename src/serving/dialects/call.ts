import type { IncomingMessage, ServerResponse } from 'node:http'
import { FettleError } from '../../kernel/errors/index.ts'
import { answerRequest } from '../front/answer.ts'
import type { Answered, Asked, DecodedRequest } from '../front/answered.ts'
import type { FrontState } from '../front/front-state.ts'
import { type Reply, readBody } from '../front/http.ts'
import type { Codec } from './codec.ts'
import { encodingOf, inflated } from './compression.ts'

/** One request on the data port. */
export interface Call {
  readonly state: FrontState
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** performance.now() at receipt. */
  readonly started: number
  /** Known once it is found: errors are counted by it. */
  deployment: string | undefined
  /** Name of who calls; null where callers are not known. */
  caller: string | null
}

/** What is asked of whom: a deployment, and the release where one is named. */
export interface Target {
  readonly deployment: string
  readonly version?: string | undefined
}

/** Reads, decodes, answers and encodes one request of a dialect. The media type is the dialect's to check before. */
export async function answerCall<Request extends DecodedRequest>(
  call: Call,
  target: Target,
  codec: Codec<Request>,
): Promise<Reply> {
  return codec.encode(await answeredCall(call, target, codec))
}

/** The same before it is encoded. */
export async function answeredCall<Request extends DecodedRequest>(
  call: Call,
  target: Target,
  codec: Codec<Request>,
): Promise<Answered<Request>> {
  const { state } = call
  requireDeployment(state, target.deployment)
  call.deployment = target.deployment
  const asked = askedOf(call, target)
  const body = await wholeBody(call)
  const answered = await answerRequest(state, asked, (signature, release) =>
    codec.decode(body, signature, release),
  )
  state.dialects.statistics.answered(answered, performance.now() - call.started)
  return answered
}

/** The body, decompressed; BODY_TOO_LARGE counts what comes out. */
export function wholeBody({ state, req }: Pick<Call, 'state' | 'req'>): Promise<Buffer> {
  const encoding = encodingOf(req.headers['content-encoding'])
  const body = readBody(req, state.limits, state.budget)
  return encoding === undefined ? body : body.then(packed => inflated(packed, encoding, state))
}

export function requireDeployment(state: FrontState, name: string) {
  const found = state.releases.find(name)
  if (found) return found
  throw new FettleError('UNKNOWN_DEPLOYMENT', `there is no deployment ${JSON.stringify(name.slice(0, 80))}`)
}

/** The configured default deployment, else the only one; UNKNOWN_DEPLOYMENT where that is nobody. */
export function defaultDeployment({ releases, dialects }: FrontState): string {
  const { defaultDeployment: configured } = dialects
  if (configured !== undefined) return configured
  const [only, ...others] = releases.list()
  if (only && others.length === 0) return only.name
  throw new FettleError(
    'UNKNOWN_DEPLOYMENT',
    only ? 'there are several deployments and no default one' : 'there is no deployment',
    { hint: 'Name the deployment in the path: POST /deployments/NAME/invocations.' },
  )
}

function askedOf({ req, res, started, caller }: Call, { deployment, version }: Target): Asked {
  // An AbortController, or a listener, would cost every request more than a look where one is wanted.
  const gone = {
    get aborted() {
      return res.destroyed && !res.writableFinished
    },
  }
  const headerMillis = headerMillisOf(req)
  return {
    deployment,
    ...(version === undefined ? {} : { version }),
    started,
    ...(headerMillis === undefined ? {} : { headerMillis }),
    kind: req.headers['fettle-purpose'] === 'demo' ? 'demo' : 'online',
    caller,
    priority: 0,
    gone,
  }
}

function headerMillisOf({ headers }: IncomingMessage): number | undefined {
  const header = headers['fettle-timeout-ms']
  if (header === undefined) return undefined
  if (typeof header === 'string' && /^\d{1,15}$/.test(header)) return Number(header)
  throw new FettleError('BAD_HEADER', 'fettle-timeout-ms is not a whole number of milliseconds')
}

export function requireMethod(req: IncomingMessage, allow: 'GET' | 'POST'): void {
  // HEAD is GET without a body, which Node leaves out by itself.
  if (req.method === allow || (allow === 'GET' && req.method === 'HEAD')) return
  throw new FettleError('METHOD_NOT_ALLOWED', `this route answers ${allow} only`, { details: { allow } })
}

export function unknownRoute(): FettleError {
  return new FettleError('UNKNOWN_ROUTE', 'there is no such route on the data port', {
    hint: 'GET /openapi.json lists the routes; docs/serving.md explains them.',
  })
}

/** A path segment as the name it encodes; what cannot be decoded is no name. */
export function nameOf(segment: string): string {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    throw unknownRoute()
  }
}

/** JSON in UTF-8, or one of the given media types. UNSUPPORTED_MEDIA, and BAD_CHARSET for another charset. */
export function requireMedia(req: IncomingMessage, ...others: readonly string[]): string {
  const header = req.headers['content-type']
  if (header === undefined || header === 'application/json') return 'application/json'
  const [name = '', ...parameters] = header.split(';').map(part => part.trim().toLowerCase())
  if (name !== 'application/json' && !others.includes(name))
    throw new FettleError(
      'UNSUPPORTED_MEDIA',
      `the body has a Content-Type other than ${['application/json', ...others].join(', ')}`,
    )
  const charset = parameters.find(each => each.startsWith('charset='))
  if (charset !== undefined && !/^charset="?(utf-?8|us-ascii)"?$/.test(charset))
    throw new FettleError('BAD_CHARSET', 'the body has a charset other than utf-8')
  return name
}
