import type { DeploymentData, ThresholdRuleData, ThresholdSetData } from '../../src/definitions/index.ts'
import type { ReleaseRecord, ThresholdDetails } from '../../src/deployments/index.ts'
import { thresholdRuleHash } from '../../src/evaluation/index.ts'
import type { Proposal } from '../../src/governance/index.ts'
import type { Json } from '../../src/kernel/canonical.ts'
import { proposalOf } from './sample-suggestions.ts'

const rule: ThresholdRuleData = { target: { kind: 'fpr', rate: 0.1, delta: 0.05 }, per: 'airport' }
const basis = { rowSet: 'sha256:r', from: null, to: null, maturity: 0.9 }
const quantity = { undefined: 'no-rows' }

/** A deployment whose thresholds are set by airport. */
export const ruledDeployment = {
  kind: 'deployment',
  name: 'late',
  action: { name: 'warn', threshold: 0.4, rule },
} as unknown as DeploymentData

/** As the rule proposes it for an airport. */
export function thresholdProposal(
  segment: string,
  value: number,
  change: Partial<Proposal> & { readonly set?: string } = {},
): Proposal {
  const { set = 'ds-1', ...rest } = change
  const details: ThresholdDetails = {
    ...{ segment, set, model: 'sha256:m', asOf: '2026-11-21T00:00:00.000000Z', basis, pool: null },
    threshold: {
      ...{ value, from: 'own', rows: 100, matured: 80, pool: 80, guarantee: 'P(FPR > 0.1) ≤ 0.05' },
      ...{ interval: null, former: 0.4, candidate: null, capHit: false },
    },
    preview: {
      ...{ change: 'moved', needed: 29, shrunkFpr: quantity },
      actionRate: { before: quantity, after: quantity },
      realised: { fpr: quantity, recall: quantity, precision: quantity },
      flips: { newlyActed: 0, noLonger: 0, perWeek: quantity, perWeekUpper: quantity },
    },
  }
  return proposalOf({
    ...{ segment, proposed: value, ruleHash: thresholdRuleHash(rule) },
    details: details as unknown as Json,
    ...rest,
  })
}

/** A release that serves, with what it acts by. */
export function servingRelease(number: number, thresholdSet: ThresholdSetData | undefined): ReleaseRecord {
  const release = { number, model: { name: 'late', version: 1 }, thresholdSet }
  return { release, createdAt: 0n, by: 'mila', reason: '' } as unknown as ReleaseRecord
}
