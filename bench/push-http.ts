// Writes over HTTP: POST /features/write of the front, batches of 500 rows, against a bare batched put to the same kind of
// store with the same sync. The rows are made and sent by a process of its own. Target: at least 0.4 of its rows/s; an acknowledged row is in the next read, within 100 ms.
import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLmdbStore } from '../src/adapters/online/lmdb/index.ts'
import {
  createFeatureService,
  featureCatalog,
  prepareFeatures,
  writeFeatureCatalog,
} from '../src/features/index.ts'
import { runFront } from '../src/serving/index.ts'
import { content, noon } from '../test/support/feature-front.ts'

const rounds = 5
const batches = 40
const batchRows = 500
const connections = 4
const clock = { nowMicros: () => noon }

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
const shown = (values: readonly number[]): string =>
  `${median(values).toFixed(0)} (${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)})`

async function rowsPerSecond(work: (batch: number) => Promise<void>): Promise<number> {
  const begun = performance.now()
  let next = 0
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (next < batches) await work(next++)
    }),
  )
  return (batches * batchRows * 1000) / (performance.now() - begun)
}

async function post(url: string, body: unknown) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as { applied: number; columns: { values: unknown[] }[] }
}

const at = '2026-03-01T11:59:00Z'
const batchOf = (first: number, trips: number) => ({
  source: 'rides',
  columns: {
    driver_id: Array.from({ length: batchRows }, (_, i) => first + i),
    at: new Array(batchRows).fill(at),
    trips: new Array(batchRows).fill(trips),
    rate: Array.from({ length: batchRows }, (_, i) => i / 7),
    gone: new Array(batchRows).fill(null),
  },
})

/** In a process of its own: sends a round when it is asked to, and says how many rows a second were acknowledged. */
function sendRounds(): void {
  process.on('message', async ({ url, round }: { url: string; round: number }) => {
    const bodies = Array.from({ length: batches }, (_, batch) =>
      batchOf((round * batches + batch) * batchRows, batch),
    )
    const rate = await rowsPerSecond(async batch => {
      await post(url, bodies[batch])
    })
    process.send?.(rate)
  })
}

function loaded(load: ChildProcess, url: string, round: number): Promise<number> {
  return new Promise((resolve, reject) => {
    load.once('message', rate => resolve(rate as number))
    load.once('exit', () => reject(new Error('the load ended')))
    load.send({ url, round })
  })
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-bench-push-'))
  try {
    console.log(`node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}`)
    await writeFeatureCatalog(join(folder, 'features.json'), featureCatalog(content))
    const store = openLmdbStore({ folder: join(folder, 'online') })
    const bare = openLmdbStore({ folder: join(folder, 'bare') })
    const features = await createFeatureService({
      store,
      prepareFeatures: served => prepareFeatures(store, served),
      catalogFile: join(folder, 'features.json'),
      journalFolder: join(folder, 'journal'),
      clock,
    })
    const front = await runFront({
      servingFolder: folder,
      prepareFeatures: served => prepareFeatures(store, served),
      features,
      startScorer: () => {
        throw new Error('no model')
      },
      dataPort: 0,
      adminPort: 0,
      systemClock: clock,
      graceMillis: 0,
    })
    const value = randomBytes(48)
    const load = fork(process.argv[1] ?? '', ['load'])
    const measured = { bare: [] as number[], fettle: [] as number[], visible: [] as number[] }
    for (let round = 0; round <= rounds; round++) {
      const floor = await rowsPerSecond(async batch => {
        const keys = Array.from({ length: batchRows }, (_, i) =>
          Buffer.from(`row ${round} ${batch * batchRows + i}`),
        )
        await bare.update(keys.map(key => ({ key, next: () => value })))
      })
      const ours = await loaded(load, `${front.dataUrl}/features/write`, round)
      const sent = performance.now()
      await post(`${front.dataUrl}/features/write`, batchOf(0, 1_000_000 + round))
      const body = { features: ['ride_state:trips'], entities: { driver: [7] }, times: false }
      const seen = (await post(`${front.dataUrl}/features/read`, body)).columns[0]?.values[0]
      if (seen !== 1_000_000 + round) throw new Error(`an acknowledged row was not read: ${seen}`)
      if (round === 0) continue
      measured.visible.push(performance.now() - sent)
      measured.bare.push(floor)
      measured.fettle.push(ours)
    }
    const ratio = median(measured.fettle) / median(measured.bare)
    console.log(`bare batched put  ${shown(measured.bare)} rows/s`)
    console.log(
      `POST /features/write  ${shown(measured.fettle)} rows/s; ratio ${ratio.toFixed(2)} (target 0.4)`,
    )
    console.log(`500 rows sent, acknowledged and read: ${shown(measured.visible)} ms (target 100)`)
    process.exitCode = ratio >= 0.4 ? 0 : 1
    load.disconnect()
    await front.drain()
    await features.close()
    await store.close()
    await bare.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[2] === 'load') sendRounds()
else await main()
