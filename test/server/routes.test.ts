import { afterAll, describe, expect, it } from 'vitest'
import { errorBody } from '../../src/api/common.ts'
import { type Route, type RouteName, routes } from '../../src/api/routes.ts'
import { FettleError } from '../../src/kernel/errors/index.ts'
import { sampleReceipt } from '../support/fake-erasures.ts'
import { sampleCheck, samplePage } from '../support/fake-releases.ts'
import { sampleComparison, sampleReport } from '../support/fake-reproductions.ts'
import { fakeServer, token } from '../support/fake-server.ts'
import { skewOfNothing } from '../support/fake-services.ts'
import { hash } from '../support/sample-records.ts'

const { app, services, faults } = fakeServer()
afterAll(() => app.close())

const project = { name: 'flights', definitions: [], locations: {} }
const version = {
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
const shipment = { from: 1, after: '', last: 'aa', sentAt: 0, operations: [{}] }

interface Call {
  readonly params?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly query?: string
}

/** One call of every route that succeeds, and bodies or queries that its schema refuses with the field it names. */
const cases: Readonly<
  Record<
    RouteName,
    {
      readonly good: Call
      readonly bad?: readonly (readonly [Call, string])[]
      readonly unknown?: readonly [Call, string]
    }
  >
> = {
  health: { good: {} },
  home: { good: {} },
  audit: {
    good: { query: 'limit=5' },
    bad: [
      [{ query: 'limit=0' }, 'query.limit'],
      [{ query: 'limit=501' }, 'query.limit'],
      [{ query: 'limit=x' }, 'query.limit'],
    ],
  },
  plan: {
    good: { body: { project, directory: '/p' } },
    bad: [
      [{ body: { project } }, 'body.directory'],
      [{ body: { project: 'x', directory: '/p' } }, 'body.project'],
      [
        { body: { project: { ...project, definitions: [{ kind: 'thing', name: 'a' }] }, directory: '/p' } },
        'body.project.definitions[0].kind',
      ],
      [{ body: [] }, 'body'],
    ],
  },
  apply: {
    good: { body: { project, directory: '/p', base: hash } },
    bad: [
      [{ body: { project, directory: '/p' } }, 'body.base'],
      [{ body: { project, directory: '/p', base: hash, allowDelete: 'yes' } }, 'body.allowDelete'],
    ],
    unknown: [{ body: { project, directory: '/p', base: 'old' } }, 'STALE_BASE'],
  },
  definitions: { good: { query: 'kind=entity' }, bad: [[{ query: 'kind=thing' }, 'query.kind']] },
  definition: {
    good: { params: { kind: 'entity', name: 'airport' } },
    bad: [[{ params: { kind: 'thing', name: 'a' } }, 'path.kind']],
    unknown: [{ params: { kind: 'entity', name: 'x' } }, 'REFERENCE_UNKNOWN'],
  },
  lineage: { good: { query: 'focus=entity:airport' } },
  search: { good: { query: 'q=air&is=idle' }, bad: [[{ query: 'is=old' }, 'query.is']] },
  definitionFacts: {
    good: { params: { kind: 'entity', name: 'airport' } },
    bad: [[{ params: { kind: 'thing', name: 'a' } }, 'path.kind']],
    unknown: [{ params: { kind: 'entity', name: 'x' } }, 'REFERENCE_UNKNOWN'],
  },
  impact: {
    good: { query: 'of=entity:airport&change=remove' },
    bad: [
      [{ query: 'of=airport' }, 'query.of'],
      [{ query: 'of=entity:airport&change=burn' }, 'query.change'],
    ],
    unknown: [{ query: 'of=entity:x' }, 'REFERENCE_UNKNOWN'],
  },
  columnLineage: {
    good: { query: 'of=entity:airport&direction=down' },
    bad: [[{ query: 'of=entity:airport&direction=left' }, 'query.direction']],
    unknown: [{ query: 'of=source:x.y' }, 'REFERENCE_UNKNOWN'],
  },
  sampleRows: {
    good: { params: { kind: 'entity', name: 'airport' }, query: 'keys=[{"airport":"JFK"}]&limit=3' },
    bad: [
      [{ params: { kind: 'entity', name: 'airport' }, query: 'keys=JFK' }, 'query.keys'],
      [{ params: { kind: 'entity', name: 'airport' }, query: 'limit=21' }, 'query.limit'],
    ],
    unknown: [{ params: { kind: 'source', name: 'x' } }, 'REFERENCE_UNKNOWN'],
  },
  explainTrainingRow: {
    good: { params: { id: 'late_flights@v1', row: '0' } },
    bad: [[{ params: { id: 'late_flights@v1', row: 'first' } }, 'path.row']],
  },
  pipelines: { good: {} },
  startRun: {
    good: { body: { pipeline: 'late', params: { rows: 5 }, reuse: 'never', idempotencyKey: 'k' } },
    bad: [
      [{ body: {} }, 'body.pipeline'],
      [{ body: { pipeline: 'late', reuse: 'some' } }, 'body.reuse'],
      [{}, 'body'],
    ],
    unknown: [{ body: { pipeline: 'x' } }, 'PIPELINE_UNKNOWN'],
  },
  runs: { good: { query: 'pipeline=late&state=succeeded' }, bad: [[{ query: 'state=done' }, 'query.state']] },
  run: { good: { params: { id: 'prn_1' } }, unknown: [{ params: { id: 'x' } }, 'RUN_UNKNOWN'] },
  cancelRun: { good: { params: { id: 'prn_1' } }, unknown: [{ params: { id: 'x' } }, 'RUN_UNKNOWN'] },
  resumeRun: { good: { params: { id: 'prn_1' } }, unknown: [{ params: { id: 'x' } }, 'RUN_UNKNOWN'] },
  stepLog: {
    good: { params: { id: 'prn_1', step: 'train' }, query: 'offset=0' },
    bad: [[{ params: { id: 'prn_1', step: 'train' }, query: 'offset=-1' }, 'query.offset']],
    unknown: [{ params: { id: 'prn_1', step: 'x' } }, 'STEP_UNKNOWN'],
  },
  experiments: { good: {} },
  experimentRuns: {
    good: { params: { name: 'late' }, query: 'orderBy=started' },
    unknown: [{ params: { name: 'x' } }, 'EXPERIMENT_UNKNOWN'],
  },
  createExperimentRun: {
    good: { body: { experiment: 'late', name: 'a' } },
    bad: [
      [{ body: { name: 'a' } }, 'body.experiment'],
      [{ body: { experiment: 'late', name: 'a', tags: { a: 1 } } }, 'body.tags.a'],
    ],
  },
  experimentRun: {
    good: { params: { id: 'run_1' } },
    unknown: [{ params: { id: 'x' } }, 'EXPERIMENT_RUN_UNKNOWN'],
  },
  logBatch: {
    good: { params: { id: 'run_1' }, body: { metrics: [{ key: 'loss', value: 'NaN', step: 1, at }] } },
    bad: [
      [
        { params: { id: 'run_1' }, body: { metrics: [{ key: 'loss', value: 'nan' }] } },
        'body.metrics[0].value',
      ],
      [
        { params: { id: 'run_1' }, body: { metrics: [{ key: 'loss', value: 1, at: 'yesterday' }] } },
        'body.metrics[0].at',
      ],
      [{ params: { id: 'run_1' }, body: { params: { a: 1 } } }, 'body.params.a'],
    ],
  },
  finishExperimentRun: {
    good: { params: { id: 'run_1' }, body: { state: 'finished' } },
    bad: [[{ params: { id: 'run_1' }, body: { state: 'running' } }, 'body.state']],
    unknown: [{ params: { id: 'x' }, body: { state: 'failed' } }, 'EXPERIMENT_RUN_UNKNOWN'],
  },
  addArtifacts: {
    good: { params: { id: 'run_1' }, body: { entries: [{ path: 'a', hash, bytes: 1 }] } },
    bad: [[{ params: { id: 'run_1' }, body: { entries: [{ path: 'a', hash }] } }, 'body.entries[0].bytes']],
  },
  metricHistory: {
    good: { params: { id: 'run_1' }, query: 'key=loss' },
    bad: [[{ params: { id: 'run_1' } }, 'query.key']],
  },
  models: { good: {} },
  model: { good: { params: { name: 'late' } }, unknown: [{ params: { name: 'x' } }, 'MODEL_UNKNOWN'] },
  registerVersion: {
    good: { params: { name: 'late' }, body: version },
    bad: [
      [{ params: { name: 'late' }, body: { ...version, files: [] } }, 'body.files'],
      [{ params: { name: 'late' }, body: { ...version, format: 'pickle' } }, 'body.format'],
    ],
  },
  setAlias: {
    good: { params: { name: 'late', alias: 'champion' }, body: { version: 1 } },
    bad: [[{ params: { name: 'late', alias: 'champion' }, body: { version: 1.5 } }, 'body.version']],
    unknown: [{ params: { name: 'x', alias: 'a' }, body: { version: 1 } }, 'MODEL_UNKNOWN'],
  },
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
}

function send(
  route: Route,
  { params = {}, body, query = '' }: Call,
  headers: Record<string, string> = { authorization: `Bearer ${token}` },
) {
  const path = route.path.replace(/:(\w+)/g, (_match, name: string) =>
    encodeURIComponent(params[name] ?? 'some'),
  )
  return app.inject({
    method: route.method,
    url: `/api/v1${path}${query === '' ? '' : `?${query}`}`,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  })
}

const table = Object.entries(routes) as [RouteName, Route][]

const withBad = table.filter(([name]) => cases[name].bad !== undefined)
const withUnknown = table.filter(([name]) => cases[name].unknown !== undefined)
const withBody = table.filter(([, route]) => route.body !== undefined)

describe('every route', () => {
  it.each(table)('%s answers with what its schema says', async (name, route) => {
    const response = await send(route, cases[name].good)
    expect(response.statusCode, response.body.slice(0, 300)).toBe(200)
    expect(response.headers['fettle-request-id']).toMatch(/^req_/)
  })

  it.each(withBad)('%s refuses what does not fit, naming the field', async (name, route) => {
    for (const [call, field] of cases[name].bad ?? []) {
      const response = await send(route, call)
      expect(response.statusCode, `${field}: ${response.body}`).toBe(400)
      const { error } = errorBody.parse(response.json())
      expect(error.code).toBe('BAD_REQUEST')
      expect(error.message).toContain(`${field}:`)
    }
  })

  it.each(withUnknown)('%s hands on the error of its room', async (name, route) => {
    const [call, code] = cases[name].unknown ?? [{}, '']
    const { error } = errorBody.parse((await send(route, call)).json())
    expect(error.code).toBe(code)
    expect(error.requestId).toMatch(/^req_/)
  })

  it.each(withBody)('%s refuses bodies that are not JSON', async (_name, route) => {
    const url = `/api/v1${route.path.replace(/:\w+/g, 'some')}`
    const post = async (type: string, payload: string) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': type }
      return (await app.inject({ method: route.method, url, headers, payload })).json().error
    }
    expect(await post('application/json', '{"a": tru}')).toMatchObject({
      code: 'BAD_JSON',
      details: { offset: 6 },
    })
    expect(await post('text/plain', 'hello')).toMatchObject({ code: 'UNSUPPORTED_MEDIA' })
    expect(await post('application/json', '['.repeat(40) + ']'.repeat(40))).toMatchObject({
      code: 'TOO_DEEP',
    })
  })

  it.each(table)(
    '%s lets workers in by token only, and others from this machine only',
    async (name, route) => {
      const anonymous = await send(route, cases[name].good, {})
      expect(anonymous.statusCode).toBe(route.permission === 'worker' ? 401 : 200)
      const wrong = await send(route, cases[name].good, { authorization: 'Bearer wrong' })
      expect(wrong.json().error.code).toBe('UNAUTHENTICATED')
      expect(wrong.headers['www-authenticate']).toBe('Bearer')
    },
  )
})

