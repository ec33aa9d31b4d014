import type { EntityData, OnDemandData, OnDemandInput, SourceData } from '../definitions/model.ts'
import {
  type FeatureCatalog,
  featureCatalog,
  type OnlineView,
  type ServedFeatures,
} from '../features/index.ts'
import type { ValueType } from '../kernel/values/index.ts'
import { sourceData, viewData } from './definitions.ts'
import type { VectorObject } from './model.ts'
import { list, object, optionalNumber, optionalText, textOf, texts } from './read.ts'

/** A view of the case with its source and its entity. */
export interface FeastView {
  readonly entity: EntityData
  readonly source: SourceData
  readonly view: OnlineView
}

/** The views a `feast-http` case sets up; each reads a push source of its own. */
export function feastViews(setup: VectorObject): readonly FeastView[] {
  return list(setup.get('views')).map(each => feastView(object(each)))
}

function feastView(json: VectorObject): FeastView {
  const name = textOf(json.get('name'))
  const keys = texts(json.get('keys'))
  const given = sourceData(optionalText(json.get('pushSource')) ?? `${name}_source`, json, '')
  const source: SourceData = {
    ...given,
    from: { kind: 'push' },
    knownAt: json.has('knownAt') ? given.knownAt : { kind: 'ingest' },
  }
  const typeOf = (key: string) => source.columns.find(column => column.name === key)?.type ?? 'string'
  const key = keys.map(component => ({ name: component, type: typeOf(component) }))
  const entity: EntityData = { kind: 'entity', name: `${name}_key`, key }
  const view: OnlineView = {
    ...viewData(name, json, { source, keys, knownTime: 'cutoff' }),
    entity: entity.name,
    version: optionalNumber(json.get('version')) ?? 1,
    semanticHash: name,
    ...(json.get('expired') === 'return' ? { expired: 'return' as const } : {}),
  }
  return { entity, source, view }
}

/** What the server of the case has as its definitions. */
export function feastCatalog(setup: VectorObject, views: readonly FeastView[]): FeatureCatalog {
  const onDemand = list(setup.get('onDemand')).map(each => onDemandOf(object(each), views))
  const services = [...object(setup.get('featureServices'))].map(
    ([name, references]) => [name, serviceOf(texts(references), { views, onDemand })] as const,
  )
  return featureCatalog({
    entities: views.map(each => each.entity),
    sources: views.map(each => each.source),
    views: views.map(each => each.view),
    onDemand,
    services: Object.fromEntries(services),
  })
}

function onDemandOf(json: VectorObject, views: readonly FeastView[]): OnDemandData {
  return {
    kind: 'onDemand',
    name: textOf(json.get('name')),
    inputs: list(json.get('inputs')).map(each => inputOf(object(each), views)),
    outputs: [...object(json.get('outputs'))].map(([name, type]) => ({
      name,
      type: textOf(type) as ValueType,
    })),
    compute: textOf(json.get('source')),
  }
}

function inputOf(json: VectorObject, views: readonly FeastView[]): OnDemandInput {
  const name = textOf(json.get('name'))
  const lookup = optionalText(json.get('view'))
  if (lookup === undefined) return { name, from: 'request', type: textOf(json.get('type')) as ValueType }
  const feature = textOf(json.get('feature'))
  const view = views.find(each => each.view.name === lookup)?.view
  const type = view?.features.find(each => each.name === feature)?.type ?? 'string'
  return { name, from: 'feature', lookup, feature, type }
}

function serviceOf(
  references: readonly string[],
  { views, onDemand }: { readonly views: readonly FeastView[]; readonly onDemand: readonly OnDemandData[] },
): ServedFeatures {
  const asked = references.map(reference => reference.replace(/@v\d+:/, ':').split(':'))
  const used = views.filter(({ view }) => asked.some(([name]) => name === view.name))
  return {
    request: [],
    lookups: asked.flatMap(([name = '', feature = '']) => {
      const found = used.find(({ view }) => view.name === name)
      return found ? [{ view: name, as: name, keys: found.view.keys, features: [feature] }] : []
    }),
    fullNames: false,
    views: used.map(({ view }) => view),
    sources: used.map(({ source }) => source),
    onDemand: onDemand.filter(({ name }) => asked.some(([wanted]) => wanted === name)),
  }
}
