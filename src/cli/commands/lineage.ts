import { FettleError } from '../../kernel/errors/index.ts'
import type { Command } from '../context.ts'
import { wholeRef } from '../definition-ref.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderLineage } from '../render/lineage.ts'

export interface LineageOptions {
  readonly up?: boolean
  readonly down?: boolean
}

/** Where a column or a definition comes from, and where it goes. */
export const run: Command<LineageOptions> = async (context, { up, down }, reference) => {
  if (reference === undefined)
    throw new FettleError('USAGE', 'the lineage of what?', {
      hint: 'fettle lineage source:flights.delay --down',
    })
  const client = await context.client()
  const of = await wholeRef(client, reference)
  const direction = up === down ? 'both' : up ? 'up' : 'down'
  const lineage = await client.api.columnLineage({ of, direction })
  context.result(lineage, () => renderLineage(lineage, direction))
  return exitCodes.done
}
