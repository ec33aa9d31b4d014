import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import { createSparkEngine } from '../../src/adapters/engines/spark/index.ts'
import type { FeatureViewData, SourceData, TrainingSetData } from '../../src/definitions/model.ts'
import { buildTrainingSet, type TrainingSetClosure } from '../../src/features/index.ts'
import { runValues } from '../../src/kernel/values/index.ts'
import { type SparkServer, smallStatements, startSpark } from '../services/spark.ts'
import { startProxy } from './tcp-proxy.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-spark-kill-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const source: SourceData = {
  kind: 'source',
  name: 'events',
  from: { kind: 'parquet', path: 'events.parquet' },
  columns: [
    { name: 'k', type: 'int64' },
    { name: 'e', type: 'timestamp' },
    { name: 'v', type: 'int64' },
  ],
  eventTime: 'e',
  knownAt: { kind: 'event' },
}
const view: FeatureViewData = {
  kind: 'featureView',
  name: 'last',
  entity: 'k',
  source: 'events',
  keys: ['k'],
  at: 'before',
  knownTime: 'cutoff',
  features: [{ kind: 'lookup', name: 'before', column: 'v', type: 'int64' }],
}
const trainingSet: TrainingSetData = {
  kind: 'trainingSet',
  name: 'set',
  spine: { source: 'events', time: 'e' },
  columns: ['k', 'e'],
  request: [],
  lookups: [{ view: 'last', as: 'last', keys: ['k'], features: ['before'] }],
  onDemand: [],
  label: { kind: 'column', name: 'label', known: 'maturity', column: 'v', op: 'gt', value: 0 },
  labelMaturity: '1h',
  splits: [],
  embargo: true,
  fullNames: false,
  keepUnlabelled: false,
}
const closure: TrainingSetClosure = {
  trainingSet,
  entities: [],
  sources: [source],
  views: [{ ...view, version: 1 }],
  onDemand: [],
}

async function makeEvents(): Promise<void> {
  const session = await createDuckDBEngine({ threads: 2 }).open({ projectFolder: folder })
  await session.writeParquet(
    'SELECT i % 50 AS k, make_timestamp(i * 1000000) AS e, i % 3 - 1 AS v FROM range(2000) r(i)',
    join(folder, 'events.parquet'),
  )
  await session.close()
}

const temporaryFolder = join(folder, 'temporary')
const outputFolder = join(folder, 'set')

async function built(url: string, onStep: (step: number) => void) {
  const engine = await createSparkEngine({ url, temporaryFolder, settings: smallStatements })
  let steps = 0
  try {
    return await buildTrainingSet(engine, closure, {
      asOf: 86_400_000_000n,
      projectFolder: folder,
      outputFolder,
      onProgress: () => onStep(++steps),
      signal: new AbortController().signal,
      now: 86_400_000_000n,
    })
  } finally {
    await engine.close()
  }
}

describe('a Spark server', () => {
  let server: SparkServer
  let doomed: SparkServer
  const token = 'a;b=c'
  beforeAll(async () => {
    ;[server, doomed] = await Promise.all([
      startSpark(),
      startSpark({ 'spark.connect.authenticate.token': token }),
      makeEvents(),
    ])
  }, 240_000)
  afterAll(async () => {
    await Promise.all([server?.stop(), doomed?.kill()])
  })

  it('that wants a token is given it, and refuses us without', async () => {
    const engine = await createSparkEngine({ url: doomed.url, temporaryFolder })
    expect(engine.version).toMatch(/^spark 4/)
    await engine.close()
    for (const url of [doomed.url.replace(/token=.*/, 'token=guessed'), doomed.url.replace(/;token=.*/, '')])
      await expect(createSparkEngine({ url, temporaryFolder })).rejects.toMatchObject({
        code: 'ENGINE_UNAVAILABLE',
        message: expect.not.stringContaining('guessed'),
      })
  }, 60_000)

  it('that dies in a build ends it with a clear error and nothing published; the next build is whole', async () => {
    let killed: Promise<void> | undefined
    const failing = built(doomed.url, step => {
      if (step === 3) killed = doomed.kill()
    })
    await expect(failing).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' })
    await killed
    expect(existsSync(outputFolder)).toBe(false)
    expect(existsSync(`${outputFolder}.partial`)).toBe(false)
    expect(readdirSync(temporaryFolder)).toEqual([])
    const manifest = await built(server.url, () => undefined)
    expect(manifest.rows).toBe(2000)
    expect(existsSync(join(outputFolder, 'manifest.json'))).toBe(true)
  }, 120_000)

  it('is attached to again when the connection is cut in a result: every row comes once, in order', async () => {
    const proxy = await startProxy(Number(server.url.replace(/.*:/, '')))
    const engine = await createSparkEngine({ url: `sc://127.0.0.1:${proxy.port}`, temporaryFolder })
    try {
      const session = await engine.open({ projectFolder: folder })
      const rows = 2_000_000
      let next = 0
      let cuts = 0
      const query = `SELECT id, repeat('x', 40) AS text FROM range(${rows}) ORDER BY id`
      const fields = [
        { name: 'id', type: 'int64' },
        { name: 'text', type: 'string' },
      ] as const
      for await (const batch of session.stream(query, fields)) {
        const [ids] = batch.columns
        for (const id of runValues(ids ?? { kind: 'values', values: [] }, 'int64'))
          if (id !== BigInt(next++)) throw new Error(`row ${next - 1} is ${String(id)}`)
        if (cuts < 2 && next > (cuts + 1) * 300_000) {
          cuts++
          proxy.cut()
        }
      }
      expect(next).toBe(rows)
      expect(proxy.connections()).toBe(1 + cuts)
      expect(cuts).toBe(2)
      await session.close()
    } finally {
      await engine.close()
      await proxy.close()
    }
  }, 120_000)

  it('is given back the session of a process that was killed, with its files', async () => {
    const killed = await createSparkEngine({ url: server.url, temporaryFolder })
    const session = await killed.open({ projectFolder: folder })
    await session.createTable('held', 'SELECT 1 AS one')
    const [name = ''] = readdirSync(temporaryFolder)
    const nobody = 2 ** 30
    const left = name.replace(String(process.pid), String(nobody))
    renameSync(join(temporaryFolder, name), join(temporaryFolder, left))
    await (await createSparkEngine({ url: server.url, temporaryFolder })).close()
    expect(readdirSync(temporaryFolder)).toEqual([])
    await expect(
      session.rows('SELECT one FROM held', [{ name: 'one', type: 'int64' }]),
    ).rejects.toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
    })
    await killed.close()
  }, 60_000)
})
