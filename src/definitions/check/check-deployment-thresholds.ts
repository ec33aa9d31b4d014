import { nearestFirst } from '../../kernel/nearest.ts'
import type { ThresholdRuleData, ThresholdTarget } from '../release-terms.ts'
import { checkKnownColumn, type DeploymentChecking } from './check-deployment-columns.ts'

/** The rule of an action: rates between 0 and 1, caps above 0, segments by columns that a caller sends or a feature gives. */
export function checkThresholdRule(facts: DeploymentChecking): void {
  const rule = facts.deployment.action?.rule
  if (!rule) return
  for (const [name, value, below] of targetNumbers(rule.target))
    checkAmount(`target.${name}`, { value, within: value > 0 && value < below, below }, facts)
  for (const name of ['maxStep', 'maxRateChange'] as const) {
    const value = rule[name] ?? 1
    checkAmount(name, { value, within: value > 0 && value <= 1, below: 1 }, facts)
  }
  checkSegments(rule, facts)
}

/** Numbers of a target with what each stays below. */
function targetNumbers(target: ThresholdTarget): readonly (readonly [string, number, number])[] {
  switch (target.kind) {
    case 'fpr':
    case 'actionRate':
      return [
        ['rate', target.rate, 1],
        ['delta', target.delta, 1],
      ]
    case 'precision':
      return [
        ['precision', target.precision, 1],
        ['delta', target.delta, 1],
      ]
    case 'cost':
      return [
        ['falsePositive', target.falsePositive, Number.POSITIVE_INFINITY],
        ['falseNegative', target.falseNegative, Number.POSITIVE_INFINITY],
      ]
    case 'capacity':
      return [
        ['perDay', target.perDay, Number.POSITIVE_INFINITY],
        ['delta', target.delta, 1],
      ]
  }
}

function checkAmount(
  name: string,
  { value, within, below }: { readonly value: number; readonly within: boolean; readonly below: number },
  { report }: DeploymentChecking,
): void {
  if (within) return
  report({
    code: 'BAD_PARAMETER',
    path: `action.rule.${name}`,
    message: `${name} is ${value}`,
    hint: below === 1 ? 'It lies between 0 and 1.' : 'It is a number above 0.',
  })
}

function checkSegments({ per, within = [] }: ThresholdRuleData, facts: DeploymentChecking): void {
  const { sent = new Set(), inputs = [], report } = facts
  const path = 'action.rule.per'
  if (per === undefined && within.length > 0)
    report({
      code: 'BAD_PARAMETER',
      path: 'action.rule.within',
      message: 'segments inherit from coarser columns, and there are no segments',
      hint: 'Say which column the segments are: per.',
    })
  const named = [...(per === undefined ? [] : [per]), ...within]
  if (new Set(named).size !== named.length)
    report({
      code: 'BAD_PARAMETER',
      path,
      message: `segments by ${named.join(', within ')} name a column twice`,
      hint: 'Each level is another column, the finest first.',
    })
  for (const column of within) checkKnownColumn(column, 'action.rule.within', facts)
  if (per === undefined || facts.sent === undefined || sent.has(per) || inputs.includes(per)) return
  report({
    code: 'COLUMN_UNKNOWN',
    path,
    message: `segments go by "${per}", which no caller sends and no feature gives`,
    hint: `A decision picks its threshold from the request or the vector. Nearest: ${nearestFirst(per, [
      ...sent,
      ...inputs,
    ])
      .slice(0, 3)
      .join(', ')}.`,
  })
}
