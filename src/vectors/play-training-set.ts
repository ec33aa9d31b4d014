import { join } from 'node:path'
import type { LabelData, LookupData, SourceData, SplitData, TrainingSetData } from '../definitions/model.ts'
import {
  buildTrainingSet,
  collectRows,
  type OfflineEngine,
  type TrainingSetClosure,
  type TrainingSetManifest,
} from '../features/index.ts'
import { type Micros, parseTimestamp } from '../kernel/time.ts'
import type { Field, LosslessJson, Value } from '../kernel/values/index.ts'
import { differentFields, differs, first, firstDifference } from './compare.ts'
import { keyMapping, predicate, sourceData, viewData } from './definitions.ts'
import {
  type CaseOutcome,
  failed,
  type PlayContext,
  type PlayedCase,
  passed,
  type VectorObject,
} from './model.ts'
import { type EngineCase, playWithEngine } from './play-cases.ts'
import { toleranceOf, writeRows } from './play-features.ts'
import { fieldsOf, list, object, optionalNumber, optionalText, rowsOf, textOf, texts } from './read.ts'

/** Plays kind `training-set`: builds the set and reads the stored file back. */
export function playTrainingSets(file: VectorObject, context: PlayContext): AsyncIterable<PlayedCase> {
  return playWithEngine(file, context, playCase)
}

async function playCase(played: VectorObject, { engine, folder, shared }: EngineCase): Promise<CaseOutcome> {
  const sourcesJson = object(played.get('sources') ?? shared.get('sources'))
  const keys = new Map([...sourcesJson].map(([name, source]) => [name, texts(object(source).get('keys'))]))
  const sources = [...sourcesJson].map(([name, source]) =>
    sourceData(name, object(source), `${folder}-${name}.parquet`),
  )
  for (const source of sources) {
    const path = source.from.kind === 'parquet' ? source.from.path : ''
    await writeRows(engine, path, rowsOf(source.columns, object(sourcesJson.get(source.name)).get('rows')))
  }
  const closure = closureOf(played, {
    sources,
    keys,
    views: object(played.get('views') ?? shared.get('views')),
  })
  const manifest = await buildTrainingSet(engine, closure, {
    asOf: instant(played.get('asOf')),
    projectFolder: '.',
    outputFolder: folder,
    spineKeys: keys.get(closure.trainingSet.spine.source) ?? [],
    allowOneClass: true,
    onProgress: () => undefined,
    signal: new AbortController().signal,
    now: instant(played.get('asOf')),
  })
  const rows = await storedRows(engine, join(folder, 'part-0.parquet'), manifest.columns)
  const difference = differenceFrom(manifest, rows, object(played.get('expected')))
  return difference === undefined ? passed : failed(difference)
}

function instant(json: LosslessJson | undefined): Micros {
  return parseTimestamp(textOf(json)) ?? 0n
}

async function storedRows(engine: OfflineEngine, path: string, fields: readonly Field[]): Promise<Value[][]> {
  const session = await engine.open({ projectFolder: '.' })
  try {
    return await collectRows(session.readParquet(path, fields), fields)
  } finally {
    await session.close()
  }
}

interface Parts {
  readonly sources: readonly SourceData[]
  readonly keys: ReadonlyMap<string, readonly string[]>
  readonly views: VectorObject
}

function closureOf(played: VectorObject, { sources, keys, views }: Parts): TrainingSetClosure {
  const sourceOf = (name: string): SourceData => {
    const source = sources.find(each => each.name === name)
    if (!source) throw new RangeError(`the case has no source "${name}"`)
    return source
  }
  const viewsData = [...views].map(([name, view]) => {
    const source = sourceOf(textOf(object(view).get('source')))
    const knownTime = object(view).get('knownTime') === 'latest' ? ('latest' as const) : ('cutoff' as const)
    return {
      ...viewData(name, object(view), { source, keys: keys.get(source.name) ?? [], knownTime }),
      version: 1,
    }
  })
  const json = object(played.get('trainingSet'))
  const spine = object(json.get('spine'))
  const lookups = list(json.get('lookups')).map((each): LookupData => {
    const view = textOf(object(each).get('view'))
    const viewKeys = viewsData.find(found => found.name === view)?.keys ?? []
    return {
      view,
      as: optionalText(object(each).get('as')) ?? view,
      keys: keyMapping(object(each).get('keys'), viewKeys),
      features: texts(object(each).get('features')),
    }
  })
  const trainingSet: TrainingSetData = {
    kind: 'trainingSet',
    name: 'set',
    spine: { source: textOf(spine.get('source')), time: textOf(spine.get('time')) },
    columns: texts(spine.get('columns')),
    request: [],
    lookups,
    onDemand: [],
    label: labelOf(object(json.get('label')), keys),
    labelMaturity: textOf(json.get('labelMaturity')),
    splits: splitsOf(json.get('split')),
    embargo: json.get('embargo') !== false,
    fullNames: json.get('fullNames') === true,
    keepUnlabelled: json.get('keepUnlabelled') === true,
  }
  return { trainingSet, entities: [], sources, views: viewsData, onDemand: [] }
}

function labelOf(json: VectorObject, keys: ReadonlyMap<string, readonly string[]>): LabelData {
  const name = textOf(json.get('name'))
  const known = json.get('known') === 'at-as-of' || json.get('known') === 'as-of' ? 'as-of' : 'maturity'
  const source = optionalText(json.get('source'))
  if (source === undefined) return { kind: 'column', name, known, ...predicate(json) }
  const column = optionalText(json.get('column'))
  const sourceKeys = keys.get(source) ?? []
  const spineKeys = keyMapping(json.get('keys'), sourceKeys)
  return {
    kind: 'later',
    name,
    known,
    source,
    op: textOf(json.get('op')) as 'exists',
    ...(column === undefined ? {} : { column }),
    horizon: textOf(json.get('horizon')),
    keys: sourceKeys.map((key, index) => ({ source: key, spine: spineKeys[index] ?? key })),
  }
}

/** An open end is the first or the last instant there is. */
function splitsOf(json: LosslessJson | undefined): SplitData[] {
  return [...object(json)].map(([name, bounds]) => {
    const [from, to] = list(bounds)
    return {
      name,
      from: optionalText(from) ?? '0001-01-01T00:00:00Z',
      to: optionalText(to) ?? '9999-12-31T23:59:59.999999Z',
    }
  })
}

function differenceFrom(
  manifest: TrainingSetManifest,
  rows: readonly (readonly Value[])[],
  expected: VectorObject,
): string | undefined {
  const fields = fieldsOf(expected.get('columns'))
  const excluded = Object.fromEntries(
    [...object(expected.get('excluded'))].map(([reason, count]) => [reason, optionalNumber(count)]),
  )
  const checksum = optionalText(expected.get('checksum'))
  return first(
    differentFields(manifest.columns, fields),
    differs('spineRows', manifest.spineRows, optionalNumber(expected.get('spineRows')) ?? manifest.spineRows),
    differs(
      'excluded',
      manifest.excluded,
      Object.keys(excluded).length === 0 ? manifest.excluded : { ...zeroReasons, ...excluded },
    ),
    differs('rowCount', manifest.rows, optionalNumber(expected.get('rowCount')) ?? manifest.rows),
    firstDifference(rows, {
      ...rowsOf(fields, expected.get('rows')),
      tolerance: toleranceOf(expected.get('tolerance')),
    }),
    checksum === undefined ? undefined : differs('checksum', manifest.checksum, checksum),
  )
}

const zeroReasons = { immature: 0, unlabelled: 0, outside_split: 0, embargoed: 0 }
