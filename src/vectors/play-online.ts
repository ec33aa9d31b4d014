import type { EntityData, SourceData } from '../definitions/model.ts'
import {
  type FeatureRows,
  type OfflineEngine,
  type OnlineStore,
  type OnlineView,
  type PushReport,
  prepareFeatures,
  pushRows,
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
import { sourceData, viewData } from './definitions.ts'
import {
  type CaseOutcome,
  failed,
  type PlayContext,
  type PlayedCase,
  passed,
  type VectorObject,
} from './model.ts'
import { playWithEngine } from './play-cases.ts'
import { type LoadRows, loadFromMemory, loadThroughEngine, type OnlineCase } from './play-online-load.ts'
import { fieldsOf, list, object, optionalText, rowsOf, textOf, texts } from './read.ts'

/** Plays kind `online`, pushes included: the steps of a case in order, the clock stopped at each. */
export function playOnline(file: VectorObject, context: PlayContext): AsyncIterable<PlayedCase> {
  return playWithEngine(file, context, (played, { engine, runtime, folder, shared }) => {
    const view = object(played.get('view') ?? [...object(shared.get('views')).values()][0])
    return playOnlineCase(played, {
      view,
      path: `${folder}.parquet`,
      openStore: () => runtime.openStore(`${folder}-store`),
      engine,
    })
  })
}

interface OnlineCaseDeps {
  readonly view: VectorObject
  /** Where the rows to load are stored. */
  readonly path: string
  /** A fresh, empty store. */
  openStore(): OnlineStore | Promise<OnlineStore>
  readonly engine: OfflineEngine
}

interface Played extends OnlineCase {
  readonly load: LoadRows
  readonly maxFutureSkew: Micros
}

async function playOnlineCase(json: VectorObject, deps: OnlineCaseDeps): Promise<CaseOutcome> {
  const steps = list(json.get('steps')).map(object)
  if (steps.length === 0) return failed('the case has no steps')
  const pushed = steps.some(step => step.has('write'))
  const definitions = definitionsOf(deps.view, deps.path, pushed)
  const store = await deps.openStore()
  try {
    const played: Played = {
      ...definitions,
      store,
      load: pushed ? loadFromMemory : loadThroughEngine(deps.engine),
      maxFutureSkew: parseDuration(optionalText(json.get('maxFutureSkew')) ?? '5m'),
    }
    for (const [index, step] of steps.entries()) {
      const difference = await playStep(played, step)
      if (difference !== undefined) return failed(`step ${index}: ${difference}`)
    }
    return passed
  } finally {
    await store.close()
  }
}

/** Rows that are pushed without a known time become known when they arrive. */
function definitionsOf(json: VectorObject, path: string, pushed: boolean): Omit<OnlineCase, 'store'> {
  const given = sourceData('given', json, path)
  const source: SourceData = pushed
    ? {
        ...given,
        from: { kind: 'push' },
        ...(json.has('knownAt') ? {} : { knownAt: { kind: 'ingest' as const } }),
      }
    : given
  const keys = texts(json.get('keys'))
  const typeOf = (key: string) => source.columns.find(column => column.name === key)?.type ?? 'string'
  const entity: EntityData = {
    kind: 'entity',
    name: 'entity',
    key: keys.map(name => ({ name, type: typeOf(name) })),
  }
  const name = optionalText(json.get('name')) ?? 'view'
  const view: OnlineView = {
    ...viewData(name, json, { source, keys, knownTime: 'cutoff' }),
    version: 1,
    semanticHash: 'case',
    ...(json.get('expired') === 'return' ? { expired: 'return' as const } : {}),
  }
  return { source, view, entity }
}

async function playStep(played: Played, step: VectorObject): Promise<string | undefined> {
  const at = parseTimestamp(textOf(step.get('at'))) ?? 0n
  const expected = object(step.get('expect'))
  if (step.has('load')) await played.load(played, object(step.get('load')).get('rows'), at)
  if (step.has('load') && !step.has('read')) return undefined
  if (step.has('write')) return reportDifference(await write(played, object(step.get('write')), at), expected)
  return read(played, object(step.get('read')), { at, expected })
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
  { store, source, view, entity }: Played,
  json: VectorObject,
  { at, expected }: Expected,
): Promise<string | undefined> {
  const names = view.features.map(feature => feature.name)
  const lookup = { view: view.name, as: view.name, keys: view.keys, features: names }
  const prepared = prepareFeatures(store, {
    request: entity.key,
    lookups: [lookup],
    fullNames: false,
    views: [view],
    sources: [source],
    onDemand: [],
  })
  const entities = list(json.get('entities')).map(values =>
    Object.fromEntries(
      entity.key.map(({ name, type }, index): [string, Value] => [
        name,
        tryDecodeNative(type, list(values)[index] ?? null) ?? null,
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
