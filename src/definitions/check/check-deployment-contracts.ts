import { nearestFirst } from '../../kernel/nearest.ts'
import { contractMetrics } from '../contract-metrics.ts'
import type { ModelData } from '../model.ts'
import type { ClaimData, ContractData, ContractMetric, MarginData } from '../release-terms.ts'
import { checkContradictions } from './check-contradictions.ts'
import { checkKnownColumn, type DeploymentChecking } from './check-deployment-columns.ts'
import { checkDuration, checkName, type Report } from './problem.ts'

/** A contract while it is checked. */
interface ContractChecking extends DeploymentChecking {
  readonly contract: ContractData
  /** `contracts.<name>` */
  readonly path: string
  readonly task: ModelData['task'] | undefined
}

/** Everything that can be wrong with contracts before a row is read. */
export function checkContracts(facts: DeploymentChecking, task: ModelData['task'] | undefined): void {
  const { contracts = [] } = facts.deployment
  const { report } = facts
  for (const [index, contract] of contracts.entries()) {
    const path = `contracts.${contract.name}`
    checkName(contract.name, path, report)
    if (contracts.slice(0, index).some(other => other.name === contract.name))
      report({
        code: 'NAME_COLLISION',
        path,
        message: `two contracts are called "${contract.name}"`,
        hint: "Name one of them: .named('…').",
      })
    const checking = { ...facts, contract, path, task }
    checkContractSlices(checking)
    checkModifiers(checking)
    checkClaim(contract.claim, checking)
  }
  checkContradictions(contracts, report)
}

function checkContractSlices({ contract, deployment, path, report }: ContractChecking): void {
  const declared = ['all', ...(deployment.slices ?? []).map(each => each.name)]
  if (contract.slices.length === 0)
    report({
      code: 'DEFINITION_EMPTY',
      path,
      message: `contract "${contract.name}" is on no slice`,
      hint: "Leave .on() out for all rows, or name slices: .on('origin').",
    })
  for (const name of contract.slices) {
    if (declared.includes(name)) continue
    report({
      code: 'UNKNOWN_SLICE',
      path,
      message: `contract "${contract.name}" is on slice "${name}", which the deployment does not declare`,
      hint: `Nearest: ${nearestFirst(name, declared).slice(0, 3).join(', ')}. Declare others in \`slices\`.`,
    })
  }
}

function checkModifiers({ contract, path, report, ...facts }: ContractChecking): void {
  const { alpha, power, looks, window, maturity, dryRun, cluster, assume } = contract
  if (alpha !== undefined && !(alpha > 0 && alpha < 0.5))
    report({
      code: 'ALPHA_OUT_OF_RANGE',
      path: `${path}.alpha`,
      message: `alpha of contract "${contract.name}" is ${alpha}`,
      hint: 'It lies above 0 and below 0.5; usual are 0.05 and 0.01.',
    })
  const wrong = (name: string, value: unknown, hint: string): void =>
    report({ code: 'BAD_PARAMETER', path: `${path}.${name}`, message: `${name} is ${value}`, hint })
  if (power !== undefined && !(power > 0 && power < 1))
    wrong('power', power, 'It lies between 0 and 1, both excluded; usual is 0.8.')
  if (looks !== undefined && !(Number.isInteger(looks) && looks >= 1))
    wrong('looks', looks, 'It is a whole number from 1.')
  if (maturity !== undefined && !(maturity > 0 && maturity <= 1))
    wrong('maturity', maturity, 'It is a share above 0, at most 1.')
  if (dryRun !== undefined && !(Number.isInteger(dryRun) && dryRun >= 0))
    wrong('dryRun', dryRun, 'It is a whole number of releases.')
  checkDuration(window, `${path}.window`, report)
  if (cluster !== undefined) checkKnownColumn(cluster, `${path}.cluster`, { ...facts, report })
  for (const name of ['disagreement', 'rate'] as const) {
    const share = assume?.[name]
    if (share !== undefined && !(share >= 0 && share <= 1))
      wrong(`assume.${name}`, share, 'It is a share from 0 to 1.')
  }
}

function checkClaim(claim: ClaimData, checking: ContractChecking): void {
  switch (claim.form) {
    case 'atMost':
    case 'atLeast':
      if (checkMetric(claim.metric, checking)) checkLimit(claim, checking)
      return
    case 'noWorse':
    case 'within':
      if (!checkMetric(claim.metric, checking)) return
      if (claim.form === 'noWorse') checkDirection(claim.metric, checking)
      checkMargin(claim, checking)
      return
    case 'better':
      if (!checkMetric(claim.metric, checking)) return
      checkDirection(claim.metric, checking)
      checkAmount('by', claim.by, checking)
      return
    case 'neverTrade':
      checkMetric(claim.hold, checking)
      checkMetric(claim.gain, checking)
      checkAmount('slack', claim.slack, checking)
      checkAmount('by', claim.by, checking)
      return
    case 'fair':
      checkFair(claim, checking)
      return
    default:
      unknownForm(claim, checking)
  }
}

const forms = ['atMost', 'atLeast', 'noWorse', 'within', 'better', 'neverTrade', 'fair']

/** Definitions may come as data, from a file that no compiler has seen. */
function unknownForm(claim: never, { path, report }: ContractChecking): void {
  const form = String((claim as { readonly form?: unknown }).form)
  report({
    code: 'BAD_PARAMETER',
    path,
    message: `"${form}" is no form of a contract`,
    hint: `Nearest: ${nearestFirst(form, forms).slice(0, 3).join(', ')}.`,
  })
}

