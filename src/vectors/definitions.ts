import type {
  FeatureData,
  FeatureViewData,
  KnownAt,
  PredicateData,
  PredicateValue,
  SourceData,
  WindowFeatureData,
  WindowOperator,
} from '../definitions/model.ts'
import { operatorType } from '../features/index.ts'
import { parseDuration } from '../kernel/time.ts'
import { JsonNumber, type LosslessJson } from '../kernel/values/index.ts'
import type { VectorObject } from './model.ts'
import { fieldsOf, list, object, optionalNumber, optionalText, textOf } from './read.ts'

/** A source of a vector file, whose rows stand in a Parquet file. */
export function sourceData(name: string, json: VectorObject, path: string): SourceData {
  const optional = Object.fromEntries(
    ['sequence', 'eventId', 'deleted'].flatMap(key =>
      typeof json.get(key) === 'string' ? [[key, json.get(key)]] : [],
    ),
  )
  return {
    kind: 'source',
    name,
    from: { kind: 'parquet', path },
    columns: fieldsOf(json.get('columns')),
    eventTime: textOf(json.get('eventTime')),
    knownAt: knownAt(json.get('knownAt')),
    ...optional,
  }
}

function knownAt(json: LosslessJson | undefined): KnownAt {
  if (typeof json === 'string') return { kind: 'column', column: json }
  const delay = optionalText(object(json).get('delay'))
  return delay === undefined ? { kind: 'event' } : { kind: 'delay', delay }
}

export interface ViewContext {
  readonly source: SourceData
  readonly keys: readonly string[]
  readonly knownTime: 'cutoff' | 'latest'
}

/** A view of a vector file: names of columns, or window operators. */
export function viewData(
  name: string,
  json: VectorObject,
  { source, keys, knownTime }: ViewContext,
): FeatureViewData {
  const features = list(json.get('features')).map(each =>
    typeof each === 'string' ? lookupFeature(each, source) : windowFeature(object(each), source),
  )
  const durations = Object.fromEntries(
    ['lookback', 'maxAge'].flatMap(key => (typeof json.get(key) === 'string' ? [[key, json.get(key)]] : [])),
  )
  return {
    kind: 'featureView',
    name,
    entity: keys.length === 0 ? null : 'entity',
    source: source.name,
    keys,
    at: json.get('at') === 'before' ? 'before' : 'at',
    knownTime,
    ...durations,
    features,
  }
}

function lookupFeature(name: string, source: SourceData): FeatureData {
  return {
    kind: 'lookup',
    name,
    column: name,
    type: source.columns.find(column => column.name === name)?.type ?? 'string',
  }
}

function windowFeature(json: VectorObject, source: SourceData): WindowFeatureData {
  const column = optionalText(json.get('column'))
  const window = textOf(json.get('window'))
  const where = json.get('where')
  const numbers = Object.fromEntries(
    ['k', 'p', 'limit'].flatMap(key => (json.has(key) ? [[key, optionalNumber(json.get(key))]] : [])),
  )
  const body = {
    name: textOf(json.get('name')),
    op: textOf(json.get('op')) as WindowOperator,
    window,
    hop: optionalText(json.get('hop')) ?? defaultHop(window),
    ...(column === undefined ? {} : { column }),
    ...(where === undefined ? {} : { where: predicate(object(where)) }),
    ...numbers,
  }
  return { kind: 'window', ...body, type: operatorType(body, source.columns) }
}

export function predicate(json: VectorObject): PredicateData {
  const value = json.get('value')
  const single = (each: LosslessJson | undefined): PredicateValue =>
    each instanceof JsonNumber ? exactNumber(each) : (each as PredicateValue)
  return {
    column: textOf(json.get('column')),
    op: textOf(json.get('op')) as PredicateData['op'],
    value: value === undefined ? [] : Array.isArray(value) ? list(value).map(single) : single(value),
  }
}

/** Whole numbers beyond 2^53 stay text, which an int64 column reads as well. */
function exactNumber(json: JsonNumber): PredicateValue {
  const value = Number(json.text)
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? json.text : value
}

/** features.md §4.2. */
function defaultHop(window: string): string {
  if (window === 'all') return '1d'
  const micros = parseDuration(window)
  if (micros < parseDuration('12h')) return '5m'
  return micros < parseDuration('12d') ? '1h' : '1d'
}

/** Entity keys to spine columns, by the view's key columns; the same names where nothing is said. */
export function keyMapping(json: LosslessJson | undefined, keys: readonly string[]): string[] {
  const mapping = object(json)
  return keys.map(key => optionalText(mapping.get(key)) ?? key)
}
