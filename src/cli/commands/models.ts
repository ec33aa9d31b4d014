import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderModel, renderModels } from '../render/catalog.ts'
import { suggesting } from '../suggest.ts'

export const run: Command = async (context, _options, name) => {
  const client = await context.client()
  if (name === undefined) {
    const page = await client.api.models({ limit: 500 })
    context.result(page, () => renderModels(page.items))
  } else {
    const model = await suggesting(client.api.model({ name }), {
      code: 'MODEL_UNKNOWN',
      name,
      names: async () => (await client.api.models({ limit: 500 })).items.map(each => each.name),
      noun: 'models',
      command: meant => `fettle models ${meant}`,
    })
    context.result(model, () => renderModel(model, context.io.now()))
  }
  return exitCodes.done
}
