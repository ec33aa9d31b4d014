import { sampleReceipt } from '../../support/fake-erasures.ts'
import { sampleComparison, sampleReport } from '../../support/fake-reproductions.ts'
import { skewOfNothing } from '../../support/fake-services.ts'
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
const wireProposal = {
  ...{ kind: 'threshold', rule: 'fpr', ruleHash: hash, ruleBy: 'mila', subject: 'deployment:late' },
  ...{ segmentClass: 'airport', segment: 'ORD', cycle: 'c1', title: 't', old: 1, proposed: 2 },
  ...{ interval: null, flipsPerWeek: null, flipsPerWeekUpper: null, rows: null, matured: null },
  window: { from: null, to: null, rowSet: null },
  ...{ capHit: false, details: null, expiresAt: at, vetoWindow: 60 },
}

export const governanceAndFacts = {
  recordMaterialization: {
    good: { body: { view: 'v', version: 1, pipelineRun: null, at, report: {} } },
    bad: [[{ body: { view: 'v', version: 1, pipelineRun: null, at: 'soon', report: {} } }, 'body.at']],
  },
  recordCheckReport: {
    good: { body: { table: 'source:flights', pipelineRun: null, at, report: {} } },
    bad: [[{ body: { table: 'flights', pipelineRun: null, at, report: {} } }, 'body.table']],
  },
  checkReports: {
    good: { query: 'table=source%3Aflights&limit=2' },
    bad: [[{ query: 'table=flights' }, 'query.table']],
  },
  recordSkewReport: {
    good: {
      body: { deployment: 'late', release: null, pipelineRun: null, at, report: skewOfNothing },
    },
    bad: [
      [
        { body: { deployment: 'late', release: null, pipelineRun: null, at, report: {} } },
        'body.report.verdict',
      ],
    ],
  },
  skewReport: {
    good: { params: { deployment: 'late' } },
    unknown: [{ params: { deployment: 'lat' } }, 'SKEW_NOT_MEASURED'],
  },
  resolveErasure: {
    good: { body: { entity: 'airport', key: ['JFK'] } },
    bad: [[{ body: { entity: 'airport', key: [] } }, 'body.key']],
    unknown: [{ body: { entity: 'x', key: ['JFK'] } }, 'ENTITY_UNKNOWN'],
  },
  requestErasure: {
    good: { body: { entity: 'airport', key: ['JFK'], reason: 'request 7' } },
    bad: [[{ body: { entity: 'airport', key: ['JFK'] } }, 'body.reason']],
    unknown: [{ body: { entity: 'x', key: ['JFK'], reason: 'request 7' } }, 'ENTITY_UNKNOWN'],
  },
  suggestions: {
    good: { query: 'state=open&subject=deployment:late' },
    bad: [
      [{ query: 'state=gone' }, 'query.state'],
      [{ query: 'limit=0' }, 'query.limit'],
    ],
  },
  suggestion: {
    good: { params: { id: 'sug_1' } },
    unknown: [{ params: { id: 'sug_2' } }, 'SUGGESTION_UNKNOWN'],
  },
  decideSuggestion: {
    good: { params: { id: 'sug_1' }, body: { act: 'edit', value: 0.5, reason: 'policy', seconds: 4 } },
    bad: [
      [{ params: { id: 'sug_1' }, body: { act: 'shrug' } }, 'body.act'],
      [{ params: { id: 'sug_1' }, body: { act: 'reject', reason: 'mood' } }, 'body.reason'],
      [{ params: { id: 'sug_1' }, body: { act: 'accept', seconds: -1 } }, 'body.seconds'],
    ],
    unknown: [{ params: { id: 'sug_2' }, body: { act: 'accept' } }, 'SUGGESTION_UNKNOWN'],
  },
  proposeSuggestions: {
    good: { body: { proposals: [wireProposal] } },
    bad: [[{ body: { proposals: [{ ...wireProposal, kind: 'wish' }] } }, 'body.proposals[0].kind']],
  },
  judgeSuggestion: {
    good: { params: { id: 'sug_1' }, body: { breach: false } },
    bad: [[{ params: { id: 'sug_1' }, body: {} }, 'body.breach']],
  },
  startSuggestionBatch: { good: { body: { below: 2 } }, bad: [[{ body: { below: 0 } }, 'body.below']] },
  suggestionBatch: { good: { params: { id: 'bat_1' } } },
  acceptSuggestionBatch: { good: { params: { id: 'bat_1' }, body: {} } },
  autonomy: { good: {} },
  changeAutonomy: {
    good: { body: { subject: 'deployment:late', rule: 'fpr', segmentClass: '', act: 'raise', reason: 'ok' } },
    bad: [[{ body: { subject: 'deployment:late', rule: 'fpr', segmentClass: '', act: 'jump' } }, 'body.act']],
  },
  autonomyHistory: {
    good: { query: 'subject=deployment:late&rule=fpr' },
    bad: [[{ query: 'subject=deployment:late' }, 'query.rule']],
  },
  reportAutonomy: {
    good: { body: { subject: 'deployment:late', what: 'shift', why: 'moved' } },
    bad: [[{ body: { subject: 'deployment:late', what: 'rain', why: '' } }, 'body.what']],
  },
  suggestionPace: { good: {} },
  erasures: { good: {} },
  erasure: {
    good: { params: { id: 'ers_1' } },
    unknown: [{ params: { id: 'ers_2' } }, 'ERASURE_UNKNOWN'],
  },
  verifyErasure: {
    good: { body: sampleReceipt },
    bad: [[{ body: { ...sampleReceipt, signature: 1 } }, 'body.signature']],
  },
  reproducibility: {
    good: { params: { name: 'late', version: '1' } },
    unknown: [{ params: { name: 'late', version: 'x' } }, 'MODEL_VERSION_UNKNOWN'],
  },
  reproduce: {
    good: { params: { name: 'late', version: '1' }, body: {} },
    unknown: [{ params: { name: 'late', version: '2' }, body: {} }, 'MODEL_VERSION_UNKNOWN'],
  },
  reproductions: {
    good: { params: { name: 'late', version: '1' } },
    unknown: [{ params: { name: 'late', version: '2' } }, 'MODEL_VERSION_UNKNOWN'],
  },
  versionManifest: {
    good: { params: { name: 'late', version: '1' } },
    unknown: [{ params: { name: 'late', version: '0' } }, 'MODEL_VERSION_UNKNOWN'],
  },
  runManifest: {
    good: { params: { id: 'prn_1' } },
    unknown: [{ params: { id: 'prn_9' } }, 'RUN_UNKNOWN'],
  },
  reproduction: {
    good: { params: { id: 'rep_1' } },
    unknown: [{ params: { id: 'rep_2' } }, 'REPRODUCTION_UNKNOWN'],
  },
  verifyReproduction: {
    good: { body: sampleReport },
    bad: [[{ body: { ...sampleReport, signature: 1 } }, 'body.signature']],
  },
  recordReproduction: {
    good: { body: { ...sampleComparison, pipelineRun: 'prn_1' } },
    bad: [[{ body: sampleComparison }, 'body.pipelineRun']],
  },
  checkReproducibility: { good: { body: {} } },
  recordTrainingSetBuild: {
    good: { body: { name: 's', id: 'ds-1', pipelineRun: 'prn_1', at, manifest: {} } },
    bad: [[{ body: { name: 's', pipelineRun: null, at, manifest: {} } }, 'body.id']],
  },
  trainingSets: { good: { query: 'name=late_flights' } },
  trainingSet: {
    good: { params: { id: 'late_flights@v1' } },
    unknown: [{ params: { id: 'late_flights@v2' } }, 'TRAINING_SET_UNKNOWN'],
  },
  trainingSetRows: {
    good: { params: { id: 'late_flights' }, query: 'format=jsonl&columns=airport&from=1' },
    bad: [
      [{ params: { id: 'late_flights' }, query: 'format=xml' }, 'query.format'],
      [{ params: { id: 'late_flights' }, query: 'format=csv&from=-1' }, 'query.from'],
    ],
    unknown: [{ params: { id: 'x' }, query: 'format=csv' }, 'TRAINING_SET_UNKNOWN'],
  },
  verifyTrainingSet: {
    good: { params: { id: 'late_flights' } },
    unknown: [{ params: { id: 'x' } }, 'TRAINING_SET_UNKNOWN'],
  },
} satisfies RouteCalls
