import { parseDuration } from '../../kernel/time.ts'
import type { ValueType } from '../../kernel/values/model.ts'
import type { DeploymentData, TrainingSetData } from '../model.ts'
import type { FairnessData, PurposeData } from '../release-terms.ts'
import { checkKnownColumn, type DeploymentChecking } from './check-deployment-columns.ts'
import { checkContracts } from './check-deployment-contracts.ts'
import { checkFeedback } from './check-deployment-feedback.ts'
import { checkNotSensitive, checkReasons } from './check-deployment-reasons.ts'
import { checkRollout } from './check-deployment-rollout.ts'
import { checkSlices } from './check-deployment-slices.ts'
import { checkThresholdRule } from './check-deployment-thresholds.ts'
import { vectorColumns } from './check-training-set.ts'
import { type Checking, checkDuration, type Report } from './problem.ts'

export function checkDeployment(deployment: DeploymentData, checking: Checking): void {
  const { report, models, trainingSets } = checking
  checkDuration(deployment.deadline, 'deadline', report)
  const model = models.get(deployment.model)
  if (!model)
    report({
      code: 'REFERENCE_UNKNOWN',
      path: 'model',
      message: `model "${deployment.model}" is not exported`,
    })
  checkScore(deployment.action?.threshold, { path: 'action.threshold', what: 'threshold', report })
  checkScore(deployment.fallback.score, { path: 'fallback.score', what: 'fallback score', report })
  const set = model && trainingSets.get(model.trainingSet)
  const inputs = set && vectorColumns(set, checking).map(({ name }) => name)
  const facts: DeploymentChecking = {
    deployment,
    columns: set && setColumns(set, checking),
    sent: set && sentColumns(set, checking),
    inputs,
    report,
  }
  if (deployment.entity !== undefined) checkKnownColumn(deployment.entity, 'entity', facts)
  checkSlices(facts)
  checkContracts(facts, model?.task)
  checkThresholdRule(facts)
  checkRollout(facts)
  checkFeedback(deployment.feedback ?? [], report)
  checkCosts(deployment.costs, report)
  if (deployment.purpose) checkPurpose(deployment.purpose, report)
  if (deployment.fairness) {
    checkFairness(deployment.fairness, facts)
    checkNotSensitive(deployment.fairness, { inputs, report })
  }
  if (deployment.reasons) checkReasons(deployment.reasons, { inputs, report })
}

function checkScore(
  score: number | undefined,
  { path, what, report }: { readonly path: string; readonly what: string; readonly report: Report },
): void {
  if (score === undefined || (score >= 0 && score <= 1)) return
  report({
    code: 'BAD_PARAMETER',
    path,
    message: `${what} ${score} is outside [0, 1]`,
    hint: 'Scores are probabilities: choose one from 0 to 1.',
  })
}

function setColumns(set: TrainingSetData, checking: Checking): ReadonlyMap<string, ValueType> {
  const spine = new Map(
    checking.sources.get(set.spine.source)?.columns.map(({ name, type }) => [name, type] as const),
  )
  const kept = [...set.columns, ...set.request].map((name): [string, ValueType] => [
    name,
    spine.get(name) ?? 'string',
  ])
  return new Map([...kept, ...vectorColumns(set, checking).map(({ name, type }) => [name, type] as const)])
}

/** Keys of the lookups, request columns, and what on-demand functions read from the request. */
function sentColumns(set: TrainingSetData, { onDemand }: Checking): ReadonlySet<string> {
  const read = set.onDemand.flatMap(name =>
    (onDemand.get(name)?.inputs ?? []).flatMap(input => (input.from === 'request' ? [input.name] : [])),
  )
  return new Set([...set.lookups.flatMap(lookup => lookup.keys), ...set.request, ...read])
}

function checkCosts(costs: DeploymentData['costs'], report: Report): void {
  for (const [name, cost] of Object.entries(costs ?? {})) {
    if (!(Number.isFinite(cost) && cost >= 0))
      report({
        code: 'BAD_PARAMETER',
        path: `costs.${name}`,
        message: `a cost of ${cost} is no amount`,
        hint: 'Give what one such error costs, 0 or more, in one unit for both.',
      })
  }
}

function checkPurpose({ story, number, review }: PurposeData, report: Report): void {
  const length = [...story].length
  if (length === 0 || length > 600)
    report({
      code: 'BAD_PARAMETER',
      path: 'purpose.story',
      message: `the story of the purpose has ${length} characters; it has 1 to 600`,
      hint: 'Say in its readers’ words what will be better for whom.',
    })
  if (!(Number.isFinite(number.matters) && number.matters > 0))
    report({
      code: 'BAD_PARAMETER',
      path: 'purpose.number.matters',
      message: `the smallest change that matters is ${number.matters}; it is above 0`,
      hint: `Give it in the unit of the number, ${number.unit}.`,
    })
  for (const name of ['baseline', 'target'] as const) {
    if (!Number.isFinite(number[name]))
      report({ code: 'BAD_PARAMETER', path: `purpose.number.${name}`, message: `${name} is no number` })
  }
  const interval = checkDuration(review, 'purpose.review', report)
  if (interval !== undefined && interval > parseDuration('90d'))
    report({
      code: 'BAD_PARAMETER',
      path: 'purpose.review',
      message: `a review every ${review} is too seldom`,
      hint: 'Look at the number at least every 90d.',
    })
}

function checkFairness(
  { columns, crosses = [], minDenominator }: FairnessData,
  facts: DeploymentChecking,
): void {
  const { report } = facts
  for (const column of columns) checkKnownColumn(column, 'fairness.columns', facts)
  for (const column of crosses.flat()) {
    if (!columns.includes(column))
      report({
        code: 'COLUMN_UNKNOWN',
        path: 'fairness.crosses',
        message: `the cross names "${column}", which is none of the sensitive columns`,
        hint: `Those are: ${columns.join(', ')}.`,
      })
  }
  if (minDenominator !== undefined && !(Number.isInteger(minDenominator) && minDenominator >= 20))
    report({
      code: 'BAD_PARAMETER',
      path: 'fairness.minDenominator',
      message: `${minDenominator} is no number of rows to speak of a group by`,
      hint: 'Groups with fewer rows in a denominator are shown as undefined: at least 20, so that no rate is about a few people; the default is 30.',
    })
}
