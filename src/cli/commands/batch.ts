import { resolve } from 'node:path'
import type { FettleClient } from '../../client/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Command, CommandContext } from '../context.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { renderBackfill, renderBatchJob, renderBatchJobs } from '../render/batch.ts'
import { follow } from './run.ts'

export interface BatchOptions {
  readonly rows?: string
  readonly out?: string
  readonly keep?: string
  readonly time?: string
  readonly asOf?: string
  readonly release?: string
  readonly maxBadRate?: string
  readonly over?: string
  readonly workers?: string
  /** False for --no-log. */
  readonly log?: boolean
  readonly deployment?: string
  readonly detach?: boolean
}

type Call = {
  readonly context: CommandContext
  readonly client: FettleClient
  readonly options: BatchOptions
}

/** `fettle batch run|backfill|list|show|cancel|resume`. */
export const run: Command<BatchOptions> = async (context, options, action = 'list', what) => {
  const call: Call = { context, client: await context.client(), options }
  switch (action) {
    case 'list':
      return list(call)
    case 'run':
      return start(call, named(what, 'a deployment or a batch'))
    case 'backfill':
      return backfill(call, named(what, 'a deployment'))
    case 'show':
      return show(call, named(what, 'a job'))
    case 'cancel': {
      const job = await call.client.api.cancelBatch({ id: named(what, 'a job') })
      context.result(
        job,
        () =>
          `${job.id} is ${job.state}; ${job.partitions.committed} partitions are kept. Go on: fettle batch resume ${job.id}\n`,
      )
      return exitCodes.done
    }
    case 'resume':
      return resume(call, named(what, 'a job'))
    default:
      throw new FettleError('USAGE', `fettle batch does not ${action}`, {
        hint: 'It takes run, backfill, list, show, cancel or resume.',
      })
  }
}

function named(what: string | undefined, noun: string): string {
  if (what !== undefined) return what
  throw new FettleError('USAGE', `${noun} is missing`, { hint: 'fettle batch list shows the jobs.' })
}

async function list({ context, client, options }: Call): Promise<ExitCode> {
  const { deployment } = options
  const jobs = await client.api.batchJobs(deployment === undefined ? {} : { deployment })
  context.result(jobs, () => renderBatchJobs(jobs.items))
  return exitCodes.done
}

async function show({ context, client }: Call, id: string): Promise<ExitCode> {
  const found = await client.api.batchJob({ id })
  context.result(found, () => renderBatchJob(found))
  return exitCodes.done
}

async function start({ context, client, options }: Call, name: string): Promise<ExitCode> {
  const { rows, out, keep, time, asOf, release, maxBadRate, workers, log } = options
  const given = {
    ...{ rows: rows && resolve(rows), out: out && resolve(out), keep, time, at: asOf },
    ...{ release, maxBadRate, workers, log: log === false ? 'false' : undefined },
  }
  const params = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const started = await client.api.startRun({
    body: { pipeline: `${name}-batch`, params: params as Record<string, string> },
  })
  if (options.detach === true) {
    context.result(started, () => `${started.id}\n`)
    return exitCodes.done
  }
  const code = await follow(context, client, started)
  const ended = await client.api.run({ id: started.id })
  const job = ended.steps[0]?.outputs['job']?.value as { readonly id?: string } | undefined
  if (code === exitCodes.done && !context.json && job?.id !== undefined)
    context.io.out(renderBatchJob(await client.api.batchJob({ id: job.id })))
  return code
}

async function backfill({ context, client, options }: Call, name: string): Promise<ExitCode> {
  const { release, over = '28d' } = options
  if (release === undefined)
    throw new FettleError('USAGE', 'which release is to be compared?', { hint: '--release NUMBER' })
  const started = await client.api.startRun({
    body: { pipeline: `${name}-batch`, params: { release, over } },
  })
  if (options.detach === true) {
    context.result(started, () => `${started.id}\n`)
    return exitCodes.done
  }
  const code = await follow(context, client, started)
  const ended = await client.api.run({ id: started.id })
  const comparison = ended.steps[0]?.outputs['comparison']?.value
  if (code === exitCodes.done && !context.json && comparison !== undefined)
    context.io.out(renderBackfill(comparison))
  return code
}

async function resume({ context, client, options }: Call, id: string): Promise<ExitCode> {
  const job = await client.api.resumeBatch({ id })
  if (options.detach === true || job.run === null) {
    context.result(job, () => `${job.id} is ${job.state}\n`)
    return exitCodes.done
  }
  return follow(context, client, await client.api.run({ id: job.run }))
}
