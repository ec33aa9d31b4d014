import type { Decision, PredictResponse } from '../../api/deployments.ts'
import { formatNumber, plain, table } from './text.ts'

export function renderPredictions({ predictions }: PredictResponse): string {
  return predictions
    .map(prediction => {
      const action = prediction.action === undefined ? '' : `, action ${prediction.action}`
      const degraded = prediction.degraded_reason?.length
        ? `, degraded: ${prediction.degraded_reason.join(', ')}`
        : ''
      return `score ${formatNumber(prediction.score)}${action}, served by ${prediction.served_by}${degraded}\nWhy: fettle decision ${prediction.prediction_id}\n`
    })
    .join('')
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
