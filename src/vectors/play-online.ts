import type { FeatureViewData, SourceData } from '../definitions/model.ts'
import {
  type FeatureRows,
  materialize,
  memoryScan,
  type OnlineStore,
  type PushReport,
  prepareFeatures,
  pushRows,
  windowOperators,
} from '../features/index.ts'
import { type Micros, parseDuration, parseTimestamp } from '../kernel/time.ts'
import {
  encodeNative,
  type Field,
  type LosslessJson,
  statusLetters,
  tryDecodeNative,
  type Value,
} from '../kernel/values/index.ts'
import { differs, first, firstDifference } from './compare.ts'
import { viewData } from './definitions.ts'
import type { VectorObject } from './model.ts'
import { fieldsOf, list, object, optionalText, rowsOf, textOf, texts } from './read.ts'

export interface OnlineCaseDeps {
  /** A fresh, empty store. */
  openStore(): Promise<OnlineStore>
}

export interface OnlineCaseOutcome {
  readonly outcome: 'passed' | 'failed' | 'not-implemented'
  readonly detail?: string
}

type View = FeatureViewData & {
  readonly version: number
  readonly semanticHash: string
  readonly expired: 'null' | 'return'
}

interface Played {
  readonly store: OnlineStore
  readonly source: SourceData
  readonly view: View
  readonly maxFutureSkew: Micros
}

/**
 * Plays one case of kind `online` (parsed without loss), pushes included, against a fresh store: its steps in order, the
 * clock stopped at each. Rows to load are scanned in memory.
 */
export async function playOnlineCase(testCase: unknown, deps: OnlineCaseDeps): Promise<OnlineCaseOutcome> {
  const json = testCase as VectorObject
  const { source, view } = definitions(object(json.get('view')))
  const unknown = view.features.find(
    feature => feature.kind === 'window' && !windowOperators.some(op => op === feature.op),
  )
  if (unknown?.kind === 'window')
    return { outcome: 'not-implemented', detail: `online windows with ${unknown.op}` }
  const store = await deps.openStore()
  try {
    const maxFutureSkew = parseDuration(optionalText(json.get('maxFutureSkew')) ?? '5m')
    for (const [index, step] of list(json.get('steps')).entries()) {
      const difference = await playStep({ store, source, view, maxFutureSkew }, object(step))
      if (difference !== undefined) return { outcome: 'failed', detail: `step ${index}: ${difference}` }
    }
    return { outcome: 'passed' }
  } finally {
    await store.close()
  }
}

function definitions(json: VectorObject): { readonly source: SourceData; readonly view: View } {
  const optional = Object.fromEntries(
    ['eventId', 'deleted', 'sequence'].flatMap(key =>
      typeof json.get(key) === 'string' ? [[key, json.get(key)]] : [],
    ),
  )
  const known = optionalText(json.get('knownAt'))
  const source: SourceData = {
    kind: 'source',
    name: 'given',
    from: { kind: 'parquet', path: 'given.parquet' },
    columns: fieldsOf(json.get('columns')),
    eventTime: textOf(json.get('eventTime')),
    knownAt: known === undefined ? { kind: 'ingest' } : { kind: 'column', column: known },
    ...optional,
  }
  const keys = texts(json.get('keys'))
  const view = viewData(textOf(json.get('name')), json, { source, keys, knownTime: 'cutoff' })
  return {
    source,
    view: {
      ...view,
      version: 1,
      semanticHash: 'case',
      expired: json.get('expired') === 'return' ? 'return' : 'null',
    },
  }
}

async function playStep(played: Played, step: VectorObject): Promise<string | undefined> {
  const at = parseTimestamp(textOf(step.get('at'))) ?? 0n
  if (step.has('load')) return load(played, object(step.get('load')), at)
  const expected = object(step.get('expect'))
  if (step.has('write')) return reportDifference(await write(played, object(step.get('write')), at), expected)
  return read(played, object(step.get('read')), { at, expected })
}

async function load({ store, source, view }: Played, json: VectorObject, now: Micros): Promise<undefined> {
  const closure = { entities: [], sources: [source], views: [view] }
  const options = { now, projectFolder: '.', onProgress: () => {}, signal: new AbortController().signal }
  await materialize(memoryScan(rowsOf(source.columns, json.get('rows'))), store, closure, options)
}

