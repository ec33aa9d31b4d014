import pg from 'pg'
import { FettleError } from '../../../kernel/errors/index.ts'

const leastVersion = 140_000

/** Whether the server answers and is new enough. Throws what is wrong. */
export async function probePostgres(url: string, withinMs: number): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: withinMs,
    query_timeout: withinMs,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ version: number }>(
      `select current_setting('server_version_num')::int as version`,
    )
    const version = rows[0]?.version ?? 0
    if (version < leastVersion)
      throw new FettleError(
        'METADATA_UNAVAILABLE',
        `the server is Postgres ${Math.floor(version / 10_000)}; 14 or newer is needed`,
      )
  } finally {
    await client.end().catch(() => {})
  }
}
