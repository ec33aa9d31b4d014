import { join } from 'node:path'
import type { EntityData, SourceData } from '../definitions/model.ts'
import {
  type FeatureRows,
  materialize,
  type OfflineEngine,
  type OnlineStore,
  type OnlineView,
  prepareFeatures,
} from '../features/index.ts'
import { type Micros, parseTimestamp } from '../kernel/time.ts'
import { decodeNative, type LosslessJson, statusLetters, type Value } from '../kernel/values/index.ts'
import { differs, first, firstDifference } from './compare.ts'
import { sourceData, viewData } from './definitions.ts'
import {
  type CaseOutcome,
  failed,
  notImplemented,
  type PlayContext,
  type PlayedCase,
  passed,
  type VectorObject,
  type VectorRuntime,
} from './model.ts'
import { guard, writeRows } from './play-features.ts'
import { playOnlineCase } from './play-online.ts'
import { fieldsOf, list, object, optionalText, textOf, texts } from './read.ts'

/** Plays kind `online`. Without pushes, each load materializes the rows so far through the engine; reads ask the store. */
export async function* playOnline(file: VectorObject, context: PlayContext): AsyncIterable<PlayedCase> {
  const engine = context.runtime.createEngine()
  try {
    for (const [index, each] of list(file.get('cases')).entries()) {
      const played = object(each)
      const name = textOf(played.get('name'))
      const pushes = list(played.get('steps')).some(step => object(step).has('write'))
      const folder = join(context.folder, `case-${index}`)
      yield {
        name,
        outcome: await guard(() =>
          pushes
            ? playPushes(played, context.runtime, folder)
            : playCase(engine, played, { ...context, folder }),
        ),
      }
    }
  } finally {
    await engine.close()
  }
}

/** Cases with pushes run against the store alone; their loads are scanned in memory. */
async function playPushes(
  played: VectorObject,
  runtime: VectorRuntime,
  folder: string,
): Promise<CaseOutcome> {
  const { outcome, detail = '' } = await playOnlineCase(played, {
    openStore: async () => runtime.openStore(`${folder}-store`),
  })
  if (outcome === 'passed') return passed
  return outcome === 'failed' ? failed(detail) : notImplemented(detail)
}

interface OnlineCase {
  readonly engine: OfflineEngine
  readonly store: OnlineStore
  readonly source: SourceData
  readonly view: OnlineView
  readonly entity: EntityData
  /** Rows loaded so far. */
  readonly rows: Value[][]
  loads: number
}

async function playCase(
  engine: OfflineEngine,
  played: VectorObject,
  { runtime, folder, shared }: PlayContext,
): Promise<CaseOutcome> {
  const json = object(played.get('view') ?? [...object(shared.get('views')).values()][0])
  const source = sourceData('given', json, `${folder}.parquet`)
  const keys = texts(json.get('keys'))
  const key = keys.map(name => ({
    name,
    type: source.columns.find(column => column.name === name)?.type ?? ('string' as const),
  }))
  const expired = json.get('expired') === 'return' ? ('return' as const) : ('null' as const)
  const view: OnlineView = {
    ...viewData(optionalText(json.get('name')) ?? 'view', json, { source, keys, knownTime: 'cutoff' }),
    version: 1,
    semanticHash: 'sha256:0',
    expired,
  }
  const store = runtime.openStore(`${folder}-store`)
  const state: OnlineCase = {
    engine,
    store,
    source,
    view,
    entity: { kind: 'entity', name: 'entity', key },
    rows: [],
    loads: 0,
  }
  try {
    for (const [index, each] of list(played.get('steps')).entries()) {
      const step = object(each)
      const at = parseTimestamp(textOf(step.get('at'))) ?? 0n
      if (step.has('load')) await load(state, object(step.get('load')), at)
      const difference = step.has('read') ? await read(state, step, at) : undefined
      if (difference !== undefined) return failed(`step ${index}: ${difference}`)
    }
    return passed
  } finally {
    await store.close()
  }
}

async function load(state: OnlineCase, json: VectorObject, now: Micros): Promise<void> {
  const { engine, store, source, view, entity, rows } = state
  for (const row of list(json.get('rows')))
    rows.push(list(row).map((value, at) => decodeNative(source.columns[at]?.type ?? 'string', value)))
  await writeRows(engine, source.from.kind === 'parquet' ? source.from.path : '', {
    fields: source.columns,
    rows,
  })
  state.loads += 1
  const closure = { entities: [entity], sources: [source], views: [view] }
  await materialize(engine, store, closure, {
    now,
    sourceVersions: { [source.name]: `load ${state.loads}` },
    projectFolder: '.',
    onProgress: () => undefined,
    signal: new AbortController().signal,
  })
}

async function read(
  { store, source, view, entity }: OnlineCase,
  step: VectorObject,
  at: Micros,
): Promise<string | undefined> {
  const names = view.features.map(feature => feature.name)
  const lookup = { view: view.name, as: view.name, keys: entity.key.map(key => key.name), features: names }
  const prepared = prepareFeatures(store, {
    request: entity.key,
    lookups: [lookup],
    fullNames: false,
    views: [view],
    sources: [source],
    onDemand: [],
  })
  const entities = list(object(step.get('read')).get('entities')).map(entry =>
    Object.fromEntries(
      list(entry).map((value, index) => [
        entity.key[index]?.name ?? '',
        decodeNative(entity.key[index]?.type ?? 'string', value),
      ]),
    ),
  )
  return differenceFrom(await prepared.read(entities, at), object(step.get('expect')), at)
}

function differenceFrom(found: FeatureRows, expected: VectorObject, at: Micros): string | undefined {
  for (const [index, each] of list(expected.get('columns')).entries()) {
    const [field] = fieldsOf([each])
    if (!field) continue
    const wanted = list(object(each).get('values')).map(value => [decodeNative(field.type, value)])
    const letters = found.statuses.map(row => statusLetters[row[index] ?? 'ERROR']).join('')
    const difference = first(
      firstDifference(
        found.values.map(row => [row[index] ?? null]),
        { fields: [field], rows: wanted },
      ),
      differs(`status of ${field.name}`, letters, spread(textOf(object(each).get('status')), letters.length)),
    )
    if (difference !== undefined) return difference
  }
  const view = object(expected.get('view'))
  if (view.size === 0) return undefined
  const times = (rows: readonly (readonly (Micros | null)[])[]): Value[][] =>
    rows.map(row => [row[0] ?? null])
  return first(
    firstDifference(times(found.eventTimes), {
      fields: [{ name: 'event_time', type: 'timestamp' }],
      rows: decoded('timestamp', view.get('event_time')),
    }),
    firstDifference(times(found.knownTimes), {
      fields: [{ name: 'known_time', type: 'timestamp' }],
      rows: decoded('timestamp', view.get('known_time')),
    }),
    firstDifference(
      times(found.eventTimes).map(([event = null]) => [event === null ? null : at - (event as bigint)]),
      { fields: [{ name: 'age_us', type: 'int64' }], rows: decoded('int64', view.get('age_us')) },
    ),
  )
}

/** One letter may stand for all rows. */
function spread(letters: string, rows: number): string {
  return letters.length === 1 ? letters.repeat(rows) : letters
}

function decoded(type: string, json: LosslessJson | undefined): Value[][] {
  return list(json).map(value => [decodeNative(type, value)])
}
