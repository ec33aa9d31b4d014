import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import type { SourceData } from '../../definitions/index.ts'
import type { RowsToJoin } from '../../features/index.ts'
import type { Json } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Action, ActionContext } from '../../pipelines/index.ts'
import type { Release } from '../../registry/index.ts'
import {
  type BatchTarget,
  type BatchTerms,
  defaultPartitionRows,
  partitionsOf,
  runPartitions,
} from '../../serving/index.ts'
import { assignmentOf } from '../batch/assignment.ts'
import { layRelease, prepareRows, type RowsWanted, snapshotOf } from '../batch/prepare.ts'
import { batchProgress } from '../batch/progress.ts'
import { attemptFolder, publish } from '../batch/publish.ts'
import { batchReport, type WireDetail } from '../batch/report.ts'
import { startBatchWorker } from '../batch/start-worker.ts'
import { quarantineFile } from '../batch/worker.ts'
import type { WorkerJob } from '../batch/worker-job.ts'
import { recordsFolder } from '../batch/write-records.ts'
import { roleCommand } from '../build-facts.ts'
import { openEngine } from '../providers.ts'
import type { StepDependencies } from '../step-actions.ts'
import { openObjects } from '../storage.ts'
import { clientOf } from './client-of.ts'
import { instant } from './instant.ts'

/** What a batch step is asked. */
export interface BatchParams {
  readonly deployment: string
  readonly rows: RowsToJoin
  readonly sources: readonly SourceData[]
  /** RFC 3339, when features are read at one instant; else `time`, the column of each row's own. */
  readonly asOf: string | null
  readonly time: string | null
  readonly keep: readonly string[]
  readonly to: BatchTarget
  readonly maxBadRate: number
  readonly log: boolean
  /** Number; absent: the release that serves. */
  readonly release?: number
  readonly workers?: number
  readonly partitionRows?: number
  readonly code: string
}

const reserved = ['row', 'score', 'action', 'bucket', 'job']

/** `batch.score`: scores rows with a release, in processes of its own; output `job`. What is committed already is left as it is. */
export function batchScoreAction(dependencies: StepDependencies): Action {
  return async context => {
    const params = context.params as unknown as BatchParams
    const taken = params.keep.find(name => reserved.includes(name))
    if (taken !== undefined)
      throw new FettleError(
        'NAME_COLLISION',
        `column "${taken}" cannot be kept: the output has one of that name`,
      )
    const client = clientOf(dependencies, context)
    const release = (await client.release(params.deployment, params.release)) as unknown as Release
    const wanted: RowsWanted = {
      ...params,
      at:
        params.time !== null
          ? { column: params.time }
          : { instant: instant(params.asOf ?? '1970-01-01T00:00:00Z') },
    }
    const { snapshot } = await snapshotOf(release, wanted, context.projectFolder)
    const work = { dependencies, context, params, client, release, wanted }
    const { terms, prepared } = await termsOf(work, snapshot)
    const detail = (await client.submitBatch({
      terms: { ...terms, keep: [...terms.keep] },
      releaseNumber: release.number,
      rows: prepared.rows,
      run: context.run,
      pipeline: context.pipeline,
    })) as unknown as WireDetail
    context.log(`batch job ${detail.job.id}: ${detail.job.rows} rows, release ${release.number}`)
    if (detail.job.state === 'complete') {
      context.log('complete already: nothing is computed')
      return jobOutput(detail.job)
    }
    return jobOutput(await scoreJob({ ...work, prepared }, detail))
  }
}

type Client = ReturnType<typeof clientOf>

interface Work {
  readonly dependencies: StepDependencies
  readonly context: ActionContext
  readonly params: BatchParams
  readonly client: Client
  readonly release: Release
  readonly wanted: RowsWanted
}

async function termsOf({ dependencies, context, params, release, wanted }: Work, snapshot: string) {
  const engine = await openEngine(dependencies.providers, { temporaryFolder: context.scratchFolder })
  try {
    const prepared = await prepareRows(release, wanted, { engine, context, folders: dependencies.folders })
    const terms: BatchTerms = {
      deployment: params.deployment,
      release: release.digest,
      snapshot,
      partitionRows: params.partitionRows ?? defaultPartitionRows,
      asOf: release.features.lookups.length === 0 ? null : params.asOf,
      time: release.features.lookups.length === 0 ? null : params.time,
      keep: params.keep,
      to: params.to,
      kind: 'batch',
      log: params.log,
      code: params.code,
    }
    return { prepared, terms }
  } finally {
    await engine.close()
  }
}

type Prepared = Awaited<ReturnType<typeof termsOf>>['prepared']

/** Files of a job wait where its outputs will be, so that they become visible by a rename. */
function jobFolder({ context, params, dependencies }: Work, job: string): string {
  return params.to.kind === 'parquet'
    ? join(resolve(context.projectFolder, params.to.path), `.${job}`)
    : join(dependencies.folders.work, 'batch', job)
}

