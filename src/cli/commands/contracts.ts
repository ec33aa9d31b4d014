import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderDeclaredContracts } from '../render/contracts.ts'

export const run: Command<object> = async (context, _options, name = '') => {
  const { api } = await context.client()
  const declared = await api.contracts({ name })
  context.result(declared, () => renderDeclaredContracts(declared, context.io.paint))
  return exitCodes.done
}
