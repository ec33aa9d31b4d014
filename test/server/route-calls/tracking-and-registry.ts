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
const shipment = { from: 1, after: '', last: 'aa', sentAt: 0, operations: [{}] }

export const trackingAndRegistry = {
  trackedExperiments: {
    good: { query: 'limit=5&lifecycle=all' },
    bad: [[{ query: 'lifecycle=gone' }, 'query.lifecycle']],
  },
  trackedExperiment: {
    good: { params: { name: 'late' } },
    unknown: [{ params: { name: 'x' } }, 'EXPERIMENT_UNKNOWN'],
  },
  selectRuns: {
    good: { body: { experiments: ['1'], columns: ['metrics.auc', 'params.a', 'tags.b'], orderBy: ['auc'] } },
    bad: [
      [{ body: { experiments: [], columns: [] } }, 'body.experiments'],
      [{ body: { experiments: ['1'], columns: [], limit: 501 } }, 'body.limit'],
    ],
  },
  countRuns: {
    good: { body: { experiments: ['1'] } },
    bad: [[{ body: { experiments: ['1'], precision: 'some' } }, 'body.precision']],
  },
  runKeys: {
    good: { query: 'experiments=1&kind=metrics&limit=1' },
    bad: [[{ query: 'experiments=1&kind=runs' }, 'query.kind']],
  },
  trackedRun: {
    good: { params: { id: 'run_1' } },
    unknown: [{ params: { id: 'x' } }, 'EXPERIMENT_RUN_UNKNOWN'],
  },
  changeRun: {
    good: { params: { id: 'run_1' }, body: { name: 'b', tags: { team: 'data', old: null } } },
    bad: [[{ params: { id: 'run_1' }, body: { tags: { a: 1 } } }, 'body.tags.a']],
    unknown: [{ params: { id: 'x' }, body: { tags: { a: 'b' } } }, 'EXPERIMENT_RUN_UNKNOWN'],
  },
  removeRun: {
    good: { params: { id: 'run_1' } },
    unknown: [{ params: { id: 'x' } }, 'EXPERIMENT_RUN_UNKNOWN'],
  },
  restoreRun: {
    good: { params: { id: 'run_1' } },
    unknown: [{ params: { id: 'x' } }, 'EXPERIMENT_RUN_UNKNOWN'],
  },
  runMetrics: {
    good: { params: { id: 'run_1' }, query: 'contains=LO' },
    unknown: [{ params: { id: 'x' } }, 'EXPERIMENT_RUN_UNKNOWN'],
  },
  runCurve: {
    good: { params: { id: 'run_1' }, query: 'key=loss&axis=time&from=1&pixels=300' },
    bad: [
      [{ params: { id: 'run_1' }, query: 'axis=step' }, 'query.key'],
      [{ params: { id: 'run_1' }, query: 'key=loss&pixels=5000' }, 'query.pixels'],
    ],
  },
  compareRuns: {
    good: { body: { runs: ['run_1'], of: 'max', equal: true } },
    bad: [
      [{ body: { runs: [] } }, 'body.runs'],
      [{ body: { runs: Array.from({ length: 51 }, String) } }, 'body.runs'],
    ],
    unknown: [{ body: { runs: ['x'] } }, 'EXPERIMENT_RUN_UNKNOWN'],
  },
  runFiles: {
    good: { params: { id: 'run_1' }, query: 'path=model' },
    unknown: [{ params: { id: 'x' } }, 'EXPERIMENT_RUN_UNKNOWN'],
  },
  runFile: {
    good: { params: { id: 'run_1' }, query: 'path=a.txt' },
    bad: [[{ params: { id: 'run_1' } }, 'query.path']],
    unknown: [{ params: { id: 'run_1' }, query: 'path=b.txt' }, 'ARTIFACT_UNKNOWN'],
  },
  importTracking: { good: { body: { items: [] } } },
  syncClients: { good: {} },
  syncContact: { good: { params: { client: 'c' } } },
  syncSend: {
    good: { params: { client: 'c' }, body: shipment },
    bad: [
      [{ params: { client: 'c' }, body: { ...shipment, from: 0 } }, 'body.from'],
      [{ params: { client: 'c' }, body: { ...shipment, operations: [] } }, 'body.operations'],
      [{ params: { client: 'c' }, body: { ...shipment, sentAt: 0.5 } }, 'body.sentAt'],
    ],
    unknown: [{ params: { client: 'c' }, body: { ...shipment, from: 9 } }, 'SYNC_GAP'],
  },
  syncRefusals: { good: { params: { client: 'c' } } },
  syncBeat: {
    good: { params: { client: 'c' }, body: { runs: ['run_1'], sentAt: 0 } },
    bad: [[{ params: { client: 'c' }, body: { runs: 'run_1', sentAt: 0 } }, 'body.runs']],
  },
  runAlerts: { good: { query: 'run=run_1' }, bad: [[{ query: 'limit=0' }, 'query.limit']] },
  alertRules: { good: {} },
  addAlertRule: {
    good: { body: { experiment: '1', test: { kind: 'bound', key: 'loss', above: 3 } } },
    bad: [[{ body: { experiment: '1', test: { kind: 'luck' } } }, 'body.test.kind']],
  },
  removeAlertRule: {
    good: { params: { id: 'alr_1' } },
    unknown: [{ params: { id: 'x' } }, 'ALERT_RULE_UNKNOWN'],
  },
  muteAlertRule: {
    good: { params: { id: 'alr_1' }, body: { until: at } },
    bad: [[{ params: { id: 'alr_1' }, body: { until: 'monday' } }, 'body.until']],
    unknown: [{ params: { id: 'x' }, body: { until: null } }, 'ALERT_RULE_UNKNOWN'],
  },
  savedViews: { good: { query: 'experiment=1' }, bad: [[{}, 'query.experiment']] },
  savedView: {
    good: { params: { id: 'view_1' } },
    unknown: [{ params: { id: 'x' } }, 'VIEW_UNKNOWN'],
  },
  createView: {
    good: { body: { experiment: '1', name: 'best', content: { columns: ['metrics.auc'] } } },
    bad: [[{ body: { experiment: '1', name: 'best', content: { columns: 'all' } } }, 'body.content.columns']],
  },
  changeView: {
    good: { params: { id: 'view_1' }, body: { base: 1, content: {} } },
    bad: [[{ params: { id: 'view_1' }, body: { content: {} } }, 'body.base']],
    unknown: [{ params: { id: 'x' }, body: { base: 1, content: {} } }, 'VIEW_UNKNOWN'],
  },
  removeView: { good: { params: { id: 'view_1' } }, unknown: [{ params: { id: 'x' } }, 'VIEW_UNKNOWN'] },
  modelRecords: { good: { query: 'kind=model' }, bad: [[{ query: 'kind=tune' }, 'query.kind']] },
  modelRecord: { good: { params: { name: 'late' } }, unknown: [{ params: { name: 'x' } }, 'MODEL_UNKNOWN'] },
  versionRecords: {
    good: { params: { name: 'late' } },
    unknown: [{ params: { name: 'x' } }, 'MODEL_UNKNOWN'],
  },
  aliasAt: {
    good: { params: { name: 'late', alias: 'champion' }, query: `at=${at}` },
    bad: [[{ params: { name: 'late', alias: 'champion' }, query: 'at=monday' }, 'query.at']],
  },
  runVersions: { good: { params: { id: '0'.repeat(32) } } },
  versionDependents: {
    good: { params: { name: 'late', version: '1' } },
    bad: [[{ params: { name: 'late', version: 'v1' } }, 'path.version']],
  },
  purgeDeleted: {
    good: { body: { experiments: ['late'], dryRun: true } },
    bad: [[{ body: { experiments: 'late', dryRun: true } }, 'experiments']],
  },
  removeVersion: {
    good: { params: { name: 'late', version: '1' } },
    bad: [[{ params: { name: 'late', version: '0' } }, 'path.version']],
    unknown: [{ params: { name: 'late', version: '2' } }, 'VERSION_IN_USE'],
  },
  versionSignature: {
    good: { params: { name: 'late', version: '1' }, query: 'bytes=true' },
    bad: [[{ params: { name: 'late', version: '1' }, query: 'bytes=yes' }, 'query.bytes']],
    unknown: [{ params: { name: 'late', version: '9' } }, 'MODEL_VERSION_UNKNOWN'],
  },
  signVersion: {
    good: { params: { name: 'late', version: '1' }, body: {} },
    unknown: [{ params: { name: 'late', version: '9' }, body: {} }, 'MODEL_VERSION_UNKNOWN'],
  },
  signatureBundle: {
    good: { params: { name: 'late', version: '1' }, query: 'kind=signature' },
    bad: [[{ params: { name: 'late', version: '1' }, query: 'kind=stamp' }, 'query.kind']],
    unknown: [{ params: { name: 'late', version: '1' }, query: 'kind=provenance' }, 'MODEL_UNSIGNED'],
  },
  modelCard: {
    good: { params: { name: 'late', version: '1' } },
    unknown: [{ params: { name: 'late', version: '9' } }, 'MODEL_VERSION_UNKNOWN'],
  },
  keepEvaluation: {
    good: {
      params: { name: 'late', version: '1' },
      body: { report: { schema: 2, split: 'loans.parquet', rowSet: 'sha256:0', coverage: { rows: 3 } } },
    },
    bad: [
      [{ params: { name: 'late', version: '1' }, body: {} }, 'body.report'],
      [
        {
          params: { name: 'late', version: '1' },
          body: { report: { schema: 2, split: 'x', rowSet: 'sha256:0', coverage: {} } },
        },
        'body.report.coverage.rows',
      ],
    ],
    unknown: [
      {
        params: { name: 'late', version: '9' },
        body: { report: { schema: 2, split: 'x', rowSet: 'sha256:0', coverage: { rows: 3 } } },
      },
      'MODEL_VERSION_UNKNOWN',
    ],
  },
  evaluations: {
    good: { params: { name: 'late', version: '1' } },
    unknown: [{ params: { name: 'late', version: '9' } }, 'MODEL_VERSION_UNKNOWN'],
  },
  evaluation: {
    good: { params: { name: 'late', version: '1', hash } },
    unknown: [{ params: { name: 'late', version: '1', hash: 'sha256:0' } }, 'EVALUATION_UNKNOWN'],
  },
  modelCardText: {
    good: { params: { name: 'late', version: '1', format: 'html' } },
    unknown: [{ params: { name: 'late', version: '1', format: 'pdf' } }, 'BAD_REQUEST'],
  },
  writeModelCard: {
    good: { params: { name: 'late', version: '1', field: 'limits' }, body: { text: 'none known' } },
    bad: [[{ params: { name: 'late', version: '1', field: 'limits' }, body: {} }, 'body.text']],
  },
  aliasRules: { good: { params: { name: 'late' } }, unknown: [{ params: { name: 'x' } }, 'MODEL_UNKNOWN'] },
  protectAlias: {
    good: {
      params: { name: 'late', alias: 'live' },
      body: { requesters: [], checks: ['evaluation'], approvals: 1 },
    },
    bad: [
      [
        { params: { name: 'late', alias: 'live' }, body: { requesters: [], checks: ['luck'], approvals: 1 } },
        'body.checks[0]',
      ],
    ],
  },
  unprotectAlias: { good: { params: { name: 'late', alias: 'live' } } },
  aliasRequests: { good: { query: 'model=late' }, bad: [[{ query: 'limit=0' }, 'query.limit']] },
  aliasRequest: {
    good: { params: { id: 'apr_1' } },
    unknown: [{ params: { id: 'x' } }, 'APPROVAL_UNKNOWN'],
  },
  requestAlias: {
    good: { params: { name: 'late' }, body: { alias: 'live', version: 1, reason: 'better' } },
    bad: [[{ params: { name: 'late' }, body: { alias: 'live' } }, 'body.version']],
  },
  decideAliasRequest: {
    good: { params: { id: 'apr_1' }, body: { verdict: 'approve', seconds: 3 } },
    bad: [[{ params: { id: 'apr_1' }, body: { verdict: 'maybe' } }, 'body.verdict']],
    unknown: [{ params: { id: 'x' }, body: { verdict: 'decline' } }, 'APPROVAL_UNKNOWN'],
  },
  withdrawAliasRequest: {
    good: { params: { id: 'apr_1' }, body: { reason: 'no longer' } },
    bad: [[{ params: { id: 'apr_1' }, body: { reason: 1 } }, 'body.reason']],
  },
  object: { good: { params: { hash } }, unknown: [{ params: { hash: 'sha256:00' } }, 'OBJECT_UNKNOWN'] },
} satisfies RouteCalls
