import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startProxy } from '../kill/tcp-proxy.ts'
import { socketOf, withPostgres } from '../services/postgres.ts'
import { type ServerProcess, startServerProcess } from '../support/server-process.ts'
import { ensureBuilt } from './dev-server.ts'

const work = mkdtempSync(join(tmpdir(), 'fettle-servers-'))
let database = ''
let servers: readonly [ServerProcess, ServerProcess]

/** A project whose metadata is on Postgres. */
function project(name: string): string {
  const folder = join(work, name)
  mkdirSync(join(folder, 'definitions'), { recursive: true })
  const providers = { metadata: 'env:TEST_DATABASE' }
  writeFileSync(join(folder, 'fettle.json'), JSON.stringify({ project: 'shop', providers }))
  return folder
}

const start = (name: string, url: string) =>
  startServerProcess(project(name), { TEST_DATABASE: url, FETTLE_TOKEN: 'shared' })

beforeAll(async () => {
  await ensureBuilt()
  database = await withPostgres()
  servers = await Promise.all([start('one', database), start('two', database)])
}, 60_000)
afterAll(async () => {
  await Promise.all(servers.map(server => server.stop()))
  rmSync(work, { recursive: true, force: true })
})

interface Answer {
  readonly status: number
  readonly retryAfter: string | null
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, looked into by the tests
  readonly body: any
}

