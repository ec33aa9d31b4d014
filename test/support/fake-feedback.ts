import { FettleError } from '../../src/kernel/errors/index.ts'
import type { JoinedFeedback } from '../../src/monitoring/index.ts'
import type { Services } from '../../src/server/services.ts'
import { hash, now } from './sample-records.ts'

const item: JoinedFeedback = {
  ...{ seq: 1, deployment: 'late', id: 'fb_1', kind: 'late', is: 'label', value: 1, weight: 1 },
  ...{ eventTime: now, knownTime: now, receivedAt: now, within: 1n, source: 'api', rank: 0 },
  ...{ actorClass: 'system', actor: null, state: 'active', reason: null, note: '<b>late</b>' },
  ...{ predictionId: 'b-0', requestId: null, row: null, entityKey: null },
  join: {
    ...{ seq: 1, state: 'joined', predictionId: 'b-0', decidedAt: now, asOf: now, tries: 1, dueAt: null },
  },
}

/** Deployment `late` took one label, of decision `b-0`. */
export function fakeFeedback(called: (name: string, value: unknown) => void): Pick<Services, 'feedback'> {
  const known = (name: string) => {
    if (name !== 'late') throw new FettleError('UNKNOWN_DEPLOYMENT', `there is no deployment ${name}`)
  }
  return {
    feedback: {
      async send(name, body) {
        known(name)
        called('sendFeedback', { name, body })
        return { accepted: 1, duplicate: 0, pending: 0, rejected: [] }
      },
      async list(name) {
        known(name)
        return { items: [item] }
      },
      async status(deployment) {
        known(deployment)
        return {
          deployment,
          kinds: [{ name: 'late', is: 'label', within: '7d' }],
          counts: [
            {
              ...{ kind: 'late', is: 'label', source: 'api', items: 1, joined: 1, lastKnown: now },
              ...{ pending: 0, ambiguous: 0, unmatched: 0, quarantined: 0 },
            },
          ],
        }
      },
      ofPrediction: async id => (id === 'b-0' ? [{ ...item, holds: true }] : []),
      async performance(deployment, { asKnownAt = now, since = now }) {
        known(deployment)
        const all = {
          ...{ rows: 10, matured: 8, positives: 2, baseRate: 0.25, scoreMean: 0.3 },
          metrics: { roc_auc: 0.75, recall: { undefined: 'no-positives' as string } },
          intervals: { roc_auc: { lower: 0.6, upper: 0.9 } },
        }
        return {
          ...{ deployment, asKnownAt, since, label: { kind: 'late', within: '7d' } },
          maturity: { labels: 5, age: 3_600_000_000 },
          groups: [
            {
              ...{ release: 2, digest: hash, arm: 'champion', decisions: 10, matured: 8, labelled: 8 },
              ...{ coverage: 1, first: now, last: now, all },
              slices: [{ column: 'origin', distinct: 1, values: [{ ...all, value: 'ORD' }] }],
            },
          ],
          slicesLeftOut: ['carrier'],
          agreements: [
            { first: 'api', second: 'demo', n: 3, kappa: { undefined: 'too-few-rows' }, interval: null },
          ],
          demo: { votes: 2, right: 1, share: 0.5, interval: { lower: 0.1, upper: 0.9 } },
        }
      },
    },
  }
}
