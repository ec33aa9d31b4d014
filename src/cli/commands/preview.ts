import { FettleError } from '../../kernel/errors/index.ts'
import { parseAssignments } from '../assignments.ts'
import type { Command } from '../context.ts'
import { partsOf, wholeRef } from '../definition-ref.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderSample } from '../render/catalog-facts.ts'

export interface PreviewOptions {
  readonly asOf?: string
  readonly limit?: string
}

/** The server stops reading after 20 s; the rest is starting and waiting for a turn. */
const deadlineMs = 60_000

/** A few rows, masked. */
export const run: Command<PreviewOptions> = async (context, { asOf, limit }, reference, ...words) => {
  if (reference === undefined)
    throw new FettleError('USAGE', 'rows of what?', { hint: 'fettle preview source:flights' })
  const client = await context.client({ deadlineMs })
  const ref = partsOf(await wholeRef(client, reference, ['source', 'featureView', 'trainingSet']))
  const keys = words.length === 0 ? undefined : JSON.stringify([parseAssignments(words)])
  const sample = await client.api.sampleRows({
    ...ref,
    ...(asOf === undefined ? {} : { asOf }),
    ...(keys === undefined ? {} : { keys }),
    ...(limit === undefined ? {} : { limit: Number(limit) }),
  })
  context.result(sample, () => renderSample(sample))
  return exitCodes.done
}