async function scoreJob(
  work: Work & { readonly prepared: Prepared },
  detail: WireDetail,
): Promise<WireDetail['job']> {
  const { context, params, client, release, prepared, dependencies } = work
  const { job } = detail
  const folder = jobFolder(work, job.id)
  const attempt = `${context.run}-${context.attempt}`
  const files = attemptFolder({ folder }, attempt)
  await mkdir(files, { recursive: true })
  const releaseFolder = join(context.scratchFolder, 'release')
  const plan = await client.servingPlan(release.deployment, release.number)
  const objects = await openObjects(dependencies.providers, dependencies.folders)
  await layRelease(objects, { release, plan }, releaseFolder)
  const done = new Set(detail.partitions.map(({ partition }) => partition))
  const left = partitionsOf(prepared.rows, detail.terms.partitionRows).filter(
    each => !done.has(each.partition),
  )
  if (done.size > 0) context.log(`${done.size} partitions are committed, ${left.length} are left`)
  const progress = batchProgress(job, { committed: detail.partitions, progress: context.progress })
  const workerJob: WorkerJob = {
    job: job.id,
    kind: 'batch',
    releaseFolder,
    relation: prepared,
    keep: params.keep,
    assignment: await assignmentOf(dependencies.folders.serving, release),
    folder: files,
    log: params.log,
    createdAt: String(instant(job.createdAt)),
    asOf: String(instant(params.asOf ?? job.createdAt)),
  }
  const mostBad = params.maxBadRate * prepared.rows
  try {
    await runPartitions({
      partitions: left,
      workers: params.workers ?? Math.max(1, cpus().length - 1),
      startWorker: () =>
        startBatchWorker({ command: roleCommand('batch', workerJob), signal: context.signal }),
      async commit(scored) {
        const { committed } = await client.commitBatchPartition(job.id, {
          ...scored,
          attempt,
          scores: [...scored.scores],
        })
        const place = join(files, String(scored.partition))
        if (!committed) await rm(place, { recursive: true, force: true })
        return committed
      },
      onScored(scored) {
        progress.scored(scored)
        if (progress.quarantined() > mostBad) throw tooManyBad(progress.quarantined(), { ...params, folder })
      },
      signal: context.signal,
    })
    const whole = (await client.batchJob(job.id)) as unknown as WireDetail
    if (whole.job.quarantined > mostBad) throw tooManyBad(whole.job.quarantined, { ...params, folder })
    if (params.log)
      for (const { attempt: of, partition } of whole.partitions)
        await intoLog(
          join(attemptFolder({ folder }, of), String(partition), recordsFolder),
          join(dependencies.folders.serving, 'log'),
        )
    const where = await publish(toPublish(whole), { folder, projectFolder: context.projectFolder })
    const report = await batchReport(whole, { client, release, where, millis: progress.millis() })
    for (const line of report.lines) context.log(line)
    const ended = await client.concludeBatch(job.id, { state: 'complete', report: report.json })
    await rm(folder, { recursive: true, force: true })
    return ended as unknown as WireDetail['job']
  } catch (error) {
    const now = (await client.batchJob(job.id)) as unknown as WireDetail
    if (now.job.state === 'complete') return now.job
    if (!context.signal.aborted)
      await client.concludeBatch(job.id, {
        state: 'failed',
        report: { problem: error instanceof Error ? error.message : String(error) },
      })
    throw error
  }
}

function tooManyBad(
  bad: number,
  { maxBadRate, folder }: Pick<BatchParams, 'maxBadRate'> & { readonly folder: string },
): FettleError {
  return new FettleError(
    'TOO_MANY_BAD_ROWS',
    `${bad} rows cannot be scored, more than ${100 * maxBadRate} % of them`,
    {
      hint: `Which and why: ${join(folder, 'attempt', '*', '*', quarantineFile)}. Raise maxBadRate if they are to be left out.`,
      details: { quarantined: bad, maxBadRate, folder },
    },
  )
}

/** Sealed segments get into the prediction log by a rename each: there once, or not yet. */
async function intoLog(from: string, to: string): Promise<void> {
  const names = await readdir(from).catch(() => [])
  await mkdir(to, { recursive: true })
  for (const name of names) if (name.endsWith('.log')) await rename(join(from, name), join(to, name))
}

function toPublish({ job, terms, partitions }: WireDetail) {
  return {
    job: { ...job, terms: terms as BatchTerms, releaseNumber: job.release, createdAt: 0n, endedAt: null },
    partitions: partitions.map(each => ({ ...each, job: job.id, committedAt: 0n })),
  }
}

function jobOutput(job: WireDetail['job']) {
  return { job: { kind: 'json', value: JSON.parse(JSON.stringify(job)) as Json } } as const
}
