import { demoLinks } from '../../../src/server/demo-links.ts'
import { sampleCheck, samplePage } from '../../support/fake-releases.ts'
import { linkSecret } from '../../support/fake-server.ts'
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
/** Opens the demo page of `late` until the end of 2099. */
const demoLink = {
  token: demoLinks(linkSecret, () => 0n).make({
    deployment: 'late',
    by: 'mila',
    until: 4_102_444_800_000_000n,
  }),
}

const batch = {
  terms: {
    ...{ deployment: 'late', release: hash, snapshot: hash, partitionRows: 10, asOf: null, time: null },
    ...{ keep: [], to: { kind: 'parquet', path: 'scores' }, kind: 'batch' },
    ...{ log: true, code: hash },
  },
  ...{ releaseNumber: 3, rows: 25, run: 'prn_1', pipeline: 'late-batch' },
}
const batchPartition = {
  ...{ partition: 0, attempt: 'a', rows: 10, outputs: 9, quarantined: 1, acted: 2 },
  ...{ sha256: hash, cpuMicros: 3, scores: [9] },
}

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
  demo: {
    good: { params: { deployment: 'late' } },
    unknown: [{ params: { deployment: 'x' } }, 'UNKNOWN_DEPLOYMENT'],
  },
  tryDemo: {
    good: { params: { deployment: 'late' }, body: { rows: [{ origin: 'JFK' }] } },
    bad: [[{ params: { deployment: 'late' }, body: { rows: [] } }, 'body.rows']],
    unknown: [{ params: { deployment: 'x' }, body: { rows: [{}] } }, 'UNKNOWN_DEPLOYMENT'],
  },
  voteDemo: {
    good: { params: { deployment: 'late' }, body: { predictionId: 'b-0', right: true } },
    bad: [[{ params: { deployment: 'late' }, body: { predictionId: 'b-0', right: 1 } }, 'body.right']],
    unknown: [
      { params: { deployment: 'x' }, body: { predictionId: 'b', right: true } },
      'UNKNOWN_DEPLOYMENT',
    ],
  },
  shareDemo: {
    good: { params: { deployment: 'late' }, body: { days: 7 } },
    bad: [[{ params: { deployment: 'late' }, body: { days: 91 } }, 'body.days']],
    unknown: [{ params: { deployment: 'x' }, body: { days: 7 } }, 'UNKNOWN_DEPLOYMENT'],
  },
  sharedDemo: {
    good: { params: demoLink },
    unknown: [{ params: { token: 'x' } }, 'UNAUTHENTICATED'],
  },
  trySharedDemo: {
    good: { params: demoLink, body: { rows: [{ origin: 'JFK' }] } },
    unknown: [{ params: { token: 'x' }, body: { rows: [{}] } }, 'UNAUTHENTICATED'],
  },
  sharedDecision: {
    good: { params: { ...demoLink, id: 'd-0' } },
    unknown: [{ params: { ...demoLink, id: 'b-0' } }, 'DECISION_UNKNOWN'],
  },
  voteSharedDemo: {
    good: { params: demoLink, body: { predictionId: 'd-0', right: false, note: 'it was on time' } },
    unknown: [{ params: demoLink, body: { predictionId: 'b-0', right: true } }, 'DECISION_UNKNOWN'],
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
  sendFeedback: {
    good: { params: { name: 'late' }, body: { items: [{ kind: 'late' }] } },
    bad: [[{ params: { name: 'late' }, body: { items: {} } }, 'body.items']],
    unknown: [{ params: { name: 'x' }, body: { items: [] } }, 'UNKNOWN_DEPLOYMENT'],
  },
  feedback: {
    good: { params: { name: 'late' }, query: 'state=joined&limit=1' },
    bad: [[{ params: { name: 'late' }, query: 'state=lost' }, 'query.state']],
    unknown: [{ params: { name: 'x' } }, 'UNKNOWN_DEPLOYMENT'],
  },
  feedbackStatus: {
    good: { params: { name: 'late' } },
    unknown: [{ params: { name: 'x' } }, 'UNKNOWN_DEPLOYMENT'],
  },
  decisionFeedback: { good: { params: { id: 'b-0' } } },
  performance: {
    good: { params: { name: 'late' }, query: 'asKnownAt=2001-05-08T17:00:00Z' },
    unknown: [{ params: { name: 'x' } }, 'UNKNOWN_DEPLOYMENT'],
  },
  searchDecisions: {
    good: {
      query: 'deployment=late&arm=challenger&kind=shadow&fields=origin%3DA1&since=2001-05-08T17:00:00Z',
    },
    bad: [
      [{ query: 'arm=left' }, 'query.arm'],
      [{ query: 'minScore=high' }, 'query.minScore'],
      [{ query: 'limit=0' }, 'query.limit'],
    ],
  },
  decisionLog: { good: {} },
  decisionTrace: {
    good: { params: { id: 'b-0' } },
    unknown: [{ params: { id: 'x' } }, 'DECISION_UNKNOWN'],
  },
  decisionReplay: {
    good: { params: { id: 'b-0' } },
    unknown: [{ params: { id: 'x' } }, 'DECISION_UNKNOWN'],
  },
  decision: { good: { params: { id: 'b-0' } }, unknown: [{ params: { id: 'x' } }, 'DECISION_UNKNOWN'] },
  batchJobs: { good: { query: 'deployment=late&limit=2' }, bad: [[{ query: 'limit=0' }, 'query.limit']] },
  batchJob: {
    good: { params: { id: 'bj-1' } },
    unknown: [{ params: { id: 'bj-2' } }, 'BATCH_JOB_UNKNOWN'],
  },
  submitBatch: {
    good: { body: batch },
    bad: [[{ body: { ...batch, terms: { ...batch.terms, log: 'yes' } } }, 'body.terms.log']],
  },
  commitBatchPartition: {
    good: { params: { id: 'bj-1' }, body: batchPartition },
    bad: [[{ params: { id: 'bj-1' }, body: { ...batchPartition, rows: 0.5 } }, 'body.rows']],
    unknown: [{ params: { id: 'bj-2' }, body: batchPartition }, 'BATCH_JOB_UNKNOWN'],
  },
  concludeBatch: {
    good: { params: { id: 'bj-1' }, body: { state: 'complete', report: {} } },
    bad: [[{ params: { id: 'bj-1' }, body: { state: 'done', report: {} } }, 'body.state']],
    unknown: [{ params: { id: 'bj-2' }, body: { state: 'failed', report: {} } }, 'BATCH_JOB_UNKNOWN'],
  },
  cancelBatch: {
    good: { params: { id: 'bj-1' } },
    unknown: [{ params: { id: 'bj-2' } }, 'BATCH_JOB_UNKNOWN'],
  },
  resumeBatch: {
    good: { params: { id: 'bj-1' } },
    unknown: [{ params: { id: 'bj-2' } }, 'BATCH_JOB_UNKNOWN'],
  },
} satisfies RouteCalls
