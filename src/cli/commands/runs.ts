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
  const page = await client.api.runs({ pipeline, state, limit: limit === undefined ? 20 : Number(limit) })
  context.result(page, () => renderRuns(page.items, io.now()))
  return exitCodes.done
}
