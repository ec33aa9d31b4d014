// A batch job whose workers and schedulers are killed comes to the bytes of one that nobody disturbed.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MetadataDatabase, openMetadata } from '../../src/adapters/metadata/index.ts'
import { sha256Hex } from '../../src/kernel/canonical.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import type { Field, Value } from '../../src/kernel/values/index.ts'
import { fileRows } from '../../src/platform/batch/prepare.ts'
import { attemptFolder, publish } from '../../src/platform/batch/publish.ts'
import { startBatchWorker } from '../../src/platform/batch/start-worker.ts'
import type { Release } from '../../src/registry/index.ts'
import {
  type BatchService,
  type BatchTerms,
  createBatchService,
  partitionsOf,
  type RowsRelation,
  runPartitions,
} from '../../src/serving/index.ts'
import { readParquet, writeBatchRelease, writeParquet } from '../support/batch-ground.ts'
import { type Bundle, bundleSource } from '../support/bundle.ts'

const rowCount = 3_000
const partitionRows = 500
const inputs = ['a', 'b', 'c', 'd', 'e']
const fields: Field[] = [
  { name: 'airport', type: 'string' },
  ...inputs.map((name): Field => ({ name, type: 'float64' })),
]
const wrong = new Set([7, 999, 1000, 2999])
const rows = Array.from({ length: rowCount }, (_, i): Value[] => [
  wrong.has(i) ? null : `A${i % 7}`,
  ...inputs.map((_, at) => (i % (11 + at) === 0 ? null : Math.sin(i * 7 + at) * 50)),
])

