import type { DefinitionSummary } from '../../api/catalog.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { nearest } from '../../kernel/nearest.ts'
import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderDefinition, renderDefinitions } from '../render/catalog.ts'
import { suggesting } from '../suggest.ts'

const nouns: Readonly<Record<string, DefinitionSummary['kind']>> = {
  entity: 'entity',
  entities: 'entity',
  source: 'source',
  sources: 'source',
  'feature-view': 'featureView',
  'feature-views': 'featureView',
  featureView: 'featureView',
  'on-demand': 'onDemand',
  onDemand: 'onDemand',
  'training-set': 'trainingSet',
  'training-sets': 'trainingSet',
  trainingSet: 'trainingSet',
  model: 'model',
  models: 'model',
  deployment: 'deployment',
  deployments: 'deployment',
}

export const run: Command = async (context, _options, noun, name) => {
  const kind = noun === undefined ? undefined : kindOf(noun)
  const client = await context.client()
  const now = context.io.now()
  if (kind !== undefined && name !== undefined) {
    const definition = await suggesting(client.api.definition({ kind, name }), {
      code: 'REFERENCE_UNKNOWN',
      name,
      names: async () => (await client.api.definitions({ kind, limit: 500 })).items.map(each => each.name),
      noun: 'definitions',
      command: meant => `fettle catalog ${noun} ${meant}`,
    })
    context.result(definition, () => renderDefinition(definition, now))
    return exitCodes.done
  }
  const items: DefinitionSummary[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await client.api.definitions({ limit: 500, ...(kind === undefined ? {} : { kind }), cursor })
    items.push(...page.items)
    cursor = page.next
    if (cursor === undefined) break
  }
  context.result({ items }, () => renderDefinitions(items, now))
  return exitCodes.done
}

function kindOf(noun: string): DefinitionSummary['kind'] {
  const kind = nouns[noun]
  if (kind !== undefined) return kind
  const meant = nearest(noun, Object.keys(nouns))
  throw new FettleError('USAGE', `${noun} is not a kind of definition`, {
    hint:
      meant === undefined
        ? `Kinds are entities, sources, feature-views, on-demand, training-sets, models, deployments. For one definition write its kind first: fettle catalog source ${noun}`
        : `Did you mean ${meant}?`,
  })
}
