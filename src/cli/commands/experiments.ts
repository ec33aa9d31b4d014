import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderExperimentRuns, renderExperiments } from '../render/experiments.ts'
import { suggesting } from '../suggest.ts'

export const run: Command = async (context, _options, name) => {
  const client = await context.client()
  const now = context.io.now()
  if (name === undefined) {
    const page = await client.api.experiments({ limit: 500 })
    context.result(page, () => renderExperiments(page.items, now))
    return exitCodes.done
  }
  const page = await suggesting(client.api.experimentRuns({ name, limit: 100 }), {
    code: 'EXPERIMENT_UNKNOWN',
    name,
    names: async () => (await client.api.experiments({ limit: 500 })).items.map(each => each.name),
    noun: 'experiments',
    command: meant => `fettle experiments ${meant}`,
  })
  context.result(page, () => renderExperimentRuns(page.items, now))
  return exitCodes.done
}
