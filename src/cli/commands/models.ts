import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderModel, renderModels } from '../render/catalog.ts'

export const run: Command = async (context, _options, name) => {
  const client = await context.client()
  if (name === undefined) {
    const page = await client.api.models({ limit: 500 })
    context.result(page, () => renderModels(page.items))
  } else {
    const model = await client.api.model({ name })
    context.result(model, () => renderModel(model, context.io.now()))
  }
  return exitCodes.done
}
