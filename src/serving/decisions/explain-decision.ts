import { featureColumnName } from '../../definitions/feature-names.ts'
import type { ReasonTableData } from '../../definitions/index.ts'
import { reasonsOf, type StatedReason, unmappedFeatures } from '../../evaluation/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { formatDuration, parseDuration } from '../../kernel/time.ts'
import type { Release } from '../../registry/index.ts'
import type { DecisionRecord, FeatureState } from '../model.ts'
import type { ExplainedScore, OpenExplainer } from '../ports.ts'

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
  /** Sentences, the strongest input first: reviewed ones where the release has them. */
  readonly reasons: readonly string[]
  /** Reason codes from the release's table; null when it has none or the model did not decide. */
  readonly reviewed: ReviewedReasons | null
  /** Which game the contributions solve: numbers of different variants cannot be compared. */
  readonly variant: string | null
}

export interface ReviewedReasons {
  readonly version: string
  readonly reviewedBy: string
  /** At most four, adverse ones only, the largest first. */
  readonly reasons: readonly StatedReason[]
}

const mostReasons = 6
/** Of the reviewed ones (12 CFR 1002.9 commentary). */
const mostReviewed = 4
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
  // What another link of the chain answered, and what was erased, no contribution explains.
  const explained =
    isByModel(record) && !isErased(record)
      ? await explainVector(record.vector, release, { releaseFolder, openExplainer })
      : undefined
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
  const reviewed = isByModel(record) ? reviewedReasons(features, release) : null
  return {
    features,
    baseline: explained?.baseline ?? null,
    rawScore: explained?.rawScore ?? null,
    reasons: sentences(record, features, { release, reviewed }),
    reviewed,
    variant: explained?.variant ?? null,
  }
}

interface Opening {
  readonly releaseFolder: string
  readonly openExplainer: OpenExplainer
}

async function explainVector(
  vector: Float64Array,
  release: Release,
  { releaseFolder, openExplainer }: Opening,
): Promise<(ExplainedScore & { readonly variant: string }) | undefined> {
  const explainer = await openExplainer(releaseFolder, release.model.format)
  if (explainer === undefined) return undefined
  try {
    return { ...(await explainer.explain(vector)), variant: explainer.variant }
  } finally {
    await explainer.close?.()
  }
}

/** A table that leaves an input out says nothing: its release would have been refused. */
function reviewedReasons(features: readonly ExplainedFeature[], release: Release): ReviewedReasons | null {
  const { reasons: table } = release
  const names = features.flatMap(({ name, contribution }) => (contribution === null ? [] : [name]))
  if (table === undefined || names.length === 0 || unmappedFeatures(table, names).length > 0) return null
  const { version, reviewedBy } = table
  // A sentence about a value is not said of a value that was not there.
  const known = features.map(({ name, value, contribution }) => [name, value === null ? 0 : contribution])
  const stated = [...reasonsOf(table, Object.fromEntries(known)), ...missingInputs(features, table)]
  const largest = stated.sort((a, b) => b.contribution - a.contribution).slice(0, mostReviewed)
  return { version, reviewedBy, reasons: largest }
}

/** What missing inputs added in the adverse direction, as one reason of its own. */
function missingInputs(
  features: readonly ExplainedFeature[],
  { adverse }: ReasonTableData,
): readonly StatedReason[] {
  const missing = features.filter(({ value }) => value === null)
  const sum = missing.reduce((total, each) => total + (each.contribution ?? 0), 0)
  const contribution = adverse === 'up' ? sum : -sum
  if (!(contribution >= smallest)) return []
  const names = missing.map(({ name }) => name).join(', ')
  return [
    {
      code: 'missing_inputs',
      sentence: `Not known when this was decided: ${names}`,
      change: null,
      contribution,
    },
  ]
}

function sentences(
  record: DecisionRecord,
  features: readonly ExplainedFeature[],
  { release, reviewed }: { readonly release: Release; readonly reviewed: ReviewedReasons | null },
): readonly string[] {
  if (isErased(record)) return ['The values it was made from were erased with the person they were about.']
  if (!isByModel(record)) return [fallbackReason(record, release)]
  if (reviewed !== null)
    return reviewed.reasons.length === 0 ? [nothingAdverse] : reviewed.reasons.map(withChange)
  return strongest(features).map(each => reasonOf(each, release))
}

const nothingAdverse = 'No reason counts against this decision.'

function withChange({ sentence, change }: StatedReason): string {
  if (change === null) return sentence
  return /[.!?]$/.test(sentence) ? `${sentence} ${change}` : `${sentence}. ${change}`
}

/** Of a release: of the one that decided, or of the champion before it, whose record it then is. */
const isByModel = ({ servedBy }: DecisionRecord): boolean => servedBy === 'model' || servedBy === 'former'

const isErased = ({ states }: DecisionRecord): boolean => states.includes('erased')

function fallbackReason({ arm, degradedReasons, servedBy, score }: DecisionRecord, release: Release): string {
  const rules = (release.fallback.before ?? []).flatMap(link => (link.kind === 'rule' ? [link.name] : []))
  const links = {
    rule: `the declared rule ${rules.join(' or ')} gave ${score}`,
    value: `a declared value of the row gave ${score}`,
    fallback: `the declared constant ${score} was given`,
  }
  const why =
    degradedReasons.length === 0 && arm === 'holdback'
      ? 'Held back from every model'
      : `The model did not answer (${degradedReasons.join(', ')})`
  return `${why}: ${links[servedBy as keyof typeof links]} instead.`
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