function write(
  { store, source, view, maxFutureSkew }: Played,
  json: VectorObject,
  now: Micros,
): Promise<PushReport> {
  const rows = list(json.get('rows')).map(row =>
    list(row).map((value, index) => tryDecodeNative(source.columns[index]?.type ?? 'string', value)),
  )
  return pushRows(store, { view, source, rows, now, maxFutureSkew })
}

function reportDifference(found: PushReport, expected: VectorObject): string | undefined {
  const counts = ['received', 'applied', 'superseded', 'duplicate', 'deferred', 'rejected'] as const
  const rows = list(expected.get('rows')).map(each =>
    Object.fromEntries([...object(each)].map(([key, value]) => [key, plain(value)])),
  )
  const wanted = Object.fromEntries(counts.map(key => [key, plain(expected.get(key))]))
  return first(
    differs('report', Object.fromEntries(counts.map(key => [key, found[key]])), wanted),
    differs('rows', found.rows, rows),
  )
}

function plain(json: LosslessJson | undefined): unknown {
  return typeof json === 'object' && json !== null && 'text' in json ? Number(json.text) : json
}

interface Expected {
  readonly at: Micros
  readonly expected: VectorObject
}

async function read(
  { store, source, view }: Played,
  json: VectorObject,
  { at, expected }: Expected,
): Promise<string | undefined> {
  const names = view.features.map(feature => feature.name)
  const lookup = { view: view.name, as: view.name, keys: view.keys, features: names }
  const prepared = prepareFeatures(store, {
    request: [],
    lookups: [lookup],
    fullNames: false,
    views: [view],
    sources: [source],
    onDemand: [],
  })
  const typeOf = (key: string): string => source.columns.find(column => column.name === key)?.type ?? 'string'
  const entities = list(json.get('entities')).map(entity =>
    Object.fromEntries(
      view.keys.map((key, index): [string, Value] => [
        key,
        tryDecodeNative(typeOf(key), list(entity)[index] ?? null) ?? null,
      ]),
    ),
  )
  const found = await prepared.read(entities, at)
  const columns = list(expected.get('columns')).map(object)
  const wanted = columns.map(column => `${textOf(column.get('name'))} ${textOf(column.get('type'))}`)
  return first(
    differs(
      'columns',
      prepared.names.map((name, index) => `${name} ${prepared.types[index]}`),
      wanted,
    ),
    ...columns.map((column, index) => columnDifference(found, index, column)),
    expected.has('view') ? timesDifference(found, at, object(expected.get('view'))) : undefined,
  )
}

function columnDifference(found: FeatureRows, index: number, column: VectorObject): string | undefined {
  const fields = fieldsOf([column])
  const wanted = rowsOf(
    fields,
    list(column.get('values')).map(value => [value]),
  )
  const statuses = found.statuses.map(row => statusLetters[row[index] ?? 'ERROR']).join('')
  return first(
    differs(`status of ${fields[0]?.name}`, statuses, spread(textOf(column.get('status')), statuses.length)),
    firstDifference(
      found.values.map(row => [row[index] ?? null]),
      { fields, rows: wanted.rows },
    ),
  )
}

/** One letter may stand for all rows. */
function spread(letters: string, rows: number): string {
  return letters.length === 1 ? letters.repeat(rows) : letters
}

function timesDifference(found: FeatureRows, at: Micros, view: VectorObject): string | undefined {
  const events = found.eventTimes.map(row => row[0] ?? null)
  const known = found.knownTimes.map(row => row[0] ?? null)
  const ages = events.map(event => (event === null ? null : at - event))
  const column = (name: string, type: Field['type'], values: readonly Value[]): string | undefined =>
    differs(
      name,
      values.map(value => encodeNative(type, value)),
      list(view.get(name)).map(value => encodeNative(type, tryDecodeNative(type, value) ?? null)),
    )
  return first(
    column('event_time', 'timestamp', events),
    column('known_time', 'timestamp', known),
    column('age_us', 'int64', ages),
  )
}