async function call({ url }: { readonly url: string }, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`${url}/api/2.0/mlflow/${path}`, {
    ...(body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  const retryAfter = response.headers.get('retry-after')
  return { status: response.status, retryAfter, body: await response.json() }
}

async function good(server: { readonly url: string }, path: string, body?: object): Promise<Answer['body']> {
  const answer = await call(server, path, body)
  expect(answer, path).toMatchObject({ status: 200 })
  return answer.body
}

async function newRun(server: { readonly url: string }, name: string): Promise<string> {
  const { experiment_id } = await good(server, 'experiments/create', { name })
  const { run } = await good(server, 'runs/create', { experiment_id, start_time: 1 })
  return run.info.run_id
}

const onBoth = <Result>(work: (server: ServerProcess, index: number) => Promise<Result>) =>
  Promise.all(servers.map(work))

describe('two servers on one Postgres database', () => {
  it('see at once what the other has written', async () => {
    const [one, two] = servers
    const run = await newRun(one, 'seen')
    await good(two, 'runs/log-parameter', { run_id: run, key: 'depth', value: '4' })
    await good(one, 'runs/log-metric', { run_id: run, key: 'auc', value: 0.5, timestamp: 1, step: 1 })
    await good(two, 'runs/log-metric', { run_id: run, key: 'auc', value: 0.7, timestamp: 2, step: 2 })
    for (const server of servers) {
      const { data } = (await good(server, `runs/get?run_id=${run}`)).run
      expect(data.params).toEqual([{ key: 'depth', value: '4' }])
      expect(data.metrics).toMatchObject([{ key: 'auc', value: 0.7, step: 2 }])
    }
  })

  it('let one of two values of a param win, and tell the other', async () => {
    const run = await newRun(servers[0], 'param race')
    for (let i = 0; i < 15; i++) {
      const answers = await onBoth((server, index) =>
        call(server, 'runs/log-parameter', { run_id: run, key: `p${i}`, value: `of ${index}` }),
      )
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
      const winner = answers.findIndex(({ status }) => status === 200)
      const { data } = (await good(servers[1 - winner] ?? servers[0], `runs/get?run_id=${run}`)).run
      expect(data.params).toContainEqual({ key: `p${i}`, value: `of ${winner}` })
    }
  })

  it('write nothing of a batch whose param lost', async () => {
    const run = await newRun(servers[0], 'batch race')
    const answers = await onBoth((server, index) =>
      call(server, 'runs/log-batch', {
        run_id: run,
        params: [{ key: 'seed', value: String(index) }],
        metrics: [{ key: `by ${index}`, value: 1, timestamp: 1, step: 0 }],
      }),
    )
    const winner = answers.findIndex(({ status }) => status === 200)
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
    const { data } = (await good(servers[0], `runs/get?run_id=${run}`)).run
    expect(data.metrics.map(({ key }: { key: string }) => key)).toEqual([`by ${winner}`])
  })

  it('number versions without gap or repetition', async () => {
    await good(servers[0], 'registered-models/create', { name: 'numbered' })
    const versions = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        good(servers[i % 2] ?? servers[0], 'model-versions/create', {
          name: 'numbered',
          source: `s3://elsewhere/${i}`,
        }),
      ),
    )
    const numbers = versions.map(({ model_version }) => Number(model_version.version))
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
  })

  it('move one alias in turn: everybody is told, the last event stands', async () => {
    const moves = Array.from({ length: 20 }, (_, i) => ({
      server: servers[i % 2] ?? servers[0],
      version: i + 1,
    }))
    const answers = await Promise.all(
      moves.map(({ server, version }) =>
        call(server, 'registered-models/alias', {
          name: 'numbered',
          alias: 'best',
          version: String(version),
        }),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual(moves.map(() => 200))
    const found = await onBoth(server => good(server, 'registered-models/alias?name=numbered&alias=best'))
    const [first, second] = found.map(({ model_version }) => model_version.version)
    expect(first).toBe(second)
    const history = await aliasHistory('numbered', 'best')
    expect(history.map(({ version }) => version).sort((a, b) => a - b)).toEqual(
      moves.map(({ version }) => version),
    )
    expect(history.sort((a, b) => (a.at < b.at ? -1 : 1)).at(-1)?.version).toBe(Number(first))
  })

  it('lose and double no point when both write to the same series', async () => {
    const run = await newRun(servers[0], 'group commits')
    const batch = (index: number, from: number) =>
      Array.from({ length: 25 }, (_, i) => ({
        key: 'loss',
        value: from + i,
        timestamp: 1,
        step: (from + i) * 2 + index,
      }))
    const sent: Promise<Answer>[] = []
    for (let from = 0; from < 500; from += 25)
      for (const [index, server] of servers.entries()) {
        const body = { run_id: run, metrics: batch(index, from) }
        // Each batch twice: a repetition changes nothing, whoever is asked.
        sent.push(
          call(server, 'runs/log-batch', body),
          call(servers[1 - index] ?? server, 'runs/log-batch', body),
        )
      }
    expect(new Set((await Promise.all(sent)).map(({ status }) => status))).toEqual(new Set([200]))
    const history = await good(
      servers[1],
      `metrics/get-history?run_id=${run}&metric_key=loss&max_results=25000`,
    )
    const steps = history.metrics
      .map(({ step }: { step: number }) => step)
      .sort((a: number, b: number) => a - b)
    expect(steps).toEqual(Array.from({ length: 1_000 }, (_, i) => i))
    const { data } = (await good(servers[0], `runs/get?run_id=${run}`)).run
    expect(data.metrics).toMatchObject([{ key: 'loss', step: 999 }])
  })

  it('give the duties of one that is killed to the other within seconds', async () => {
    const first = await leader(database)
    const [killed, left] = first === servers[0].pid ? servers : [servers[1], servers[0]]
    expect(first).toBe(killed.pid)
    await killed.kill()
    await expect.poll(() => leader(database), { timeout: 6_000, interval: 100 }).toBe(left.pid)
    const run = await newRun(left, 'goes on')
    const again = await start('one', database)
    servers = [left, again]
    expect((await good(again, `runs/get?run_id=${run}`)).run.info.run_id).toBe(run)
    expect(await leader(database)).toBe(left.pid)
  }, 30_000)
})

describe('the database is away', () => {
  it('is told as 503 to be tried again; nothing acknowledged is lost, and the server goes on by itself', async () => {
    const url = await withPostgres()
    let proxy = await startProxy(socketOf(url))
    const { username, pathname } = new URL(url)
    const server = await start('away', `postgres://${username}@127.0.0.1:${proxy.port}${pathname}`)
    const run = await newRun(server, 'away')
    const refusals: Answer[] = []
    let acknowledged = 0
    const log = async (step: number): Promise<void> => {
      for (;;) {
        const body = { run_id: run, key: 'loss', value: step, timestamp: 1, step }
        const answer = await call(server, 'runs/log-metric', body)
        if (answer.status === 200) break
        refusals.push(answer)
        await sleep(50)
      }
      acknowledged += 1
    }
    const writing = (async () => {
      for (let step = 0; step < 300; step++) {
        await log(step)
        await sleep(5)
      }
    })()
    while (acknowledged < 30) await sleep(5)
    await proxy.close()
    while (refusals.length < 5) await sleep(20)
    const native = await fetch(`${server.url}/api/v1/experiments`)
    expect([native.status, native.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await native.json()).toMatchObject({ error: { code: 'METADATA_UNAVAILABLE' } })
    await sleep(1_500)
    proxy = await startProxy(socketOf(url), proxy.port)
    await writing
    expect(new Set(refusals.map(({ status }) => status))).toEqual(new Set([503]))
    expect(refusals.every(({ retryAfter }) => retryAfter !== null)).toBe(true)
    const history = await good(server, `metrics/get-history?run_id=${run}&metric_key=loss&max_results=25000`)
    const steps = history.metrics
      .map(({ step }: { step: number }) => step)
      .sort((a: number, b: number) => a - b)
    expect(steps).toEqual(Array.from({ length: 300 }, (_, i) => i))
    await expect.poll(() => leader(url), { timeout: 6_000 }).toBe(server.pid)
    await server.stop()
    await proxy.close()
  }, 60_000)

  it('is said at the start, too', async () => {
    await expect(start('nowhere', 'postgres://fettle@127.0.0.1:1/none')).rejects.toThrow(
      'METADATA_UNAVAILABLE',
    )
  }, 30_000)
})

async function rowsOf(url: string, text: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

/** Process id of the server that holds the lock of the duties. */
async function leader(url: string): Promise<number> {
  const rows = await rowsOf(
    url,
    `select application_name as name from pg_stat_activity join pg_locks using (pid)
     where locktype = 'advisory' and granted and datname = current_database() and application_name like 'fettle leader %'`,
  )
  return Number(String(rows[0]?.['name'] ?? '').replace('fettle leader ', ''))
}

interface AliasMove {
  readonly alias: string
  readonly version: number
  readonly at: string
}

async function aliasHistory(model: string, alias: string): Promise<AliasMove[]> {
  const response = await fetch(`${servers[0].url}/api/v1/registry/models/${model}`)
  const { aliasHistory: events } = (await response.json()) as { aliasHistory: AliasMove[] }
  return events.filter(each => each.alias === alias)
}
