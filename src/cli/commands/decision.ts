import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderDecision } from '../render/decision.ts'

export const run: Command = async (context, _options, id = '') => {
  const decision = await (await context.client()).api.decision({ id })
  context.result(decision, () => renderDecision(decision))
  return exitCodes.done
}
