import type { LookupData, OnDemandData, SourceData, TrainingSetData } from '../definitions/index.ts'
import {
  type FeatureCatalog,
  featureCatalog,
  type KeyedSource,
  type OnlineView,
  readFeatureCatalog,
  type ServedFeatures,
  writeFeatureCatalog,
} from '../features/index.ts'
import type { Applied } from '../projects/index.ts'

/** Brings the file the front reads its definitions from up to date; calls wait for each other. */
export function catalogPublisher(file: string, current: () => Promise<Applied>): () => Promise<void> {
  let last: Promise<void> = Promise.resolve()
  const publish = async (): Promise<void> => {
    const before = await readFeatureCatalog(file)
    const next = featureCatalog(catalogContent(await current()), before)
    if (next.revision !== before?.revision) await writeFeatureCatalog(file, next)
  }
  return () => {
    last = last.then(publish, publish)
    return last
  }
}

type Kind = Applied['definitions'][number]

function catalogContent(project: Applied): Omit<FeatureCatalog, 'schema' | 'revision' | 'former'> {
  const all = project.definitions
  const sets = all.filter(
    (each): each is Extract<Kind, { kind: 'trainingSet' }> => each.kind === 'trainingSet',
  )
  const onDemand = all.filter((each): each is OnDemandData => each.kind === 'onDemand')
  const sources = all.filter((each): each is SourceData => each.kind === 'source')
  const views = all.flatMap(each => (each.kind === 'featureView' ? [project.versioned(each)] : []))
  return {
    entities: all.filter(each => each.kind === 'entity'),
    sources,
    views,
    onDemand,
    keyed: sets.flatMap(set => keyedBy(set, views)),
    services: Object.fromEntries(
      sets.map((set): [string, ServedFeatures] => {
        const read = views.filter(view => set.lookups.some(lookup => lookup.view === view.name))
        const functions = onDemand.filter(each => set.onDemand.includes(each.name))
        const from = sources.filter(source => read.some(view => view.source === source.name))
        return [
          set.name,
          {
            request: requestFields({ lookups: set.lookups, views: read, sources: from, onDemand: functions }),
            lookups: set.lookups,
            fullNames: set.fullNames,
            views: read,
            sources: from,
            onDemand: functions,
          },
        ]
      }),
    ),
  }
}

/** Where the spine of a set, and the source of its label, hold the keys that it looks up. */
function keyedBy(set: TrainingSetData, views: readonly OnlineView[]): readonly KeyedSource[] {
  return set.lookups.flatMap(({ view, keys }) => {
    const entity = views.find(each => each.name === view)?.entity ?? null
    if (entity === null) return []
    const spine = { source: set.spine.source, entity, columns: keys }
    if (set.label.kind !== 'later') return [spine]
    const { source, keys: pairs } = set.label
    const columns = keys.flatMap(key => pairs.find(pair => pair.spine === key)?.source ?? [])
    return columns.length === keys.length ? [spine, { source, entity, columns }] : [spine]
  })
}

interface Looked {
  readonly lookups: readonly LookupData[]
  readonly views: readonly OnlineView[]
  readonly sources: readonly SourceData[]
  readonly onDemand: readonly OnDemandData[]
}

/** Keys with the type their source gives them, then request fields of on-demand features. */
function requestFields({ lookups, views, sources, onDemand }: Looked): ServedFeatures['request'] {
  const keys = lookups.flatMap(lookup => {
    const view = views.find(each => each.name === lookup.view)
    const columns = sources.find(each => each.name === view?.source)?.columns ?? []
    return lookup.keys.map((name, index) => ({
      name,
      type: columns.find(column => column.name === view?.keys[index])?.type ?? ('string' as const),
    }))
  })
  const fields = onDemand.flatMap(({ inputs }) =>
    inputs.flatMap(({ name, type, from }) => (from === 'request' ? [{ name, type }] : [])),
  )
  return [...new Map([...fields, ...keys].map(field => [field.name, field])).values()]
}
