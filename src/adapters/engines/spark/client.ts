import {
  Client,
  type ClientReadableStream,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js'
import type { Address } from './address.ts'
import {
  type AnalyzeRequest,
  type AnalyzeResponse,
  type Codec,
  codec,
  type ErrorDetails,
  type ExecuteRequest,
  type ExecuteResponse,
  type InSession,
  type ReattachRequest,
  type ReleaseRequest,
} from './messages.ts'

/** The calls of the service, one to one. Errors are gRPC's ServiceError. */
export interface ConnectClient {
  executePlan(request: ExecuteRequest): ClientReadableStream<ExecuteResponse>
  reattachExecute(request: ReattachRequest): ClientReadableStream<ExecuteResponse>
  releaseExecute(request: ReleaseRequest): Promise<void>
  analyzePlan(request: AnalyzeRequest): Promise<AnalyzeResponse>
  /** Sets configuration of the session. */
  config(session: InSession, settings: Readonly<Record<string, string>>): Promise<void>
  /** Stops everything the session runs. */
  interrupt(session: InSession): Promise<void>
  releaseSession(session: InSession): Promise<void>
  fetchErrorDetails(session: InSession, errorId: string): Promise<ErrorDetails>
  close(): void
}

const service = '/spark.connect.SparkConnectService/'
const largestMessage = 128 * 1024 * 1024
const unaryDeadlineMs = 60_000

const codecs = {
  execute: codec<ExecuteRequest>('ExecutePlanRequest'),
  reattach: codec<ReattachRequest>('ReattachExecuteRequest'),
  response: codec<ExecuteResponse>('ExecutePlanResponse'),
  release: codec<ReleaseRequest>('ReleaseExecuteRequest'),
  analyze: codec<AnalyzeRequest>('AnalyzePlanRequest'),
  analyzed: codec<AnalyzeResponse>('AnalyzePlanResponse'),
  config: codec<InSession & { operation: object }>('ConfigRequest'),
  interrupt: codec<InSession & { interruptType: number }>('InterruptRequest'),
  releaseSession: codec<InSession>('ReleaseSessionRequest'),
  fetchError: codec<InSession & { errorId: string }>('FetchErrorDetailsRequest'),
  errorDetails: codec<ErrorDetails>('FetchErrorDetailsResponse'),
  nothing: codec<object>('Nothing'),
}

/** Opens a channel; nothing is sent before the first call. */
export function createClient(address: Address): ConnectClient {
  const client = new Client(
    `${address.host}:${address.port}`,
    address.secure ? credentials.createSsl() : credentials.createInsecure(),
    {
      'grpc.max_receive_message_length': largestMessage,
      'grpc.max_send_message_length': largestMessage,
      'grpc.keepalive_time_ms': 30_000,
    },
  )
  const metadata = new Metadata()
  if (address.token !== undefined) metadata.set('authorization', `Bearer ${address.token}`)

  function stream<Request>(method: string, request: Request, of: Codec<Request>) {
    const decode = (bytes: Buffer): ExecuteResponse => codecs.response.decode(bytes)
    return client.makeServerStreamRequest(service + method, of.encode, decode, request, metadata)
  }

  function unary<Request, Response>(
    method: string,
    request: Request,
    { of, to }: { readonly of: Codec<Request>; readonly to: Codec<Response> },
  ): Promise<Response> {
    const deadline = Date.now() + unaryDeadlineMs
    return new Promise((resolve, reject) => {
      const decode = (bytes: Buffer): Response => to.decode(bytes)
      const done = (error: ServiceError | null, response?: Response): void =>
        error || response === undefined ? reject(error) : resolve(response)
      client.makeUnaryRequest(service + method, of.encode, decode, request, metadata, { deadline }, done)
    })
  }

  return {
    executePlan: request => stream('ExecutePlan', request, codecs.execute),
    reattachExecute: request => stream('ReattachExecute', request, codecs.reattach),
    async releaseExecute(request) {
      await unary('ReleaseExecute', request, { of: codecs.release, to: codecs.nothing })
    },
    analyzePlan: request => unary('AnalyzePlan', request, { of: codecs.analyze, to: codecs.analyzed }),
    async config(session, settings) {
      const pairs = Object.entries(settings).map(([key, value]) => ({ key, value }))
      const request = { ...session, operation: { set: { pairs } } }
      await unary('Config', request, { of: codecs.config, to: codecs.nothing })
    },
    async interrupt(session) {
      await unary('Interrupt', { ...session, interruptType: 1 }, { of: codecs.interrupt, to: codecs.nothing })
    },
    async releaseSession(session) {
      await unary('ReleaseSession', session, { of: codecs.releaseSession, to: codecs.nothing })
    },
    fetchErrorDetails: (session, errorId) =>
      unary('FetchErrorDetails', { ...session, errorId }, { of: codecs.fetchError, to: codecs.errorDetails }),
    close: () => client.close(),
  }
}

/** True for a failure of the connection, not of the statement: the operation may go on and can be attached to again. */
export function isDisconnect(error: ServiceError): boolean {
  if (error.code === status.UNAVAILABLE) return true
  return (
    error.code === status.INTERNAL &&
    /RST_STREAM|stream.*(reset|closed)|INVALID_CURSOR\.DISCONNECTED/i.test(error.details)
  )
}

/** The reason and metadata that the server put into a failure's details. */
export function errorInfo(error: ServiceError): Readonly<Record<string, string>> {
  const [bytes] = error.metadata.get('grpc-status-details-bin')
  if (!(bytes instanceof Uint8Array)) return {}
  const { details = [] } = statusCodec.decode(bytes)
  const info = details.find(each => each.typeUrl.endsWith('google.rpc.ErrorInfo'))
  return info === undefined ? {} : (infoCodec.decode(info.value).metadata ?? {})
}

const statusCodec = codec<{ details?: readonly { typeUrl: string; value: Uint8Array }[] }>('Status')
const infoCodec = codec<{ metadata?: Readonly<Record<string, string>> }>('ErrorInfo')
