import type { FettleClient } from '../../client/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { nearest } from '../../kernel/nearest.ts'
import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderRun, renderRuns } from '../render/run.ts'
import { runId } from '../run-id.ts'
import { follow } from './run.ts'

export interface RunsOptions {
  readonly pipeline?: string
  readonly state?: 'queued' | 'running' | 'paused' | 'cancelling' | 'succeeded' | 'failed' | 'cancelled'
  readonly limit?: string
  readonly follow?: boolean
}

export const run: Command<RunsOptions> = async (context, options, id) => {
  const client = await context.client()
  const { io } = context
  if (id !== undefined) {
    const found = await client.api.run({ id: await runId(client, id) })
    if (options.follow === true) return follow(context, client, found)
    context.result(found, () => renderRun(found, { now: io.now(), paint: io.paint }))
    return exitCodes.done
  }
  const { pipeline, state, limit } = options
  const page = await client.api.runs({ pipeline, state, limit: limitOf(limit) })
  if (pipeline !== undefined && page.items.length === 0) await refuseUnknown(client, pipeline)
  context.result(page, () =>
    renderRuns(page.items, { now: io.now(), filtered: pipeline !== undefined || state !== undefined }),
  )
  return exitCodes.done
}

function limitOf(text = '20'): number {
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= 500) return limit
  throw new FettleError('USAGE', `--limit ${text} is not a number of runs`, {
    hint: 'It takes a whole number from 1 to 500.',
  })
}

async function refuseUnknown(client: FettleClient, pipeline: string): Promise<void> {
  const names = (await client.api.pipelines()).items.map(({ name }) => name)
  if (names.includes(pipeline)) return
  const meant = nearest(pipeline, names)
  throw new FettleError('PIPELINE_UNKNOWN', `there is no pipeline ${pipeline}, and there was no run of one`, {
    hint:
      meant === undefined ? `There are: ${names.join(', ') || 'none'}.` : `Did you mean --pipeline ${meant}?`,
  })
}
