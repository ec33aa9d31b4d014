import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { ClientReadableStream } from '@grpc/grpc-js'
import { FettleError } from '../../../kernel/errors/index.ts'
import { type ConnectClient, isDisconnect } from './client.ts'
import { failureOf, isServiceError } from './connect-error.ts'
import type { AnalyzeRequest, AnalyzeResponse, ExecuteResponse, InSession, Plan } from './messages.ts'

/** Plans of one Spark session, one after the other. */
export interface Executions {
  readonly session: InSession
  /** Runs a plan; gives the responses that carry rows or an answer, each once and in order. */
  execute(plan: Plan): AsyncIterable<ExecuteResponse>
  /** Runs a plan for its effect. */
  run(plan: Plan): Promise<void>
  analyze(request: Omit<AnalyzeRequest, keyof InSession>): Promise<AnalyzeResponse>
  configure(settings: Readonly<Record<string, string>>): Promise<void>
  /** Interrupts what runs and releases the session; never throws. */
  release(): Promise<void>
}

export interface ExecutionOptions {
  readonly user: string
  /** Names the session and, with their numbers, its operations: the same attempt has the same ids. */
  readonly attempt: string
  readonly signal?: AbortSignal | undefined
  readonly onShare?: ((share: number) => void) | undefined
}

const waits = [50, 200, 800, 2000]
const releaseEvery = 4 * 1024 * 1024

/** A UUID that follows from a text. */
export function derivedId(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 3) | 8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

export function openExecutions(client: ConnectClient, options: ExecutionOptions): Executions {
  const { signal, user, attempt } = options
  let statements = 0
  let serverSession: string | undefined
  const base = {
    sessionId: derivedId(attempt),
    userContext: { userId: user, userName: user },
    clientType: 'fettle',
  }
  const session = (): InSession =>
    serverSession === undefined ? base : { ...base, clientObservedServerSideSessionId: serverSession }

  /** A server that was restarted has another session under our name, without our relations. */
  function observe(found: string | undefined): void {
    if (found === undefined || found === '') return
    serverSession ??= found
    if (serverSession !== found)
      throw new FettleError(
        'ENGINE_UNAVAILABLE',
        'the Spark server was restarted; nothing of the statement was kept',
      )
  }

  async function guarded<Result>(work: () => Promise<Result>): Promise<Result> {
    signal?.throwIfAborted()
    try {
      return await work()
    } catch (error) {
      throw await failureOf(client, session(), error)
    }
  }

  const link: Link = { client, session, observe, signal, onShare: options.onShare }
  const execute = (plan: Plan): AsyncIterable<ExecuteResponse> =>
    executed(link, { plan, operationId: derivedId(`${attempt} ${++statements}`) })
  return {
    get session() {
      return session()
    },
    execute,
    async run(plan) {
      for await (const _ of execute(plan));
    },
    analyze: request =>
      guarded(async () => {
        const answer = await client.analyzePlan({ ...session(), ...request })
        observe(answer.serverSideSessionId)
        return answer
      }),
    configure: settings => guarded(() => client.config(session(), settings)),
    async release() {
      if (signal?.aborted) await client.interrupt(session()).catch(() => undefined)
      await client.releaseSession(base).catch(() => undefined)
    },
  }
}

/** A session as its statements see it. */
interface Link extends Pick<ExecutionOptions, 'signal' | 'onShare'> {
  readonly client: ConnectClient
  session(): InSession
  observe(serverSession: string | undefined): void
}

interface Operation {
  readonly plan: Plan
  readonly operationId: string
}

/** The responses of one plan that carry rows or an answer; what was taken is released on the server as it goes. */
async function* executed(link: Link, operation: Operation): AsyncIterable<ExecuteResponse> {
  const { client, session, signal, onShare } = link
  signal?.throwIfAborted()
  const { operationId } = operation
  const attached = attachments(link, operation)
  const stop = (): void => {
    attached.cancel()
    void client.interrupt(session()).catch(() => undefined)
  }
  const release = (how: object): Promise<void> =>
    client.releaseExecute({ ...session(), operationId, ...how }).catch(() => undefined)
  signal?.addEventListener('abort', stop)
  let finished = false
  let unreleased = 0
  try {
    for await (const response of attached.responses()) {
      if (response.resultComplete) {
        finished = true
        return
      }
      if (response.executionProgress) onShare?.(shareOf(response.executionProgress))
      if (!response.arrowBatch && !response.checkpointCommandResult) continue
      yield response
      unreleased += response.arrowBatch?.data.length ?? 0
      if (unreleased < releaseEvery) continue
      unreleased = 0
      void release({ releaseUntil: { responseId: response.responseId } })
    }
  } finally {
    signal?.removeEventListener('abort', stop)
    if (!finished) attached.cancel()
    // An abandoned result is stopped; a finished one is dropped without waiting.
    if (finished) void release({ releaseAll: {} })
    else if (!signal?.aborted) await release({ releaseAll: {} })
  }
}

/** All responses of an operation, over as many streams as it takes; never ends by itself. */
function attachments(link: Link, { plan, operationId }: Operation) {
  const { client, session, observe, signal } = link
  const requestOptions = [{ reattachOptions: { reattachable: true } }]
  let last: string | undefined
  let failures = 0
  const send = () => client.executePlan({ ...session(), plan, operationId, requestOptions })
  const attach = () =>
    client.reattachExecute({
      ...session(),
      operationId,
      ...(last === undefined ? {} : { lastResponseId: last }),
    })
  let call: ClientReadableStream<ExecuteResponse> = send()

  /** Another stream where the connection failed; throws what failed with the statement. */
  async function recovered(error: unknown): Promise<ClientReadableStream<ExecuteResponse>> {
    if (signal?.aborted) throw signal.reason
    if (!isServiceError(error)) throw error
    const found = /INVALID_HANDLE\.(OPERATION_NOT_FOUND|OPERATION_ALREADY_EXISTS)/.exec(error.details)?.[1]
    const wait = waits[failures++]
    if (wait === undefined || !(isDisconnect(error) || (found && last === undefined)))
      throw await failureOf(client, session(), error)
    await delay(wait, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted())
    return found === 'OPERATION_NOT_FOUND' ? send() : attach()
  }

  async function* responses(): AsyncIterable<ExecuteResponse> {
    for (;;) {
      try {
        for await (const response of call as AsyncIterable<ExecuteResponse>) {
          observe(response.serverSideSessionId)
          last = response.responseId ?? last
          failures = 0
          yield response
        }
        // The server cuts long streams; what follows is fetched by attaching again.
        call = attach()
      } catch (error) {
        call = await recovered(error)
      }
    }
  }

  return { responses, cancel: () => call.cancel() }
}

function shareOf({ stages = [] }: NonNullable<ExecuteResponse['executionProgress']>): number {
  let [tasks, done] = [0, 0]
  for (const { numTasks = 0, numCompletedTasks = 0 } of stages) {
    tasks += numTasks
    done += numCompletedTasks
  }
  return tasks === 0 ? 0 : done / tasks
}
