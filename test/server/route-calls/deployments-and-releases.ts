import { sampleCheck, samplePage } from '../../support/fake-releases.ts'
import { hash } from '../../support/sample-records.ts'
import type { RouteCalls } from './model.ts'

const _version = {
  experimentRun: null,
  pipelineRun: null,
  format: 'linear',
  metrics: {},
  trainingSet: null,
  environment: {},
  evaluation: null,
  signature: { inputs: [], outputs: [] },
  files: [{ path: 'linear.json', hash, bytes: 3 }],
}
const at = '2001-05-08T17:00:00Z'

export const deploymentsAndReleases = {
  deployments: { good: {} },
  deployment: {
    good: { params: { name: 'late' } },
    unknown: [{ params: { name: 'x' } }, 'UNKNOWN_DEPLOYMENT'],
  },
  deploy: {
    good: { params: { name: 'late' }, body: { version: 1 } },
    bad: [[{ params: { name: 'late' }, body: { version: '1' } }, 'body.version']],
    unknown: [{ params: { name: 'x' }, body: {} }, 'UNKNOWN_DEPLOYMENT'],
  },
  contracts: {
    good: { params: { name: 'late' } },
    unknown: [{ params: { name: 'x' } }, 'UNKNOWN_DEPLOYMENT'],
  },
  releases: {
    good: { params: { name: 'late' } },
    unknown: [{ params: { name: 'x' } }, 'UNKNOWN_DEPLOYMENT'],
  },
  release: {
    good: { params: { name: 'late', number: '2' } },
    unknown: [{ params: { name: 'late', number: 'x' } }, 'RELEASE_UNKNOWN'],
  },
  createRelease: {
    good: { params: { name: 'late' }, body: { version: 2 } },
    bad: [[{ params: { name: 'late' }, body: { version: 'x' } }, 'body.version']],
    unknown: [{ params: { name: 'x' }, body: {} }, 'UNKNOWN_DEPLOYMENT'],
  },
  verifyRelease: {
    good: { params: { name: 'late' }, body: { thresholds: 'keep' } },
    bad: [[{ params: { name: 'late' }, body: { thresholds: 'x' } }, 'body.thresholds']],
    unknown: [{ params: { name: 'x' }, body: {} }, 'PIPELINE_UNKNOWN'],
  },
  prepareRelease: {
    good: { params: { name: 'late' }, body: {} },
    bad: [[{ params: { name: 'late' }, body: { version: 1.5 } }, 'body.version']],
    unknown: [{ params: { name: 'x' }, body: {} }, 'UNKNOWN_DEPLOYMENT'],
  },
  prepareThresholds: {
    good: { params: { name: 'late' } },
    unknown: [{ params: { name: 'x' } }, 'UNKNOWN_DEPLOYMENT'],
  },
  rollBack: {
    good: { params: { name: 'late' }, body: { reason: 'late crews' } },
    bad: [[{ params: { name: 'late' }, body: { to: 1.5, reason: '' } }, 'body.to']],
    unknown: [{ params: { name: 'x' }, body: { reason: 'late crews' } }, 'UNKNOWN_DEPLOYMENT'],
  },
  makeCandidate: {
    good: { params: { name: 'late' }, body: { version: 2, champion: 2, thresholdSet: null, reason: '' } },
    bad: [
      [{ params: { name: 'late' }, body: { version: 2, thresholdSet: null, reason: '' } }, 'body.champion'],
    ],
    unknown: [
      { params: { name: 'x' }, body: { version: 2, champion: null, thresholdSet: null, reason: '' } },
      'UNKNOWN_DEPLOYMENT',
    ],
  },
  concludeRelease: {
    good: {
      params: { name: 'late', number: '2' },
      body: { champion: null, checks: [sampleCheck], judged: null, pipelineRun: 'prn_1' },
    },
    bad: [
      [
        {
          params: { name: 'late', number: '2' },
          body: {
            champion: null,
            checks: [{ ...sampleCheck, verdict: 'x' }],
            judged: null,
            pipelineRun: 'prn_1',
          },
        },
        'body.checks[0].verdict',
      ],
    ],
    unknown: [
      {
        params: { name: 'late', number: '9' },
        body: { champion: null, checks: [sampleCheck], judged: null, pipelineRun: 'prn_1' },
      },
      'RELEASE_UNKNOWN',
    ],
  },
  verifyVerdictPage: {
    good: { body: samplePage },
    bad: [[{ body: { ...samplePage, signature: 1 } }, 'body.signature']],
  },
  releaseEvaluation: {
    good: { params: { name: 'late', number: 'latest' } },
    unknown: [{ params: { name: 'late', number: '9' } }, 'RELEASE_UNKNOWN'],
  },
  releaseComparison: {
    good: { params: { name: 'late', number: 'latest' } },
    unknown: [{ params: { name: 'late', number: '9' } }, 'RELEASE_UNKNOWN'],
  },
  releaseContracts: {
    good: { params: { name: 'late', number: 'latest' } },
    unknown: [{ params: { name: 'late', number: '9' } }, 'RELEASE_UNKNOWN'],
  },
  releaseThresholds: {
    good: { params: { name: 'late', number: 'latest' } },
    unknown: [{ params: { name: 'late', number: '9' } }, 'RELEASE_UNKNOWN'],
  },
  releaseFairness: {
    good: { params: { name: 'late', number: 'latest' } },
    unknown: [{ params: { name: 'late', number: '9' } }, 'RELEASE_UNKNOWN'],
  },
  releaseImportance: {
    good: { params: { name: 'late', number: 'latest' } },
    unknown: [{ params: { name: 'late', number: '9' } }, 'RELEASE_UNKNOWN'],
  },
  releaseJUnit: {
    good: { params: { name: 'late', number: 'latest' } },
    unknown: [{ params: { name: 'late', number: '9' } }, 'RELEASE_UNKNOWN'],
  },
  releaseHtml: {
    good: { params: { name: 'late', number: 'latest' } },
    unknown: [{ params: { name: 'late', number: '9' } }, 'RELEASE_UNKNOWN'],
  },
  purpose: {
    good: { params: { name: 'late' } },
    unknown: [{ params: { name: 'x' } }, 'UNKNOWN_DEPLOYMENT'],
  },
  recordPurposeValue: {
    good: { params: { name: 'late' }, body: { value: 30, at } },
    bad: [[{ params: { name: 'late' }, body: { value: '30' } }, 'body.value']],
    unknown: [{ params: { name: 'x' }, body: { value: 30 } }, 'UNKNOWN_DEPLOYMENT'],
  },
  predict: {
    good: { params: { name: 'late' }, body: { rows: [{ origin: 'JFK' }] } },
    bad: [[{ params: { name: 'late' }, body: [1] }, 'body']],
    unknown: [{ params: { name: 'x' }, body: {} }, 'UNKNOWN_DEPLOYMENT'],
  },
  decisions: {
    good: { params: { name: 'late' }, query: 'limit=1' },
    bad: [[{ params: { name: 'late' }, query: 'limit=1.5' }, 'query.limit']],
    unknown: [{ params: { name: 'x' } }, 'UNKNOWN_DEPLOYMENT'],
  },
  decision: { good: { params: { id: 'b-0' } }, unknown: [{ params: { id: 'x' } }, 'DECISION_UNKNOWN'] },
} satisfies RouteCalls
