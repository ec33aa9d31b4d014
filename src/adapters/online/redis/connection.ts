import type { Redis } from 'ioredis'
import { FettleError } from '../../../kernel/errors/index.ts'
import { instantOf, shownUrl } from './errors.ts'

/** A connection that is taken up again for as long as the store is open. */
export interface Connection {
  readonly client: Redis
  /** Of its server, without secrets. */
  readonly shown: string
  /** How often a connection was made: another number, and what was watched on the old one is not watched any more. */
  count(): number
  /** Is the connection with that number gone? */
  lost(count: number): boolean
  /** Resolves when Redis answers; throws STORE_UNAVAILABLE at once when it has been away for longer than callers wait. */
  ready(): Promise<void>
  close(): void
}

export interface ConnectionOptions {
  readonly url: string
  /** Callers wait this long, in milliseconds, for a lost server or a slow answer. */
  readonly waitMs: number
  /** True: what was not answered is asked again on the next connection. For reads. */
  readonly repeats: boolean
}

const slowestRetryMs = 1_000

/** Throws STORE_UNAVAILABLE when the server cannot be reached or refuses the credentials. */
export async function connect({ url, waitMs, repeats }: ConnectionOptions): Promise<Connection> {
  const { Redis } = await import('ioredis')
  const client = new Redis(url, {
    lazyConnect: true,
    connectionName: 'fettle',
    enableOfflineQueue: repeats,
    autoResendUnfulfilledCommands: repeats,
    // Null: repeated on the next connection. 0: what was not answered fails when the connection ends.
    maxRetriesPerRequest: repeats ? null : 0,
    commandTimeout: waitMs,
    connectTimeout: waitMs,
    retryStrategy: attempt => Math.min(25 * attempt, slowestRetryMs),
    // After a failover the old address may lead to a replica for a while.
    reconnectOnError: error => error.message.startsWith('READONLY'),
  })
  const state = { count: 0, since: Date.now() as number | null, why: '' }
  client.on('ready', () => {
    state.count += 1
    state.since = null
  })
  client.on('close', () => {
    state.since ??= Date.now()
  })
  client.on('error', (error: Error) => {
    state.why = error.message
  })
  const connection = connectionOf(client, state, { shown: shownUrl(url), waitMs })
  client.connect().catch(() => undefined)
  try {
    await connection.ready()
    return connection
  } catch (error) {
    client.disconnect()
    throw error
  }
}

interface State {
  readonly count: number
  /** When the server was lost; null while it answers. */
  readonly since: number | null
  readonly why: string
}

function connectionOf(
  client: Redis,
  state: State,
  { shown, waitMs }: { readonly shown: string; readonly waitMs: number },
): Connection {
  const away = (): FettleError =>
    new FettleError(
      'STORE_UNAVAILABLE',
      `the online store ${shown} does not answer since ${instantOf(state.since ?? Date.now())}${state.why && `: ${state.why}`}`,
      { details: { store: shown }, hint: 'Start Redis, or mend its address; Fettle goes on by itself.' },
    )
  return {
    client,
    shown,
    count: () => state.count,
    lost: count => state.since !== null || state.count !== count,
    async ready() {
      if (state.since === null) return
      const left = state.since + waitMs - Date.now()
      if (left <= 0) throw away()
      await new Promise<void>((resolve, reject) => {
        const answered = (): void => {
          clearTimeout(timer)
          resolve()
        }
        const timer = setTimeout(() => {
          client.off('ready', answered)
          reject(away())
        }, left)
        client.once('ready', answered)
      })
    },
    close: () => client.disconnect(),
  }
}
