import type { ContractData, SliceData, SliceOf } from '../release-terms.ts'
import { checkKnownColumn, type DeploymentChecking } from './check-deployment-columns.ts'
import { checkName, checkValueTypes } from './problem.ts'

/** Slices name columns of the training set, have names of their own, and list their values where they protect. */
export function checkSlices(facts: DeploymentChecking): void {
  const { deployment, report } = facts
  const { slices = [], contracts = [] } = deployment
  for (const [index, { name, of }] of slices.entries()) {
    const path = `slices.${name}`
    checkName(name, path, report)
    if (name === 'all' || slices.slice(0, index).some(other => other.name === name))
      report({
        code: 'NAME_COLLISION',
        path,
        message:
          name === 'all' ? 'a slice is called "all", which is every row' : `two slices are called "${name}"`,
        hint: 'Give it another name.',
      })
    checkSliceOf(of, path, facts)
    checkListed({ name, of }, contracts, facts)
  }
}

function checkSliceOf(of: SliceOf, path: string, facts: DeploymentChecking): void {
  const { report, columns } = facts
  if (of.kind === 'cross') {
    if (of.first.kind === 'cross' || of.second.kind === 'cross')
      report({
        code: 'BAD_PARAMETER',
        path,
        message: 'a slice crosses more than two slices',
        hint: 'Cross two; a third can be a predicate within one of them.',
      })
    checkSliceOf(of.first, path, facts)
    checkSliceOf(of.second, path, facts)
    return
  }
  if (of.kind === 'predicate') {
    if (of.where.length === 0)
      report({ code: 'DEFINITION_EMPTY', path, message: 'the slice has no predicate, so it is every row' })
    for (const predicate of of.where) {
      checkKnownColumn(predicate.column, path, facts)
      const type = columns?.get(predicate.column)
      if (type !== undefined) checkValueTypes({ name: predicate.column, type }, predicate, { path, report })
    }
    return
  }
  if (of.column !== 'month') checkKnownColumn(of.column, path, facts)
  if (of.values?.length === 0 || new Set(of.values).size !== (of.values?.length ?? 0))
    report({
      code: 'BAD_PARAMETER',
      path,
      message: of.values?.length === 0 ? 'the list of values is empty' : 'a value is listed twice',
      hint: 'List each value once, or leave the list out for the 50 largest.',
    })
}

/** Months are given by the calendar; the values of any other column might be chosen after outcomes are seen. */
function checkListed(
  { name, of }: SliceData,
  contracts: readonly ContractData[],
  { report }: DeploymentChecking,
): void {
  const protecting = contracts.find(each => each.status === 'protected' && each.slices.includes(name))
  const open = leaves(of).find(
    each => each.kind === 'column' && each.column !== 'month' && each.values === undefined,
  )
  if (protecting === undefined || open === undefined) return
  report({
    code: 'BAD_PARAMETER',
    path: `slices.${name}`,
    message: `contract "${protecting.name}" protects slice "${name}", which lists no values`,
    hint: `List whom it protects, byColumn('${open.kind === 'column' ? open.column : name}', ['…']), or watch it.`,
  })
}

function leaves(of: SliceOf): readonly SliceOf[] {
  return of.kind === 'cross' ? [...leaves(of.first), ...leaves(of.second)] : [of]
}
