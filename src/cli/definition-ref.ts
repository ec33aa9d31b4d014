import { type DefinitionSummary, definitionKind } from '../api/catalog.ts'
import type { FettleClient } from '../client/index.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { nearest } from '../kernel/nearest.ts'

type Kind = DefinitionSummary['kind']

const nouns: Readonly<Record<string, Kind>> = {
  entity: 'entity',
  entities: 'entity',
  source: 'source',
  sources: 'source',
  'feature-view': 'featureView',
  'feature-views': 'featureView',
  featureView: 'featureView',
  view: 'featureView',
  'on-demand': 'onDemand',
  onDemand: 'onDemand',
  'training-set': 'trainingSet',
  'training-sets': 'trainingSet',
  trainingSet: 'trainingSet',
  model: 'model',
  models: 'model',
  deployment: 'deployment',
  deployments: 'deployment',
  batch: 'batch',
  batches: 'batch',
}

/** The kind a person names, in the singular or plural. Throws USAGE. */
export function kindOf(noun: string): Kind {
  const kind = nouns[noun]
  if (kind !== undefined) return kind
  const meant = nearest(noun, Object.keys(nouns))
  throw new FettleError('USAGE', `${noun} is not a kind of definition`, {
    hint:
      meant === undefined
        ? `Kinds are entities, sources, feature-views, on-demand, training-sets, models, deployments. For one definition write its kind first: fettle catalog source ${noun}. To look for words: fettle catalog --search ${noun}`
        : `Did you mean ${meant}?`,
  })
}

/**
 * A reference as people write it, made whole: `source:flights.delay`, `feature-view:spend`, or a name that only one
 * definition has (`flights.delay`). Throws USAGE, REFERENCE_UNKNOWN.
 */
export async function wholeRef(
  client: FettleClient,
  text: string,
  kinds: readonly Kind[] = definitionKind.options,
): Promise<string> {
  const colon = text.indexOf(':')
  if (colon >= 0) return `${kindOf(text.slice(0, colon))}:${text.slice(colon + 1)}`
  const dot = text.indexOf('.')
  const [name, column] = dot < 0 ? [text, ''] : [text.slice(0, dot), text.slice(dot)]
  const all = await everyDefinition(client)
  const found = all.filter(each => each.name === name && kinds.includes(each.kind))
  const [only] = found
  if (only && found.length === 1) return `${only.kind}:${name}${column}`
  if (found.length > 1)
    throw new FettleError('USAGE', `${name} is the name of ${found.length} definitions`, {
      hint: `Write which: ${found.map(each => `${each.kind}:${name}${column}`).join(' or ')}`,
    })
  const meant = nearest(
    name,
    all.map(each => each.name),
  )
  throw new FettleError('REFERENCE_UNKNOWN', `nothing named "${name}" is applied`, {
    hint: meant === undefined ? 'fettle catalog lists what is.' : `Did you mean ${meant}${column}?`,
  })
}

/** A whole reference as kind and name. */
export function partsOf(ref: string): { readonly kind: Kind; readonly name: string } {
  const [kind = '', name = ''] = ref.split(/[:.]/)
  return { kind: kindOf(kind), name }
}

/** Every applied definition, or those of a kind. */
export async function everyDefinition(client: FettleClient, kind?: Kind): Promise<DefinitionSummary[]> {
  const items: DefinitionSummary[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await client.api.definitions({ limit: 500, ...(kind === undefined ? {} : { kind }), cursor })
    items.push(...page.items)
    cursor = page.next
    if (cursor === undefined) return items
  }
}
