import type { ContractData, ContractMetric } from '../release-terms.ts'
import type { Report } from './problem.ts'

/** One thing that a protected contract makes a release prove. */
interface Demand {
  readonly contract: string
  readonly metric: ContractMetric
  readonly slice: string
  /** The metric lies below or above a limit; it gains so much; it moves less than so much. */
  readonly kind: 'below' | 'above' | 'gain' | 'still'
  readonly value: number
}

/** Reports pairs of protected contracts that no release can keep both. */
export function checkContradictions(contracts: readonly ContractData[], report: Report): void {
  const demands = contracts.flatMap(demandsOf)
  const reported = new Set<string>()
  for (const [a, b] of pairs(demands)) {
    if (a.metric !== b.metric || a.slice !== b.slice) continue
    const found = contradiction(a, b)
    const pair = `${a.contract} ${b.contract}`
    if (found === undefined || reported.has(pair)) continue
    reported.add(pair)
    report({
      code: 'CONTRADICTORY_CONTRACTS',
      path: `contracts.${b.contract}`,
      message: `"${a.contract}" and "${b.contract}" cannot both hold on slice "${a.slice}": ${found}`,
    })
  }
}

function* pairs(demands: readonly Demand[]): Iterable<readonly [Demand, Demand]> {
  for (const [index, a] of demands.entries())
    for (const b of demands.slice(index + 1)) if (a.contract !== b.contract) yield [a, b]
}

function contradiction(a: Demand, b: Demand): string | undefined {
  const of = (kind: Demand['kind']): number | undefined => [a, b].find(each => each.kind === kind)?.value
  const [below, above, gain, still] = [of('below'), of('above'), of('gain'), of('still')]
  if (below !== undefined && above !== undefined && above >= below)
    return `${a.metric} is to be at most ${below} and at least ${above}`
  if (gain !== undefined && still !== undefined && gain >= still)
    return `${a.metric} is to gain ${gain} and to move by less than ${still}`
  return undefined
}

function demandsOf({ name, claim, slices, status }: ContractData): readonly Demand[] {
  if (status !== 'protected') return []
  const on = (metric: ContractMetric, kind: Demand['kind'], value: number): Demand[] =>
    [...new Set(slices)].map(slice => ({ contract: name, metric, slice, kind, value }))
  switch (claim.form) {
    case 'atMost':
      return on(claim.metric, 'below', claim.limit)
    case 'atLeast':
      return on(claim.metric, 'above', claim.limit)
    case 'better':
      return on(claim.metric, 'gain', claim.by)
    case 'neverTrade':
      return on(claim.gain, 'gain', claim.by)
    case 'within':
      return typeof claim.margin === 'number' ? on(claim.metric, 'still', claim.margin) : []
    default:
      return []
  }
}
