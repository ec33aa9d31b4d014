import { featureColumnName } from '../../definitions/feature-names.ts'
import type { FeatureViewData, LookupData, OnDemandData } from '../../definitions/model.ts'
import { type FeatureStatus, type Field, statusLetters, type Value } from '../../kernel/values/index.ts'
import { type HistoricalRequest, historical } from '../offline/historical.ts'
import type { OfflineEngine } from '../offline/ports.ts'
import { compileOnDemand } from '../on-demand/index.ts'
import type { OnlineView, ServedFeatures } from '../online/model.ts'
import type { Answer, LoggedRow } from './model.ts'

/** A feature that can be replayed. */
export interface ReplayedFeature extends Field {
  /** Null: an on-demand output. */
  readonly lookup: LookupData | null
  readonly view: OnlineView | null
  /** Name within the view. */
  readonly feature: string
}

export interface ReplayPlace {
  readonly projectFolder: string
  readonly signal?: AbortSignal
}

/** The features of a list in the order they are answered in: lookups, then on-demand outputs. */
export function replayedFeatures(features: ServedFeatures): readonly ReplayedFeature[] {
  const lookedUp = features.lookups.flatMap(lookup => {
    const view = features.views.find(each => each.name === lookup.view) ?? null
    return lookup.features.map(
      (feature): ReplayedFeature => ({
        name: featureColumnName(lookup, feature, features.fullNames),
        type: view?.features.find(each => each.name === feature)?.type ?? 'string',
        lookup,
        view,
        feature,
      }),
    )
  })
  const computed = features.onDemand.flatMap(each =>
    each.outputs.map(
      (output): ReplayedFeature => ({ ...output, lookup: null, view: null, feature: output.name }),
    ),
  )
  return [...lookedUp, ...computed]
}

/**
 * What the definitions give offline for each logged row at its instant q: `historical` with T = q, cutoff q and maxAge in
 * the place of look-back (features.md §11.1), then the on-demand functions over it. Row i, feature j in the order of
 * {@link replayedFeatures}. Of a window view maxAge is the age of its data at that time, which only the log knows: where
 * it says OUTSIDE_MAX_AGE, so does the replay.
 */
export async function replay(
  engine: OfflineEngine,
  features: ServedFeatures,
  rows: readonly LoggedRow[],
  place: ReplayPlace,
): Promise<readonly (readonly Answer[])[]> {
  const planned = replayedFeatures(features).filter(each => each.lookup !== null)
  const found =
    planned.length === 0 ? undefined : await historical(engine, { ...requestOf(features, rows), ...place })
  const onDemand = features.onDemand.map(each => ({ definition: each, compute: compileOnDemand(each) }))
  return rows.map((row, index) => {
    const answers = planned.map((feature, column): Answer => {
      const letter = found?.statuses[column]?.[index] ?? 'E'
      const answer = { value: found?.rows[index]?.[column] ?? null, status: statusOf(letter) }
      return isStaleWindow(feature, row) ? { value: null, status: 'OUTSIDE_MAX_AGE' } : answer
    })
    const inputs = new Map(
      planned.map((each, column) => [`${each.lookup?.as}\0${each.feature}`, answers[column]]),
    )
    return [...answers, ...onDemand.flatMap(each => computed(each, row, inputs))]
  })
}

const asOf = '__as_of'

function requestOf(
  features: ServedFeatures,
  rows: readonly LoggedRow[],
): Omit<HistoricalRequest, 'projectFolder' | 'signal'> {
  const used = new Set(features.lookups.flatMap(lookup => lookup.keys))
  const keys = features.request.filter(({ name }) => used.has(name))
  return {
    sources: features.sources,
    views: features.views.map(withMaxAge),
    lookups: features.lookups,
    fullNames: features.fullNames,
    time: asOf,
    spine: {
      fields: [...keys.map(({ name, type }) => ({ name, type })), { name: asOf, type: 'timestamp' }],
      rows: rows.map(row => [...keys.map(({ name }) => row.request[name] ?? null), row.asOf]),
    },
  }
}

/** Without a look-back of its own a view looks back for its maxAge. */
function withMaxAge({ lookback: _, ...view }: OnlineView): FeatureViewData {
  return view
}

const statuses = new Map(
  Object.entries(statusLetters).map(([status, letter]): [string, FeatureStatus] => [
    letter,
    status as FeatureStatus,
  ]),
)
const statusOf = (letter: string): FeatureStatus => statuses.get(letter) ?? 'ERROR'

function isStaleWindow({ view, name }: ReplayedFeature, row: LoggedRow): boolean {
  return (
    view?.maxAge !== undefined &&
    view.features.some(each => each.kind === 'window') &&
    row.answers.get(name)?.status === 'OUTSIDE_MAX_AGE'
  )
}

function computed(
  { definition, compute }: { definition: OnDemandData; compute: ReturnType<typeof compileOnDemand> },
  row: LoggedRow,
  answers: ReadonlyMap<string, Answer | undefined>,
): readonly Answer[] {
  const inputs = definition.inputs.map((input): [string, Value] => {
    if (input.from === 'request') return [input.name, row.request[input.name] ?? null]
    const answer = answers.get(`${input.lookup}\0${input.feature}`)
    return [input.name, answer?.status === 'PRESENT' ? answer.value : null]
  })
  try {
    const outputs = compute(Object.fromEntries(inputs))
    return definition.outputs.map(({ name }) => {
      const value = outputs[name] ?? null
      return { value, status: value === null ? 'NULL_VALUE' : 'PRESENT' }
    })
  } catch {
    // Online the same function fails on the same inputs.
    return definition.outputs.map(() => ({ value: null, status: 'ERROR' }))
  }
}
