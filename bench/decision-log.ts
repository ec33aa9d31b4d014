// What the prediction log costs: writing a decision, shipping it to Parquet, scanning and finding it again.
//   node scripts/run.mjs bench/decision-log.ts [decisions] [features] [rate]
// `rate`: decisions a second that one front logs at saturation (bench/predict.ts prints it); shipping must be twice that.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDuckDBEngine } from '../src/adapters/engines/duckdb/index.ts'
import { uuidv7 } from '../src/kernel/ids.ts'
import {
  createDecisionReader,
  createLogWriter,
  listSegments,
  manifestFile,
  openShippedFiles,
  type ShippedFile,
  shipSegment,
} from '../src/serving/index.ts'
import { decidedRequest, note } from '../src/serving/testing/decided-fixture.ts'

const [decisions = 200_000, features = 30, rate = 12_000] = process.argv.slice(2).map(Number)
const perTurn = 64
const root = mkdtempSync(join(tmpdir(), 'fettle-bench-log-'))
const [logFolder, folder] = [join(root, 'log'), join(root, 'decisions')]

async function timed<Result>(what: string, rows: number, work: () => Promise<Result>): Promise<Result> {
  const [cpu, started] = [process.cpuUsage(), performance.now()]
  const result = await work()
  const { user, system } = process.cpuUsage(cpu)
  const seconds = (performance.now() - started) / 1000
  const each = ((user + system) / rows).toFixed(2)
  console.log(
    `${what.padEnd(28)} ${Math.round(rows / seconds)
      .toLocaleString('en')
      .padStart(10)} /s   ${each} µs CPU each`,
  )
  return Object.assign(result as object, { rate: rows / seconds }) as Result
}

try {
  const wide = { ...note, vector: Array.from({ length: features }, (_, i) => `f${i}`) }
  const log = createLogWriter({ folder: logFolder })
  const requests = Array.from({ length: 512 }, (_, seed) => {
    const request = decidedRequest(seed, 1, wide)
    const vector = Float64Array.from({ length: features }, (_, i) => Math.sin(seed * 31 + i))
    return {
      ...request,
      rows: request.rows.map(row => ({ ...row, vector, states: new Uint8Array(features) })),
    }
  })
  await timed('written', decisions, async () => {
    for (let done = 0; done < decisions; done += perTurn)
      await Promise.all(
        Array.from({ length: perTurn }, (_, i) => {
          const request = requests[(done + i) % requests.length] as (typeof requests)[number]
          const now = BigInt(Date.now()) * 1000n
          return log.append({ ...request, base: uuidv7(), decidedAt: now, receivedAt: now }, 'written')
        }),
      )
    return {}
  })
  await log.close()
  const { writtenRecords: rows, writtenBytes } = log.counters()
  console.log(`${Math.round(writtenBytes / rows)} bytes a decision of ${features} features`)
  const engine = createDuckDBEngine({ threads: 1 })
  const files: ShippedFile[] = []
  const shipped = (await timed('shipped to Parquet', rows, async () => {
    for (const name of await listSegments(logFolder)) {
      const pause = () => new Promise<void>(resolve => setImmediate(resolve))
      files.push(
        ...(await shipSegment({ logFolder, folder, engine, pause, isErased: () => false }, name)).files,
      )
    }
    return {}
  })) as { readonly rate: number }
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  console.log(`${Math.round(bytes / rows)} bytes a decision in Parquet`)
  writeFileSync(join(folder, manifestFile), JSON.stringify({ schema: 1, files }))
  const live = createDecisionReader(logFolder)
  await timed('scanned in segments', rows, async () => {
    let cursor: string | null = null
    for (let done = false; !done; ) {
      const part = await live.scan({ deployment: 'late', since: 0n, cursor, limit: 10_000 })
      cursor = part.cursor
      done = part.done
    }
    return {}
  })
  const reader = createDecisionReader(
    logFolder,
    openShippedFiles(folder, async () => engine),
  )
  await timed('search by key in files', 1, () => reader.search({ entity: { origin: 'A77' } }, { limit: 50 }))
  console.log(`shipping / logging at ${rate} a second: ${(shipped.rate / rate).toFixed(1)} × (target ≥ 2)`)
} finally {
  rmSync(root, { recursive: true, force: true })
}
