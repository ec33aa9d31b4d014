import type { Proposal } from '../../src/governance/index.ts'

/** A proposal of the threshold rule for one airport, which `change` makes another. */
export function proposalOf(change: Partial<Proposal> = {}): Proposal {
  return {
    ...{ kind: 'threshold', rule: 'fpr', ruleHash: 'sha256:1', ruleBy: 'rule-author' },
    ...{ subject: 'deployment:late', segmentClass: 'airport', segment: 'ORD', cycle: 'c1' },
    ...{ title: 'Threshold of ORD', old: 0.5, proposed: 0.6, interval: { lower: 0.55, upper: 0.65 } },
    ...{ flipsPerWeek: 3, flipsPerWeekUpper: 5, rows: 1000, matured: 900 },
    window: { from: '2001-05-01T00:00:00.000000Z', to: '2001-05-28T00:00:00.000000Z', rowSet: 'sha256:r' },
    ...{ capHit: false, details: null, expiresAt: 10n ** 18n },
    ...change,
  }
}
