import type { Definition, DefinitionRef, FeatureViewData, SourceData, TrainingSetData } from './model.ts'
import { refOf } from './semantic-hash.ts'
import { assumedBelow, type PlanFacts } from './view-impact.ts'

export type Definitions = ReadonlyMap<DefinitionRef, Definition>

/** What is allowed and yet should be seen before it is applied. */
export function warningsOf(
  definition: Definition,
  byRef: Definitions,
  facts: PlanFacts | undefined,
): readonly string[] {
  switch (definition.kind) {
    case 'source':
      return sourceWarnings(definition, facts)
    case 'featureView':
      return [...viewWarnings(definition), ...assumedWarning(definition, byRef)]
    case 'trainingSet':
      return [...selfSeeing(definition, byRef), ...assumedWarning(definition, byRef)]
    case 'model':
      return assumedWarning(definition, byRef)
    default:
      return []
  }
}

function sourceWarnings(source: SourceData, facts: PlanFacts | undefined): readonly string[] {
  const missing = facts?.sizes.get(source.name)?.missing ?? null
  return [
    ...(missing === null ? [] : [`there is no file ${missing}: nothing can be read until it is there`]),
    ...(source.knownAt.kind === 'assumed' && source.eventTime !== null
      ? ['leak-safety is assumed: no knownAt is declared, so every row counts as known when it happened']
      : []),
  ]
}

function viewWarnings(view: FeatureViewData): readonly string[] {
  return [
    ...(view.knownTime === 'latest'
      ? ["knownTime 'latest' ignores when rows became known: training sees the future"]
      : []),
    ...(view.lookback !== undefined && view.lookback !== view.maxAge
      ? [`training looks back ${view.lookback}, serving ${view.maxAge ?? 'without limit'}: a declared skew`]
      : []),
  ]
}

function assumedWarning(definition: Definition, byRef: Definitions): readonly string[] {
  const assumed = assumedBelow(refOf(definition), byRef)
  return assumed.length === 0
    ? []
    : [`leak-safety is assumed: known times of ${assumed.join(', ')} are not declared`]
}

/** features.md §3.7: a spine row that is also the newest row of the view. */
function selfSeeing(set: TrainingSetData, byRef: Definitions): readonly string[] {
  const spine = byRef.get(`source:${set.spine.source}`)
  if (spine?.kind !== 'source' || spine.knownAt.kind !== 'assumed') return []
  const views = new Set(set.lookups.map(lookup => lookup.view))
  return [...views].flatMap(name => {
    const view = byRef.get(`featureView:${name}`)
    if (view?.kind !== 'featureView' || view.source !== spine.name || view.at !== 'at') return []
    // A window ends before the asked time, so it never counts the row itself.
    if (view.features.every(feature => feature.kind === 'window')) return []
    return [
      `a row would see itself: the spine and view "${name}" both read "${spine.name}", whose known time is assumed; declare knownAt, or at: 'before' on the view`,
    ]
  })
}
