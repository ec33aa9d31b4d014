import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { isAway } from './telling-pool.ts'

/** One session of all processes on a database holds this lock at a time. */
const leaderLock = 0x6c656164
const lookEveryMs = 1_000

export interface LeadershipOptions {
  /** This process leads now. */
  onLead(): void
  /** It leads no longer; another may already. Awaited before it asks again. */
  onYield(): Promise<void>
  onFault(error: unknown): void
}

export interface Leadership {
  /** Gives the lead back. */
  stop(): Promise<void>
}

/**
 * Asks every second to be the one of all processes on this database that does what one alone should do. The lead is a
 * lock of a session: it ends with the process or its connection, and another process has it within seconds. For a moment
 * two may believe to lead, when a leader is cut off from the database: what a leader does must bear that.
 */
export function seekLeadership(url: string, options: LeadershipOptions): Leadership {
  const stopping = new AbortController()
  const running = seek(url, options, stopping.signal)
  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}

async function seek(url: string, options: LeadershipOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await leadOnce(url, options, signal).catch(error => {
      if (!isAway(error)) options.onFault(error)
    })
    await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined)
  }
}

/** Resolves or rejects when the connection is no more, after yielding what it led. */
async function leadOnce(
  url: string,
  { onLead, onYield }: LeadershipOptions,
  signal: AbortSignal,
): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    application_name: `fettle leader ${process.pid}`,
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
    keepAlive: true,
  })
  client.on('error', () => {})
  await client.connect()
  let leads = false
  try {
    // A machine that vanishes without closing its connections keeps the lead for about ten seconds.
    await client.query(
      'set tcp_keepalives_idle = 4; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3',
    )
    while (!signal.aborted) {
      // Asked again while it leads, the query shows that the session and its lock still stand.
      const statement = leads ? 'select true as mine' : `select pg_try_advisory_lock(${leaderLock}) as mine`
      const { rows } = await client.query<{ mine: boolean }>(statement)
      if (rows[0]?.mine && !leads) {
        leads = true
        onLead()
      }
      await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined)
    }
  } finally {
    if (leads) await onYield()
    await client.end().catch(() => {})
  }
}
