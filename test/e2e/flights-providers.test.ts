import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import type { FeaturesReply } from '../../src/client/index.ts'
import { collectRows } from '../../src/features/index.ts'
import type { Field } from '../../src/kernel/values/index.ts'
import { type RedisServer, startRedis } from '../services/redis.ts'
import { type SparkServer, startSpark } from '../services/spark.ts'
import { ensureBuilt, fettle, startDev } from './dev-server.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const published = join(root, 'node_modules', 'vega-datasets', 'data', 'flights-3m.parquet')
const oneIn = 10

/** What one choice of providers came to. */
interface Found {
  readonly id: string
  readonly checksum: string
  readonly rows: number
  /** What the last report says of the published table. */
  readonly checks: unknown
  readonly read: Pick<FeaturesReply, 'columns' | 'as_of'>
}

interface Report {
  readonly rows: number
  readonly verdict: string
  readonly results: readonly object[]
}

/**
 * The flights example over every tenth flight, first embedded, then on Spark and Redis: only "providers" in fettle.json
 * differs. Its definitions are the example's, but for the number of flights that is the least to be believed.
 */
describe('the flights example moves from DuckDB and LMDB to Spark and Redis', () => {
  let home: string
  let project: string
  let routes: (readonly [string, string])[]
  let spark: SparkServer
  let redis: RedisServer
  let embedded: Found

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'fettle-flights-'))
    project = join(home, 'examples', 'flights')
    routes = await copyExample(home, project)
    ;[spark, redis] = await Promise.all([startSpark(), startRedis(), ensureBuilt()])
  }, 180_000)
  afterAll(async () => {
    await spark?.stop()
    await redis?.remove()
    rmSync(home, { recursive: true, force: true })
  })

  async function journey(): Promise<Found> {
    const server = await startDev(project)
    try {
      await fettle(project, 'apply', '--yes')
      await fettle(project, 'run', 'build-late_flights', '--reuse', 'never')
      await fettle(project, 'run', 'late-online', '--reuse', 'never')
      const set = jsonOf(await fettle(project, 'training-sets', 'show', 'late_flights', '--json')) as Found
      const shown = jsonOf(await fettle(project, 'checks', 'show', 'source:flights_file', '--json'))
      return {
        id: set.id,
        checksum: set.checksum,
        rows: set.rows,
        checks: verdictsOf(shown as { readonly items: readonly [Report] }),
        read: await readOnline(project, routes),
      }
    } finally {
      await server.stop()
    }
  }

  it('builds the training set and fills the online store embedded', async () => {
    embedded = await journey()
    expect(embedded.rows).toBeGreaterThan(100_000)
    expect(embedded.checks).toMatchObject({ verdict: 'pass' })
    const present = embedded.read.columns.filter(({ status }) => status.includes('P'))
    expect(present.length).toBe(embedded.read.columns.length)
  }, 120_000)

  it('gives the same set and the same online features from Spark and Redis', async () => {
    const file = join(project, 'fettle.json')
    const providers = { offline: spark.url, online: redis.url }
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), providers }))
    const moved = await journey()
    expect(moved.checksum).toBe(embedded.checksum)
    expect(moved.id).toBe(embedded.id)
    expect(moved.checks).toEqual(embedded.checks)
    expect(moved.rows).toBe(embedded.rows)
    expect(moved.read).toEqual(embedded.read)
    expect(Number(await redis.command('DBSIZE'))).toBeGreaterThan(200)
  }, 300_000)
})

/** Copies the example below `home`, and every tenth flight to where its definitions look; gives routes that are flown. */
async function copyExample(home: string, project: string): Promise<(readonly [string, string])[]> {
  cpSync(join(root, 'examples', 'flights'), project, {
    recursive: true,
    filter: path => !path.includes('.fettle'),
  })
  const sources = join(project, 'definitions', 'sources.ts')
  const written = readFileSync(sources, 'utf8')
  writeFileSync(sources, written.replace('rowCount({ min: 1_000_000 }', 'rowCount({ min: 100_000 }'))
  const data = join(home, 'node_modules', 'vega-datasets', 'data')
  mkdirSync(data, { recursive: true })
  const session = await createDuckDBEngine({ threads: 2 }).open({ projectFolder: home })
  try {
    const sample = join(data, 'flights-3m.parquet')
    await session.writeParquet(
      `SELECT * EXCLUDE (file_row_number) FROM read_parquet('${published}', file_row_number = true) WHERE file_row_number % ${oneIn} = 0 ORDER BY file_row_number`,
      sample,
    )
    const fields: Field[] = ['origin', 'destination'].map(name => ({ name, type: 'string' }))
    const flown = `SELECT origin, destination FROM read_parquet('${sample}') GROUP BY origin, destination ORDER BY md5(origin || destination) LIMIT 200`
    return (await collectRows(session.stream(flown, fields), fields)).map(row => [
      String(row[0]),
      String(row[1]),
    ])
  } finally {
    await session.close()
  }
}

const views = {
  origin_landings: ['landed_3h', 'late_share_3h', 'late_share_24h', 'lateness_3h', 'worst_delay_3h'],
  origin_departures: ['departures_1h'],
  route_landings: ['landed_7d', 'late_share_7d'],
}

/** What the data port answers for all routes at once, values and statuses, with the instant they are as of. */
async function readOnline(
  project: string,
  routes: readonly (readonly [string, string])[],
): Promise<Found['read']> {
  const { dataUrl } = JSON.parse(readFileSync(join(project, '.fettle', 'server.json'), 'utf8')) as {
    readonly dataUrl: string
  }
  const columns: FeaturesReply['columns'][number][] = []
  let asOf = ''
  for (const [view, features] of Object.entries(views)) {
    const origin = routes.map(([each]) => each)
    const entities =
      view === 'route_landings'
        ? { origin, destination: routes.map(([, each]) => each) }
        : { airport: origin }
    const response = await fetch(`${dataUrl}/features/read`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ features: features.map(each => `${view}:${each}`), entities }),
    })
    const reply = (await response.json()) as FeaturesReply
    expect(response.status, JSON.stringify(reply)).toBe(200)
    columns.push(...reply.columns)
    asOf = reply.as_of
  }
  return { columns, as_of: asOf }
}

/** Every result with its counts; the SQL of bad rows is the engine's own, and which of them are shown is up to it. */
function verdictsOf({ items: [{ rows, verdict, results }] }: { readonly items: readonly [Report] }): unknown {
  const counts = results.map(each =>
    Object.fromEntries(Object.entries(each).filter(([key]) => key !== 'sql' && key !== 'samples')),
  )
  return { rows, verdict, results: counts }
}

function jsonOf(output: string): unknown {
  return JSON.parse(output.slice(output.indexOf('{')))
}