describe('the server', () => {
  it('has a case for every route', () => {
    expect(Object.keys(cases).sort()).toEqual(Object.keys(routes).sort())
  })

  it('refuses a body over 10 MB before reading it all', async () => {
    const response = await app.inject({
      method: 'POST',
      url: '/api/v1/plan',
      headers: { 'content-type': 'application/json' },
      payload: `"${'x'.repeat(10 * 1024 * 1024)}"`,
    })
    expect(response.statusCode).toBe(413)
    expect(response.json().error.code).toBe('BODY_TOO_LARGE')
  })

  it('knows a wrong method from a wrong path', async () => {
    const method = await app.inject({ method: 'DELETE', url: '/api/v1/runs' })
    expect([method.statusCode, method.headers['allow'], method.json().error.code]).toEqual([
      405,
      'POST, GET',
      'METHOD_NOT_ALLOWED',
    ])
    const path = await app.inject({ method: 'GET', url: '/api/v1/nothing' })
    expect([path.statusCode, path.json().error.code]).toEqual([404, 'UNKNOWN_ROUTE'])
    const broken = await app.inject({ method: 'GET', url: '/api/v1/runs/%zz' })
    expect([broken.statusCode, broken.json().error.code]).toEqual([400, 'BAD_REQUEST'])
  })

  it('refuses pages of other sites and names that are not this machine', async () => {
    const url = '/api/v1/runs/prn_1/cancel'
    const origin = await app.inject({
      method: 'POST',
      url,
      headers: { host: 'localhost:4747', origin: 'http://evil.example' },
    })
    expect([origin.statusCode, origin.json().error.code]).toEqual([403, 'FORBIDDEN'])
    const rebound = await app.inject({
      method: 'GET',
      url: '/api/v1/runs',
      headers: { host: 'evil.example:4747' },
    })
    expect(rebound.json().error.code).toBe('FORBIDDEN')
    const own = await app.inject({
      method: 'POST',
      url,
      headers: { host: 'localhost:4747', origin: 'http://localhost:4747' },
    })
    expect(own.statusCode).toBe(200)
    const elsewhere = await app.inject({ method: 'GET', url: '/api/v1/runs', remoteAddress: '10.0.0.9' })
    expect(elsewhere.json().error.code).toBe('UNAUTHENTICATED')
  })

  it('acts in the name that the holder of the token says', async () => {
    const headers = { authorization: `Bearer ${token}`, 'fettle-principal': 'step:prn_1/train' }
    await app.inject({ method: 'POST', url: '/api/v1/runs/prn_1/cancel', headers })
    expect(services.calls.at(-1)).toEqual([
      'cancel',
      { id: 'prn_1', principal: { name: 'step:prn_1/train' } },
    ])
    const bad = await app.inject({
      method: 'GET',
      url: '/api/v1/runs',
      headers: { ...headers, 'fettle-principal': 'a b\u0007' },
    })
    expect(bad.json().error.code).toBe('BAD_REQUEST')
  })

  it('tells a fault by incident id only, and logs it', async () => {
    const broken = fakeServer()
    Object.assign(broken.services.pipelines, {
      getRun: () => Promise.reject(new TypeError('secret path /home/x')),
    })
    const response = await broken.app.inject({ method: 'GET', url: '/api/v1/runs/prn_1' })
    const { error } = response.json()
    expect([response.statusCode, error.code]).toEqual([500, 'INTERNAL'])
    expect(response.body).not.toContain('secret')
    expect(broken.faults).toMatchObject([{ incident: error.details.incident, requestId: error.requestId }])
    expect(faults).toEqual([])
  })

  it('asks to be tried again only where nothing was begun', async () => {
    const busy = fakeServer()
    const answer = async (code: 'OVERLOADED' | 'NOT_READY') => {
      Object.assign(busy.services.deployments, {
        deploy: () => Promise.reject(new FettleError(code, 'later')),
      })
      const headers = { 'content-type': 'application/json' }
      return (
        await busy.app.inject({
          method: 'POST',
          url: '/api/v1/deployments/late/deploy',
          headers,
          payload: '{}',
        })
      ).headers['retry-after']
    }
    expect([await answer('OVERLOADED'), await answer('NOT_READY')]).toEqual(['1', undefined])
  })

  it('echoes a request id that was sent', async () => {
    const response = await app.inject({
      method: 'GET',
      url: '/api/v1/health',
      headers: { 'fettle-request-id': 'mine-1' },
    })
    expect(response.headers['fettle-request-id']).toBe('mine-1')
  })

  it('sends bytes as they are', async () => {
    const response = await app.inject({ method: 'GET', url: `/api/v1/objects/${hash}` })
    expect([...response.rawPayload]).toEqual([1, 2, 255])
    expect(response.headers['content-type']).toBe('application/octet-stream')
  })

  it('says NaN by name', async () => {
    const run = await app.inject({ method: 'GET', url: '/api/v1/experiment-runs/run_1' })
    expect(run.json().metrics).toEqual({ loss: 'NaN' })
    const history = await app.inject({ method: 'GET', url: '/api/v1/experiment-runs/run_1/metrics?key=loss' })
    expect(history.json().points.map((point: { value: unknown }) => point.value)).toEqual(['NaN'])
  })

  it('describes every route', async () => {
    const { paths } = (await app.inject({ method: 'GET', url: '/openapi.json' })).json()
    const described = Object.values<object>(paths).flatMap(path =>
      Object.values(path).map(operation => operation.operationId),
    )
    expect(described.sort()).toEqual(Object.keys(routes).sort())
    expect(paths['/api/v1/runs/{id}'].get.parameters).toEqual([
      { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
    ])
  })
})
