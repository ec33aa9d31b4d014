import { FettleError } from '../../kernel/errors/index.ts'
import type { DeploymentData, PredicateData } from '../model.ts'
import type { ContractData, SliceData, SliceOf } from '../release-terms.ts'
import { checkContracts } from './check-deployment-contracts.ts'
import { checkSlices } from './check-deployment-slices.ts'
import type { Problem, Report } from './problem.ts'

/** What a model may not do, to whom, at which threshold: the part of a deployment that rows are judged by. */
export type JudgingTerms = Pick<DeploymentData, 'slices' | 'entity' | 'costs' | 'action'> & {
  readonly contracts: readonly ContractData[]
}

/**
 * Contracts out of a file that no compiler has seen: a deployment as plain data, also as the catalog shows it under
 * `definition`, or as much of one as rows are judged by.
 * `status` is protected, `stage` offline and `slices` all rows where they are left out. DEFINITIONS_INVALID lists all
 * that is wrong; `from` names the file.
 */
export function readJudgingTerms(value: unknown, from: string): JudgingTerms {
  const problems: Problem[] = []
  const report: Report = ({ code, path, message, hint = '' }) => {
    problems.push({ code, path, message, hint, ref: from, location: null })
  }
  const terms = termsOf(value, report)
  refuse(problems, from)
  // Whether something acts is known only when the rows are read.
  const deployment: DeploymentData = { ...unserved, action: { name: 'act', threshold: 0.5 }, ...terms }
  const facts = { deployment, columns: undefined, sent: undefined, inputs: undefined, report }
  checkSlices(facts)
  checkContracts(facts, undefined)
  refuse(problems, from)
  return terms
}

/** A deployment that only judges. */
const unserved: DeploymentData = {
  ...{ kind: 'deployment', name: 'judged', model: 'judged' },
  ...{ fallback: { kind: 'constant', score: 0 }, deadline: '1s', log: 'none' },
}

function refuse(problems: readonly Problem[], from: string): void {
  const [first] = problems
  if (!first) return
  const more = problems.length > 1 ? `, and ${problems.length - 1} more` : ''
  throw new FettleError('DEFINITIONS_INVALID', `${from}: ${first.message}${more}`, {
    hint: 'Mend each listed problem, then judge again; docs/evaluation.md has an example.',
    details: { problems },
  })
}

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every(each => typeof each === 'string')

function termsOf(value: unknown, report: Report): JudgingTerms {
  const whole = isFields(value) ? value : {}
  const fields = isFields(whole['definition']) ? whole['definition'] : whole
  const { contracts, slices, entity, costs, action } = fields
  const wrong = wrongIn(report)
  if (!Array.isArray(contracts) || contracts.length === 0)
    wrong('contracts', 'is no list of contracts', 'Write { "contracts": [{ "name": …, "claim": { … } }] }.')
  if (entity !== undefined && typeof entity !== 'string') wrong('entity', 'is no name of a column')
  if (costs !== undefined && !hasNumbers(costs, ['falsePositive', 'falseNegative']))
    wrong('costs', 'is not { falsePositive, falseNegative }')
  if (action !== undefined && !hasNumbers(action, ['threshold']))
    wrong('action', 'is not { name, threshold }')
  if (slices !== undefined && !Array.isArray(slices)) wrong('slices', 'is no list of slices')
  return {
    contracts: listOf(contracts).map((each, index) => contractOf(each, `contracts[${index}]`, report)),
    slices: listOf(slices).map((each, index) => sliceOf(each, `slices[${index}]`, report)),
    ...(entity === undefined ? {} : { entity: entity as string }),
    ...(costs === undefined ? {} : { costs: costs as NonNullable<DeploymentData['costs']> }),
    ...(action === undefined ? {} : { action: action as NonNullable<DeploymentData['action']> }),
  }
}

const wrongIn =
  (report: Report) =>
  (path: string, message: string, hint = ''): void =>
    report({ code: 'DEFINITIONS_INVALID', path, message: `${path}: ${message}`, hint })

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const hasNumbers = (value: unknown, names: readonly string[]): boolean =>
  isFields(value) && names.every(name => typeof value[name] === 'number')

function contractOf(value: unknown, path: string, report: Report): ContractData {
  const wrong = wrongIn(report)
  const fields = isFields(value) ? value : {}
  const { name, claim, slices = ['all'], status = 'protected', stage = 'offline' } = fields
  if (typeof name !== 'string') wrong(`${path}.name`, 'a contract has a name')
  checkClaimShape(claim, `${path}.claim`, wrong)
  if (!isTexts(slices)) wrong(`${path}.slices`, 'is no list of names of slices')
  if (status !== 'protected' && status !== 'watched') wrong(`${path}.status`, 'is protected or watched')
  if (!stages.includes(stage)) wrong(`${path}.stage`, `is one of ${stages.join(', ')}`)
  for (const number of ['alpha', 'power', 'looks', 'maturity', 'dryRun'])
    if (fields[number] !== undefined && typeof fields[number] !== 'number')
      wrong(`${path}.${number}`, 'is no number')
  for (const text of ['window', 'cluster'])
    if (fields[text] !== undefined && typeof fields[text] !== 'string') wrong(`${path}.${text}`, 'is no text')
  return { ...fields, name, claim, slices, status, stage } as unknown as ContractData
}

function checkClaimShape(claim: unknown, path: string, wrong: ReturnType<typeof wrongIn>): void {
  const form = isFields(claim) ? claim['form'] : undefined
  if (!isFields(claim) || typeof form !== 'string') {
    wrong(path, 'a claim has a form: noWorse, better, within, atMost, atLeast, neverTrade or fair')
    return
  }
  const named = form === 'neverTrade' ? ['hold', 'gain'] : form === 'fair' ? ['metric', 'column'] : ['metric']
  for (const name of named)
    if (typeof claim[name] !== 'string') wrong(`${path}.${name}`, `a claim of the form ${form} names it`)
}

const stages: readonly unknown[] = ['offline', 'shadow', 'canary', 'probation']

function sliceOf(value: unknown, path: string, report: Report): SliceData {
  const { name, of } = isFields(value) ? value : {}
  if (typeof name !== 'string') wrongIn(report)(`${path}.name`, 'a slice has a name')
  checkShape(of, `${path}.of`, report)
  return value as SliceData
}

function checkShape(of: unknown, path: string, report: Report): void {
  const wrong = wrongIn(report)
  const fields = isFields(of) ? of : {}
  switch (fields['kind'] as SliceOf['kind'] | undefined) {
    case 'column':
      if (fields['values'] !== undefined && !isTexts(fields['values']))
        wrong(`${path}.values`, 'is no list of texts')
      if (typeof fields['column'] !== 'string') wrong(`${path}.column`, 'is no name of a column')
      return
    case 'members':
      if (typeof fields['column'] !== 'string' || !isTexts(fields['values']))
        wrong(path, 'a list of members names a column and its values as texts')
      return
    case 'predicate':
      if (!Array.isArray(fields['where']) || !fields['where'].every(isPredicate))
        wrong(`${path}.where`, 'is no list of { column, op, value }')
      return
    case 'cross':
      checkShape(fields['first'], `${path}.first`, report)
      checkShape(fields['second'], `${path}.second`, report)
      return
    default:
      wrong(path, 'a slice is of the kind column, members, predicate or cross')
  }
}

const operators: readonly unknown[] = [
  ...(['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'in', 'is_null', 'is_not_null'] as const),
] satisfies readonly PredicateData['op'][]

const isPredicate = (value: unknown): boolean =>
  isFields(value) && typeof value['column'] === 'string' && operators.includes(value['op'])
