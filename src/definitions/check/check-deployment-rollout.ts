import { nearestFirst } from '../../kernel/nearest.ts'
import { parseDuration } from '../../kernel/time.ts'
import type { PredicateData } from '../model.ts'
import type { RolloutData } from '../rollout-terms.ts'
import { checkKnownColumn, type DeploymentChecking } from './check-deployment-columns.ts'
import { checkDuration, type Report } from './problem.ts'

/** How a release replaces another, who never gets it, and what answers when it cannot. */
export function checkRollout(facts: DeploymentChecking): void {
  const { rollout, holdback } = facts.deployment
  if (rollout) {
    checkSteps(rollout, facts.report)
    checkTimes(rollout, facts.report)
    checkUnits(rollout, facts)
    checkPeople(rollout, facts.report)
    checkPredicates(rollout.exclude ?? [], 'rollout.exclude', facts)
  }
  if (holdback && !(holdback.percent > 0 && holdback.percent <= 50))
    wrong(facts.report, {
      path: 'holdback.percent',
      message: `${holdback.percent} % of units would never get the model`,
      hint: 'It lies above 0 and is at most 50; usual are 1 to 5.',
    })
  checkStages(facts)
  checkChain(facts)
}

function wrong(
  report: Report,
  problem: { readonly path: string; readonly message: string; readonly hint: string },
): void {
  report({ code: 'BAD_PARAMETER', ...problem })
}

function checkSteps({ canary, stepTime }: RolloutData, report: Report): void {
  const rises = canary.every((step, at) => step > (canary[at - 1] ?? 0) && step <= 100)
  if (canary.length === 0 || !rises)
    wrong(report, {
      path: 'rollout.canary',
      message: `the steps ${canary.join(', ') || '(none)'} do not rise from above 0 to at most 100`,
      hint: 'Give percents of traffic in rising order, for example canary: [1, 5, 25, 50].',
    })
  // A bucket is a ten-thousandth of the units: a finer share is none.
  const fine = canary.find(step => step < 0.01 || Math.abs(step * 100 - Math.round(step * 100)) > 1e-9)
  if (rises && fine !== undefined)
    wrong(report, {
      path: 'rollout.canary',
      message: `a step of ${fine} % is no whole number of buckets`,
      hint: 'Steps are multiples of 0.01 %.',
    })
  if (stepTime.length !== canary.length)
    wrong(report, {
      path: 'rollout.stepTime',
      message: `there are ${canary.length} steps and ${stepTime.length} times`,
      hint: 'Give one time for each step.',
    })
}

function checkTimes(rollout: RolloutData, report: Report): void {
  const { shadow, probation, probationLimit, standby, look, stepTime } = rollout
  for (const [name, duration] of Object.entries({ shadow, probation, probationLimit, standby, look }))
    checkDuration(duration, `rollout.${name}`, report)
  for (const [at, duration] of stepTime.entries()) checkDuration(duration, `rollout.stepTime[${at}]`, report)
  const span = (text: string): bigint | undefined => {
    try {
      return parseDuration(text)
    } catch {
      return undefined
    }
  }
  const [least, most] = [span(probation), span(probationLimit)]
  if (least !== undefined && most !== undefined && most < least)
    wrong(report, {
      path: 'rollout.probationLimit',
      message: `probation of ${probation} would be held after ${probationLimit}`,
      hint: 'The limit is at least as long as probation.',
    })
}

function checkUnits(
  { unit, pins = [], shadowShare }: RolloutData,
  { sent, report }: DeploymentChecking,
): void {
  for (const name of unit ?? []) {
    if (sent === undefined || sent.has(name)) continue
    report({
      code: 'COLUMN_UNKNOWN',
      path: 'rollout.unit',
      message: `a request has no field "${name}", so it can name no unit`,
      hint: `Nearest: ${nearestFirst(name, [...sent])
        .slice(0, 3)
        .join(', ')}.`,
    })
  }
  if (unit !== undefined && unit.length === 0)
    wrong(report, {
      path: 'rollout.unit',
      message: 'the list of fields that name a unit is empty',
      hint: 'Leave it out: the entity keys of the request name the unit.',
    })
  const short = unit === undefined ? undefined : pins.find(pin => pin.unit.length !== unit.length)
  if (short)
    wrong(report, {
      path: 'rollout.pins',
      message: `the pin ${short.unit.join(', ')} has ${short.unit.length} parts, and a unit has ${unit?.length}`,
      hint: 'Give the text of each field of `unit`, in order.',
    })
  if (shadowShare !== undefined && !(shadowShare > 0 && shadowShare <= 1))
    wrong(report, {
      path: 'rollout.shadowShare',
      message: `shadowShare is ${shadowShare}`,
      hint: 'It is a share above 0, at most 1.',
    })
}

function checkPeople({ advance, approvals = 0 }: RolloutData, report: Report): void {
  if (advance !== 'person' && advance !== 'rule')
    wrong(report, {
      path: 'rollout.advance',
      message: `"${String(advance)}" moves no rollout`,
      hint: "It is 'person' or 'rule'; it is always taken back by rule.",
    })
  if (!(Number.isInteger(approvals) && approvals >= 0 && approvals <= 20))
    wrong(report, {
      path: 'rollout.approvals',
      message: `${approvals} is no number of people`,
      hint: 'Give a whole number from 0.',
    })
}

/** A contract on traffic is judged by a rollout, and without one by nobody. */
function checkStages({ deployment: { contracts = [], rollout }, report }: DeploymentChecking): void {
  if (rollout) return
  for (const { name, stage } of contracts) {
    if (stage === 'offline') continue
    wrong(report, {
      path: `contracts.${name}.stage`,
      message: `contract "${name}" is judged in ${stage}, and the deployment has no rollout`,
      hint: 'Add rollout: rollout(), or judge it on held-out rows: leave .at(…) out.',
    })
  }
}

function checkPredicates(
  predicates: readonly PredicateData[],
  path: string,
  facts: DeploymentChecking,
): void {
  for (const { column } of predicates) checkKnownColumn(column, path, facts)
}

/** Every link before the constant reads columns that are there when a request comes. */
function checkChain(facts: DeploymentChecking): void {
  const { fallback } = facts.deployment
  for (const [at, link] of (fallback.before ?? []).entries()) {
    const path = `fallback.before[${at}]`
    if (link.kind === 'value') {
      checkKnownColumn(link.column, `${path}.column`, facts)
      for (const [name, number] of Object.entries({ scale: link.scale ?? 1, offset: link.offset ?? 0 }))
        if (!Number.isFinite(number)) notFinite(facts.report, `${path}.${name}`, number)
    }
    if (link.kind !== 'rule') continue
    for (const [index, { where, score }] of link.cases.entries()) {
      checkPredicates(where, `${path}.cases[${index}]`, facts)
      checkProbability(score, `${path}.cases[${index}].score`, facts.report)
    }
    checkProbability(link.otherwise, `${path}.otherwise`, facts.report)
  }
}

const notFinite = (report: Report, path: string, number: number): void =>
  wrong(report, { path, message: `${number} is no number to count with`, hint: 'Give a finite number.' })

function checkProbability(score: number, path: string, report: Report): void {
  if (score >= 0 && score <= 1) return
  wrong(report, {
    path,
    message: `a fallback answers ${score}, which is outside [0, 1]`,
    hint: 'Scores are probabilities: choose one from 0 to 1.',
  })
}
