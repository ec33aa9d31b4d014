import { hash } from '../../support/sample-records.ts'
import type { RouteCalls } from './model.ts'

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

export const projectsAndRuns = {
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
} satisfies RouteCalls
