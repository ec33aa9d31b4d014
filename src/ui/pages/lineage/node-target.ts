import type { Lineage } from '../../../api/catalog.ts'

export type LineageNode = Lineage['nodes'][number]

const definitionKinds = new Set([
  'entity',
  'source',
  'featureView',
  'onDemand',
  'trainingSet',
  'model',
  'deployment',
  'batch',
])

/** Page of a node, if it has one. */
export function nodeHref({ kind, name }: LineageNode): string | undefined {
  const part = encodeURIComponent(name)
  if (definitionKinds.has(kind)) return `/catalog/${kind}/${part}`
  if (kind === 'modelVersion') {
    const [model = name, version] = name.split('@')
    return `/models/${encodeURIComponent(model)}${version ? `?version=${version}` : ''}`
  }
  if (kind === 'release') return `/deployments/${encodeURIComponent(name.split(/[@#]/)[0] ?? name)}`
  if (kind === 'run') return `/runs/${part}`
  return undefined
}
