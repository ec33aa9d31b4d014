import type { Decision, PredictResponse } from '../../api/deployments.ts'
import { formatNumber, plain, table } from './text.ts'

/** A prediction with its reasons, the strongest first, and where the whole decision is. */
export function renderPrediction(
  prediction: PredictResponse['predictions'][number],
  reasons: readonly string[],
): string {
  const { score, action, served_by, degraded_reason = [], prediction_id } = prediction
  const words = [
    `score ${formatNumber(score)}`,
    ...(action === undefined ? [] : [`action ${action}`]),
    `served by ${served_by}`,
    ...(degraded_reason.length === 0 ? [] : [`degraded: ${degraded_reason.join(', ')}`]),
  ]
  return [
    words.join(', '),
    ...reasons.map(reason => `- ${plain(reason)}`),
    `Decision ${prediction_id}; all of it: fettle decision ${prediction_id}\n`,
  ].join('\n')
}

/** A decision with its reasons and every input, the strongest first. */
export function renderDecision(decision: Decision): string {
  const entity = Object.entries(decision.entity)
    .map(([name, value]) => `${name}=${plain(String(value))}`)
    .join(' ')
  const lines = [
    `${decision.deployment}: score ${formatNumber(decision.score)}${decision.action === null ? '' : `, action ${decision.action}`}`,
    `for ${entity}`,
    `decided ${decision.decidedAt} with features as of ${decision.asOf}`,
    `by ${decision.model} v${decision.modelVersion}, release ${decision.release}, served by ${decision.servedBy}`,
    `logged in ${decision.logged.segment} at byte ${decision.logged.offset}`,
    ...(decision.degradedReasons.length === 0 ? [] : [`degraded: ${decision.degradedReasons.join(', ')}`]),
    '',
    ...decision.reasons.map(reason => `- ${plain(reason)}`),
    ...(decision.reasons.length === 0 ? [] : ['']),
  ]
  return `${lines.join('\n')}\n${featureTable(decision)}`
}

function featureTable({ features, baseline, rawScore }: Decision): string {
  const strength = (contribution: number | null) => Math.abs(contribution ?? 0)
  const rows = [...features]
    .sort((a, b) => strength(b.contribution) - strength(a.contribution))
    .map(({ name, value, state, contribution }) => [
      name,
      valueWords(value),
      state,
      contribution === null ? '' : signed(contribution),
    ])
  const sum =
    baseline === null
      ? ''
      : `Baseline ${signed(baseline)} and all contributions give ${signed(rawScore)} (log-odds).\n`
  return `${table(['feature', 'value', 'state', 'contribution'], rows)}${sum}`
}

function valueWords(value: unknown): string {
  if (value === null) return 'missing'
  return typeof value === 'number'
    ? formatNumber(value)
    : typeof value === 'string'
      ? value
      : JSON.stringify(value)
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`
}
