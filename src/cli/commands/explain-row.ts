import { FettleError } from '../../kernel/errors/index.ts'
import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderExplanation } from '../render/catalog-facts.ts'

const deadlineMs = 60_000

/** Which source rows gave each value of one training row, and why no later one did. */
export const run: Command = async (context, _options, set, row) => {
  if (set === undefined || row === undefined)
    throw new FettleError('USAGE', 'which row of which training set?', {
      hint: 'fettle explain-row late_flights@v1 0',
    })
  const client = await context.client({ deadlineMs })
  const explained = await client.api.explainTrainingRow({ id: set, row })
  context.result(explained, () => renderExplanation(explained))
  return exitCodes.done
}