/** Reports a metric that does not exist, or that these rows cannot have. */
function checkMetric(metric: ContractMetric, { path, task, report, ...rest }: ContractChecking): boolean {
  const { deployment, contract } = rest
  const names = Object.keys(contractMetrics)
  if (!names.includes(metric)) {
    unknownMetric(metric, names, { path, report })
    return false
  }
  const { words, tasks, needs } = contractMetrics[metric]
  const wrong = (why: string, hint: string): void =>
    report({ code: 'BAD_PARAMETER', path, message: `${words} (${metric}) ${why}`, hint })
  if (task !== undefined && !tasks.includes(task))
    wrong(`is no metric of a ${task} model`, `Its metrics: ${metricsOfTask(task).join(', ')}.`)
  if (needs === 'requests' && contract.stage === 'offline')
    wrong(
      'is measured on requests, and offline there are none',
      "Judge it later: .at('shadow') or .at('canary').",
    )
  if (needs === 'costs' && deployment.costs === undefined)
    wrong(
      'needs to know what an error costs',
      'Add costs: { falsePositive, falseNegative } to the deployment.',
    )
  if ((needs === 'action' || needs === 'costs') && deployment.action === undefined)
    wrong('needs an action, and the deployment has none', "Add action: threshold('…', 0.5).")
  return true
}

function metricsOfTask(task: ModelData['task']): readonly string[] {
  return Object.entries(contractMetrics).flatMap(([name, { tasks }]) => (tasks.includes(task) ? [name] : []))
}

function unknownMetric(
  metric: string,
  names: readonly string[],
  { path, report }: { readonly path: string; readonly report: Report },
): void {
  report({
    code: 'UNKNOWN_METRIC',
    path,
    message: `there is no metric "${metric}"`,
    hint: `Nearest: ${nearestFirst(metric, names).slice(0, 3).join(', ')}.`,
  })
}

function checkLimit(
  claim: Extract<ClaimData, { readonly limit: number; readonly form: 'atMost' | 'atLeast' }>,
  { path, report }: ContractChecking,
): void {
  const { limit, metric } = claim
  if (Number.isFinite(limit) && (!contractMetrics[metric].unit || (limit > 0 && limit < 1))) return
  report({
    code: 'BAD_PARAMETER',
    path: `${path}.limit`,
    message: `no rows can decide whether ${metric} is ${claim.form === 'atMost' ? 'at most' : 'at least'} ${limit}`,
    hint: contractMetrics[metric].unit ? 'The limit lies between 0 and 1, both excluded.' : 'Give a number.',
  })
}

function checkDirection(metric: ContractMetric, { path, report }: ContractChecking): void {
  if (contractMetrics[metric].better !== null) return
  report({
    code: 'BAD_PARAMETER',
    path,
    message: `${contractMetrics[metric].words} has no better side`,
    hint: `Say that it may not move: within('${metric}', { margin }).`,
  })
}

function checkMargin(
  { form, metric, margin }: Extract<ClaimData, { readonly margin: MarginData }>,
  checking: ContractChecking,
): void {
  const { path, report } = checking
  // NaN is null once it has been through JSON.
  if (typeof margin !== 'object' || margin === null) {
    checkAmount('margin', margin, checking)
    if (form === 'within' && margin === 0)
      report({
        code: 'BAD_PARAMETER',
        path: `${path}.margin`,
        message: 'no number of rows proves two rates to be exactly equal',
        hint: 'Give the largest difference that is still the same.',
      })
    return
  }
  checkAmount('margin', margin.relative, checking)
  const floor: { readonly rate?: number; readonly events?: number } | undefined = margin.floor
  const amount = floor?.rate ?? floor?.events
  if (amount === undefined)
    report({
      code: 'RELATIVE_WITHOUT_FLOOR',
      path: `${path}.margin`,
      message: `the margin of contract "${checking.contract.name}" is ${margin.relative} of the champion's ${metric}, however little that is`,
      hint: `Add a floor: relative(${margin.relative}, { floor: { rate: 0.01 } }).`,
    })
  else checkAmount('floor', amount, checking)
  if (floor?.events !== undefined && !countable.has(metric))
    report({
      code: 'BAD_PARAMETER',
      path: `${path}.floor`,
      message: `${metric} does not count events`,
      hint: 'Give its floor as a rate, in the unit of the metric.',
    })
}

/** Paired shares of rows, of which a margin may be so many events. */
const countable: ReadonlySet<ContractMetric> = new Set(['action_rate', 'fpr', 'recall'])

function checkAmount(name: string, amount: number, { contract, path, report }: ContractChecking): void {
  if (Number.isFinite(amount) && amount >= 0) return
  report({
    code: 'NEGATIVE_MARGIN',
    path: `${path}.${name}`,
    message: `${name} of contract "${contract.name}" is ${amount}`,
    hint: 'It is a number from 0, in the unit of the metric.',
  })
}

const groupMetrics = ['selection_rate', 'tpr', 'fpr', 'accuracy', 'precision']

function checkFair(claim: Extract<ClaimData, { readonly form: 'fair' }>, checking: ContractChecking): void {
  const { path, report, deployment } = checking
  if (!groupMetrics.includes(claim.metric)) unknownMetric(claim.metric, groupMetrics, { path, report })
  checkKnownColumn(claim.column, `${path}.column`, checking)
  if (deployment.action === undefined)
    report({
      code: 'BAD_PARAMETER',
      path,
      message: 'fairness compares what happens to groups, and the deployment does nothing',
      hint: "Add action: threshold('…', 0.5).",
    })
  if (!(claim.limit > 0 && claim.limit < 1))
    report({
      code: 'BAD_PARAMETER',
      path: `${path}.limit`,
      message: `no rows can decide whether groups differ by at most ${claim.limit}`,
      hint: 'The limit lies between 0 and 1, both excluded.',
    })
}
