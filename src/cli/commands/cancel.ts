import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { runId } from '../run-id.ts'

export const run: Command = async (context, _options, id = 'latest') => {
  const client = await context.client()
  const cancelled = await client.api.cancelRun({ id: await runId(client, id) })
  context.result(cancelled, () =>
    cancelled.state === 'succeeded' || cancelled.state === 'failed'
      ? `Run ${cancelled.id} had ended: it is ${cancelled.state}.\n`
      : `Run ${cancelled.id} is ${cancelled.state}; finished steps are kept. Resume it: fettle resume ${cancelled.id}\n`,
  )
  return exitCodes.done
}
