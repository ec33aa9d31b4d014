import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import { createSparkEngine } from '../../src/adapters/engines/spark/index.ts'
import type { FeatureViewData, SourceData, TrainingSetData } from '../../src/definitions/model.ts'
import { buildTrainingSet, type TrainingSetClosure } from '../../src/features/index.ts'
import { startSpark } from '../services/spark.ts'

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

it('a server that dies in a build ends it with a clear error and nothing published; the next build is whole', async () => {
  await makeEvents()
  const temporaryFolder = join(folder, 'temporary')
  const outputFolder = join(folder, 'set')
  const built = async (url: string, onStep: (step: number) => void) => {
    const engine = await createSparkEngine({ url, temporaryFolder })
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
  const doomed = await startSpark()
  let killed: Promise<void> | undefined
  const failing = built(doomed.url, step => {
    if (step === 3) killed = doomed.kill()
  })
  await expect(failing).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' })
  await killed
  expect(existsSync(outputFolder)).toBe(false)
  expect(existsSync(`${outputFolder}.partial`)).toBe(false)
  expect(readdirSync(temporaryFolder)).toEqual([])
  const server = await startSpark()
  try {
    const manifest = await built(server.url, () => undefined)
    expect(manifest.rows).toBe(2000)
    expect(existsSync(join(outputFolder, 'manifest.json'))).toBe(true)
  } finally {
    await server.stop()
  }
}, 180_000)
