import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { runId } from '../run-id.ts'
import { follow } from './run.ts'

export const run: Command<{ readonly detach?: boolean }> = async (context, { detach }, id = 'latest') => {
  const client = await context.client()
  const resumed = await client.api.resumeRun({ id: await runId(client, id) })
  if (detach !== true) return follow(context, client, resumed)
  context.result(resumed, () => `${resumed.id}\n`)
  return exitCodes.done
}
