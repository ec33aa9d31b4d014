import { FettleError } from '../../kernel/errors/index.ts'
import type { Command } from '../context.ts'
import { wholeRef } from '../definition-ref.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderImpact } from '../render/lineage.ts'

export interface ImpactOptions {
  readonly remove?: boolean
}

/** What changing or removing something would do. */
export const run: Command<ImpactOptions> = async (context, { remove }, reference) => {
  if (reference === undefined)
    throw new FettleError('USAGE', 'the impact of what?', { hint: 'fettle impact source:flights.delay' })
  const client = await context.client()
  const of = await wholeRef(client, reference)
  const impact = await client.api.impact({ of, change: remove === true ? 'remove' : 'change' })
  context.result(impact, () => renderImpact(impact))
  return exitCodes.done
}
