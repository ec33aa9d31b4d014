import { dirname } from 'node:path'
import { type HistoricalResult, historical, type OfflineEngine } from '../features/index.ts'
import { decodeNative, type LosslessJson, type Rows } from '../kernel/values/index.ts'
import { differentFields, differs, first, firstDifference } from './compare.ts'
import { keyMapping, sourceData, viewData } from './definitions.ts'
import {
  type CaseOutcome,
  failed,
  type PlayContext,
  type PlayedCase,
  passed,
  type VectorObject,
} from './model.ts'
import { type EngineCase, playWithEngine } from './play-cases.ts'
import { fieldsOf, list, object, optionalNumber, optionalText, rowsOf, textOf, texts } from './read.ts'

/** Plays kinds `asof` and `windows`: the case's rows become a Parquet file, the answer comes from the engine. */
export function playFeatures(file: VectorObject, context: PlayContext): AsyncIterable<PlayedCase> {
  return playWithEngine(file, context, playCase)
}

/** Stores rows as a Parquet file, as a project would have them. */
export async function writeRows(engine: OfflineEngine, path: string, rows: Rows): Promise<void> {
  const session = await engine.open({ projectFolder: '.' })
  try {
    await session.addRows('given', rows)
    await session.writeParquet('SELECT * FROM given', path)
  } finally {
    await session.close()
  }
}

async function playCase(played: VectorObject, { engine, folder, shared }: EngineCase): Promise<CaseOutcome> {
  const sourceJson = object(played.get('source') ?? [...object(shared.get('sources')).values()][0])
  const viewJson = object(played.get('view') ?? [...object(shared.get('views')).values()][0])
  const path = `${folder}.parquet`
  const source = sourceData('given', sourceJson, path)
  await writeRows(engine, path, rowsOf(source.columns, sourceJson.get('rows')))
  const keys = texts(sourceJson.get('keys'))
  const knownTime = object(played.get('options')).get('knownTime') === 'latest' ? 'latest' : 'cutoff'
  const view = viewData('view', viewJson, { source, keys, knownTime })
  const spineJson = object(played.get('spine'))
  const fields = fieldsOf(spineJson.get('columns'))
  const features = view.features.map(feature => feature.name)
  const result = await historical(engine, {
    sources: [source],
    views: [view],
    lookups: [{ view: 'view', as: 'view', keys: keyMapping(spineJson.get('keys'), keys), features }],
    fullNames: false,
    spine: rowsOf(fields, spineJson.get('rows')),
    time: textOf(spineJson.get('time')),
    projectFolder: dirname(folder),
  })
  const difference = differenceFrom(result, object(played.get('expected')))
  return difference === undefined ? passed : failed(difference)
}

function differenceFrom(result: HistoricalResult, expected: VectorObject): string | undefined {
  const fields = fieldsOf(expected.get('columns'))
  const skipped = object(expected.get('skipped'))
  const wantedSkips = {
    null_key: optionalNumber(skipped.get('null_key')) ?? 0,
    null_event_time: optionalNumber(skipped.get('null_event_time')) ?? 0,
  }
  const reasons = result.undefinedReasons
    .map(({ row, feature, reason }) => `${row} ${feature} ${reason}`)
    .sort()
  return first(
    differentFields(result.fields, fields),
    firstDifference(result.rows, {
      ...rowsOf(fields, expected.get('rows')),
      tolerance: toleranceOf(expected.get('tolerance')),
    }),
    differs('status', result.statuses, texts(expected.get('status'))),
    expected.has('skipped') ? differs('skipped', result.skipped['view'], wantedSkips) : undefined,
    differs(
      'null_key_rows',
      result.nullKeyRows['view'] ?? 0,
      optionalNumber(expected.get('null_key_rows')) ??
        (expected.has('null_key_rows') ? 0 : (result.nullKeyRows['view'] ?? 0)),
    ),
    differs('undefinedReasons', reasons, wantedReasons(expected.get('undefinedReasons'))),
  )
}

function wantedReasons(json: LosslessJson | undefined): string[] {
  return list(json)
    .map(each => object(each))
    .map(
      each =>
        `${optionalNumber(each.get('row'))} ${optionalText(each.get('feature'))} ${optionalText(each.get('reason'))}`,
    )
    .sort()
}

/** Bounds by feature and row; a bound may be written as any float, `"Infinity"` included. */
export function toleranceOf(json: LosslessJson | undefined): (column: string, row: number) => number {
  const bounds = object(json)
  return (column, row) => {
    const bound = list(bounds.get(column))[row]
    return bound === undefined || bound === null ? 0 : Number(decodeNative('float64', bound))
  }
}