describe('a disturbed batch job', () => {
  let folder: string
  let program: Bundle
  let database: MetadataDatabase
  let service: BatchService
  let release: Release
  let relation: RowsRelation
  let undisturbed: Readonly<Record<string, string>>
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fettle-batch-kill-'))
    program = await bundleSource(`import ${JSON.stringify(join(import.meta.dirname, 'batch-worker.ts'))}`)
    const path = join(folder, 'rows.parquet')
    await writeParquet(path, { fields, rows })
    release = writeBatchRelease(join(folder, 'serving'), true)
    relation = await fileRows(release.features, { path, keep: ['b'] })
    database = await openMetadata({ kind: 'sqlite', path: join(folder, 'meta.sqlite') })
    await database.migrate()
    const none = async () => undefined
    service = createBatchService({
      uow: database,
      clock: systemClock,
      pipelines: { cancel: none, resume: none },
    })
    undisturbed = await bytesOf(await work('calm', {}))
  })
  afterAll(async () => {
    await database.close()
    program.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  interface Disturbance {
    readonly attempt?: string
    readonly onStarted?: (pid: number) => void
    readonly signal?: AbortSignal
    readonly onCommit?: () => void
  }

  /** One scheduler's work on a job, as a step does it; answers the job's id. */
  async function work(name: string, disturbed: Disturbance): Promise<string> {
    const { attempt = '1', signal = new AbortController().signal, onStarted, onCommit } = disturbed
    const terms: BatchTerms = {
      ...{ deployment: 'late', release: release.digest, snapshot: name, partitionRows },
      ...{ asOf: null, time: null, keep: ['b'], to: { kind: 'parquet', path: join(folder, name) } },
      ...{ kind: 'batch', log: false, code: 'c' },
    }
    const by = { name: 'test' }
    const { job, partitions } = await service.submit(
      { terms, releaseNumber: 1, rows: rowCount, run: 'r', pipeline: 'p' },
      by,
    )
    const files = attemptFolder({ folder: join(folder, name, `.${job.id}`) }, attempt)
    mkdirSync(files, { recursive: true })
    const options = {
      ...{ job: job.id, kind: 'batch', relation, keep: ['b'], assignment: null, log: false },
      releaseFolder: join(folder, 'serving', 'releases', release.digest.slice('sha256:'.length)),
      ...{ folder: files, createdAt: '0', asOf: '0' },
    }
    const done = new Set(partitions.map(each => each.partition))
    await runPartitions({
      partitions: partitionsOf(rowCount, partitionRows).filter(each => !done.has(each.partition)),
      workers: 2,
      startWorker: () =>
        startBatchWorker({
          command: [process.execPath, program.path, JSON.stringify(options)],
          signal,
          ...(onStarted ? { onStarted } : {}),
        }),
      async commit(scored) {
        const counts = await service.commit({ ...scored, job: job.id, attempt })
        if (!counts) rmSync(join(files, String(scored.partition)), { recursive: true })
        onCommit?.()
        return counts
      },
      onScored: () => undefined,
      signal,
    })
    await publish(await service.get(job.id), {
      folder: join(folder, name, `.${job.id}`),
      projectFolder: folder,
    })
    await service.conclude(job.id, { state: 'complete', report: null }, by)
    return job.id
  }

  /** Hash of every published file, by its place. */
  async function bytesOf(job: string): Promise<Readonly<Record<string, string>>> {
    const { terms } = (await service.get(job)).job
    const published = join(terms.to.kind === 'parquet' ? terms.to.path : '', job)
    const names = readdirSync(published, { recursive: true })
      .map(String)
      .filter(each => each.endsWith('.parquet'))
    return Object.fromEntries(
      names.toSorted().map(name => [name, sha256Hex(readFileSync(join(published, name)))]),
    )
  }

  it('undisturbed: outputs and rows put aside are all rows, with their reasons', async () => {
    const job = (await service.list({})).items.at(-1)?.id ?? ''
    const { partitions } = await service.get(job)
    expect(partitions).toHaveLength(6)
    expect(partitions.reduce((sum, each) => sum + each.outputs, 0)).toBe(rowCount - wrong.size)
    const aside = await readParquet(
      join(folder, 'calm', job, 'quarantine', '*.parquet'),
      'SELECT "row", code, "column" FROM FILE ORDER BY 1',
      [
        { name: 'row', type: 'int64' },
        { name: 'code', type: 'string' },
        { name: 'column', type: 'string' },
      ],
    )
    expect(aside).toEqual([...wrong].map(row => [BigInt(row), 'NULL_NOT_ALLOWED', 'airport']))
    const kept = await readParquet(join(folder, 'calm', job, 'part-*.parquet'), 'SELECT "row", b FROM FILE', [
      { name: 'row', type: 'int64' },
      { name: 'b', type: 'float64' },
    ])
    expect(kept.every(([row, b]) => Object.is(b, rows[Number(row)]?.[2]))).toBe(true)
  })

  it('workers killed at many points: the same bytes', async () => {
    let left = 8
    const kill = (pid: number): void => {
      if (left-- <= 0) return
      setTimeout(() => {
        try {
          process.kill(pid, 'SIGKILL')
        } catch {
          // It had ended.
        }
      }, Math.random() * 900)
    }
    const job = await workThrough('killed', { onStarted: kill })
    expect(left).toBeLessThan(4)
    expect(await bytesOf(job)).toEqual(undisturbed)
  })

  /** As a step is tried again until it is through. */
  async function workThrough(name: string, disturbed: Disturbance): Promise<string> {
    for (let attempt = 1; attempt < 40; attempt++) {
      try {
        return await work(name, { ...disturbed, attempt: String(attempt) })
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/WORKER_LOST|ROW_CRASHES_SCORER/) })
      }
    }
    throw new Error('it never got through')
  }

  it('stopped after every partition and gone on with: the same bytes', async () => {
    let job: string | undefined
    let stops = 0
    while (job === undefined) {
      const stop = new AbortController()
      job = await work('stopped', {
        attempt: String(stops),
        signal: stop.signal,
        onCommit: () => stop.abort(),
      }).catch(() => undefined)
      stops += 1
      expect(stops).toBeLessThan(20)
    }
    expect(stops).toBeGreaterThan(2)
    expect(await bytesOf(job)).toEqual(undisturbed)
  })

  it('two schedulers at once: every partition counts once, the loser is discarded', async () => {
    const jobs = await Promise.all([work('two', { attempt: 'a' }), work('two', { attempt: 'b' })])
    expect(jobs[0]).toBe(jobs[1])
    const job = jobs[0] ?? ''
    expect(await bytesOf(job)).toEqual(undisturbed)
    const { partitions } = await service.get(job)
    expect(partitions.map(each => each.partition)).toEqual(Array.from({ length: 6 }, (_, i) => i))
    for (const { partition, attempt } of partitions) {
      const loser = attempt === 'a' ? 'b' : 'a'
      const files = attemptFolder({ folder: join(folder, 'two', `.${job}`) }, loser)
      expect(existsSync(join(files, String(partition)))).toBe(false)
    }
  })
})
