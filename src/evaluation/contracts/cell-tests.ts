import {
  type ClaimData,
  type ContractMetric,
  contractMetrics,
  type MarginData,
} from '../../definitions/index.ts'

type FairClaim = Extract<ClaimData, { readonly form: 'fair' }>

/** One thing that is tested on every cell of a contract. */
export type CellTest =
  | {
      readonly kind: 'absolute'
      readonly form: 'atMost' | 'atLeast'
      readonly metric: ContractMetric
      readonly limit: number
    }
  /** Against the champion on the same rows, in harm units. */
  | {
      readonly kind: 'difference'
      readonly form: 'noWorse' | 'within'
      readonly metric: ContractMetric
      readonly margin: MarginData
    }
  | {
      readonly kind: 'difference'
      readonly form: 'better'
      readonly metric: ContractMetric
      readonly by: number
    }
  | (Omit<FairClaim, 'form'> & { readonly kind: 'fair'; readonly form: 'fair' })

/** A trade is two tests, of which both must pass; every other claim is one. */
export function testsOf(claim: ClaimData): readonly CellTest[] {
  switch (claim.form) {
    case 'atMost':
    case 'atLeast':
      return [{ kind: 'absolute', ...claim }]
    case 'neverTrade':
      return [
        { kind: 'difference', form: 'noWorse', metric: claim.hold, margin: claim.slack },
        { kind: 'difference', form: 'better', metric: claim.gain, by: claim.by },
      ]
    case 'fair':
      return [{ kind: 'fair', ...claim }]
    default:
      return [{ kind: 'difference', ...claim }]
  }
}

/** Whether a claim needs a champion to be compared with. */
export function comparesModels(claim: ClaimData): boolean {
  return testsOf(claim).some(test => test.kind === 'difference')
}

/** +1 where a higher value is harm, −1 where a lower one is. */
export function harmSign(metric: ContractMetric): 1 | -1 {
  return contractMetrics[metric].better === 'higher' ? -1 : 1
}

/** Its margin is a share of the champion's value. */
export function isRelative(test: CellTest): boolean {
  return 'margin' in test && typeof test.margin !== 'number'
}
