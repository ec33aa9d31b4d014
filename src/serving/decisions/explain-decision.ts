import { featureColumnName } from '../../definitions/feature-names.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { formatDuration, parseDuration } from '../../kernel/time.ts'
import type { Release } from '../../registry/index.ts'
import type { DecisionRecord, FeatureState } from '../model.ts'
import type { OpenExplainer } from '../ports.ts'

/** One input of a decision with its share in the raw score. */
export interface ExplainedFeature {
  readonly name: string
  readonly type: string
  /** null: missing. */
  readonly value: number | null
  readonly state: FeatureState
  /** Log-odds added by this input; null when the model has no exact explanation. */
  readonly contribution: number | null
}

export interface ExplainedDecision {
  readonly features: readonly ExplainedFeature[]
  /** Log-odds before any input is known; null when there is no exact explanation. */
  readonly baseline: number | null
  /** baseline + Σ contributions, within 1e-6. */
  readonly rawScore: number | null
  /** Sentences, the strongest input first. */
  readonly reasons: readonly string[]
}

const mostReasons = 6
/** Contributions below this change no probability by more than 0.0003. */
const smallest = 1e-3

/**
 * Why a decision came out as it did: exact contributions of the logged vector under the release that decided it.
 * Throws RELEASE_REFUSED when the release is not the one of the record.
 */
export async function explainDecision(
  record: DecisionRecord,
  release: Release,
  releaseFolder: string,
  openExplainer: OpenExplainer,
): Promise<ExplainedDecision> {
  if (release.digest !== record.release.digest)
    throw new FettleError('RELEASE_REFUSED', 'the decision was made by another release than the one given')
  const explainer = await openExplainer(releaseFolder, release.model.format)
  const explained = explainer?.explain(record.vector)
  const features = release.features.vector.map((column, i): ExplainedFeature => {
    const value = record.vector[i] ?? Number.NaN
    return {
      name: column.name,
      type: release.signature.inputs[i]?.type ?? 'float64',
      value: Number.isNaN(value) ? null : value,
      state: record.states[i] ?? 'missing',
      contribution: explained?.contributions[i] ?? null,
    }
  })
  const reasons =
    record.servedBy === 'fallback'
      ? [fallbackReason(record)]
      : strongest(features).map(each => reasonOf(each, release))
  return { features, baseline: explained?.baseline ?? null, rawScore: explained?.rawScore ?? null, reasons }
}

function fallbackReason(record: DecisionRecord): string {
  return `The model did not answer (${record.degradedReasons.join(', ')}): the declared constant ${record.score} was given instead.`
}

function strongest(features: readonly ExplainedFeature[]): readonly ExplainedFeature[] {
  const size = (each: ExplainedFeature) => Math.abs(each.contribution ?? 0)
  return features
    .filter(each => size(each) >= smallest)
    .sort((a, b) => size(b) - size(a))
    .slice(0, mostReasons)
}

function reasonOf(feature: ExplainedFeature, release: Release): string {
  const direction = (feature.contribution ?? 0) > 0 ? 'raises' : 'lowers'
  const value =
    feature.value === null
      ? `is ${feature.state === 'stale' ? 'too old' : 'missing'}, which`
      : `= ${shortNumber(feature.value)}`
  const meaning = meaningOf(feature.name, release)
  return `${feature.name}${meaning ? ` (${meaning})` : ''} ${value} ${direction} the score`
}

function shortNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)))
}

/** In words, from the definitions the release carries: `mean of is_late over 3h for origin`, or a field's description. */
function meaningOf(column: string, release: Release): string | undefined {
  const { request, lookups, views, sources, fullNames } = release.features
  const field = request.find(each => each.name === column)
  if (field) return field.description ?? undefined
  for (const lookup of lookups) {
    const name = lookup.features.find(each => featureColumnName(lookup, each, fullNames) === column)
    const view = views.find(each => each.name === lookup.view)
    const feature = view?.features.find(each => each.name === name)
    if (!view || !feature) continue
    const described = sources
      .find(each => each.name === view.source)
      ?.columns.find(each => each.name === feature.column)?.description
    const of = described ?? feature.column
    if (feature.kind === 'lookup') return described ? `${described}, by ${lookup.as}` : undefined
    const over =
      feature.window === 'all'
        ? 'over all time'
        : `over the last ${formatDuration(parseDuration(feature.window))}`
    const where = feature.where
      ? ` where ${feature.where.column} ${feature.where.op} ${String(feature.where.value)}`
      : ''
    return `${feature.op}${of ? ` of ${of}` : ''}${where} ${over}, by ${lookup.as}`
  }
  return undefined
}
