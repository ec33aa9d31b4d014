import type { Field, Fields } from '../../../src/api/mlflow/fields.ts'
import { mlflowRoutes } from '../../../src/api/mlflow/routes.ts'
import type { Scenario, Step } from './step.ts'

/** What each field is given in turn. */
const odd: readonly unknown[] = [
  ...[
    null,
    '',
    'x',
    0,
    1,
    -1,
    1.5,
    '1',
    '1.5',
    ' 1',
    true,
    'true',
    [],
    {},
    ['x'],
    [1],
    [null],
    [{}],
    { a: 1 },
  ],
  ...[2 ** 53, 'NaN', 'nan', 'Infinity', '-inf', 'é\u0301', 'a\u0000b', '../x', 'a'.repeat(300)],
]

/** A request that is right, but for the values of fresh entities: `fresh` steps make them first. */
interface Base {
  readonly json: Readonly<Record<string, unknown>>
  /** Filled into the path. */
  readonly path?: Readonly<Record<string, string>>
}

const pair = { key: 'k', value: 'v' }
const bases: Readonly<Record<string, Base>> = {
  createExperiment: { json: { name: 'n', tags: [pair] } },
  getExperiment: { json: { experiment_id: '0' } },
  getExperimentByName: { json: { experiment_name: 'Default' } },
  searchExperiments: {
    json: { max_results: 1, filter: "name = 'Default'", order_by: ['name'], view_type: 'ALL' },
  },
  deleteExperiment: { json: { experiment_id: '@{me}' } },
  restoreExperiment: { json: { experiment_id: '@{me}' } },
  updateExperiment: { json: { experiment_id: '@{me}', new_name: 'n' } },
  setExperimentTag: { json: { experiment_id: '@{me}', ...pair } },
  deleteExperimentTag: { json: { experiment_id: '@{me}', key: 'k' } },
  createRun: { json: { experiment_id: '@{me}', run_name: 'r', user_id: 'u', start_time: 1, tags: [pair] } },
  getRun: { json: { run_id: '@{mr}' } },
  updateRun: { json: { run_id: '@{mr}', status: 'FINISHED', end_time: 5, run_name: 'r' } },
  deleteRun: { json: { run_id: '@{mr}' } },
  restoreRun: { json: { run_id: '@{mr}' } },
  searchRuns: {
    json: {
      experiment_ids: ['@{none}'],
      filter: '',
      max_results: 2,
      order_by: ['start_time'],
      run_view_type: 'ALL',
    },
  },
  logMetric: { json: { run_id: '@{mr}', key: 'k', value: 1, timestamp: 2, step: 3 } },
  logParam: { json: { run_id: '@{mr}', key: 'p', value: 'v' } },
  setTag: { json: { run_id: '@{mr}', key: 't', value: 'v' } },
  deleteTag: { json: { run_id: '@{mr}', key: 'none' } },
  logInputs: {
    json: {
      run_id: '@{mr}',
      datasets: [
        {
          tags: [pair],
          dataset: { name: 'n', digest: 'd', source_type: 't', source: 's', schema: 'x', profile: 'y' },
        },
      ],
    },
  },
  logOutputs: { json: { run_id: '@{mr}', models: [{ model_id: '@{ml}', step: 1 }] } },
  getMetricHistory: { json: { run_id: '@{mr}', metric_key: 'k', max_results: 5 } },
  getMetricHistoryBulkInterval: {
    json: { run_ids: ['@{mr}'], metric_key: 'k', start_step: 0, end_step: 5, max_results: 5 },
  },
  listArtifacts: { json: { run_id: '@{mr}', path: '' } },
  createLoggedModel: {
    json: {
      experiment_id: '@{me}',
      name: 'l',
      model_type: 't',
      source_run_id: '@{mr}',
      params: [pair],
      tags: [pair],
    },
  },
  getLoggedModel: { json: {}, path: { model_id: '@{ml}' } },
  finishLoggedModel: {
    json: { model_id: '@{ml}', status: 'LOGGED_MODEL_READY' },
    path: { model_id: '@{ml}' },
  },
  searchLoggedModels: {
    json: {
      ...{ experiment_ids: ['@{none}'], filter: '', max_results: 5 },
      ...{
        order_by: [{ field_name: 'name', ascending: true }],
        datasets: [{ dataset_name: 'd', dataset_digest: 'e' }],
      },
    },
  },
  setLoggedModelTags: { json: { model_id: '@{ml}', tags: [pair] }, path: { model_id: '@{ml}' } },
  logLoggedModelParams: {
    json: { model_id: '@{ml}', params: [{ key: 'lp', value: 'v' }] },
    path: { model_id: '@{ml}' },
  },
  createModel: { json: { name: 'n', tags: [pair], description: 'd' } },
  renameModel: { json: { name: 'mutated', new_name: 'n' } },
  updateModel: { json: { name: 'mutated', description: 'd' } },
  getModel: { json: { name: 'mutated' } },
  deleteModel: { json: { name: 'no such' } },
  searchModels: { json: { filter: "name = 'x'", max_results: 2, order_by: ['name'] } },
  getLatestVersions: { json: { name: 'mutated', stages: ['None'] } },
  setModelTag: { json: { name: 'mutated', ...pair } },
  deleteModelTag: { json: { name: 'mutated', key: 'k' } },
  setAlias: { json: { name: 'mutated', alias: 'a', version: '1' } },
  getAlias: { json: { name: 'mutated', alias: 'b' } },
  deleteAlias: { json: { name: 'mutated', alias: 'none' } },
  createVersion: {
    json: {
      name: 'mutated',
      source: 's3://b/x',
      run_id: '@{mr}',
      tags: [pair],
      run_link: 'l',
      description: 'd',
    },
  },
  getVersion: { json: { name: 'mutated', version: '1' } },
  searchVersions: { json: { filter: "name = 'x'", max_results: 2, order_by: ['name'] } },
  getDownloadUri: { json: { name: 'mutated', version: '1' } },
  updateVersion: { json: { name: 'mutated', version: '1', description: 'd' } },
  deleteVersion: { json: { name: 'mutated', version: '99' } },
  setVersionTag: { json: { name: 'mutated', version: '1', ...pair } },
  deleteVersionTag: { json: { name: 'mutated', version: '1', key: 'k' } },
  transitionStage: {
    json: { name: 'mutated', version: '1', stage: 'Staging', archive_existing_versions: false },
  },
}

/** Creating these again is refused for the name, so each gets its own. */
const named: Readonly<Record<string, string>> = {
  createExperiment: 'name',
  updateExperiment: 'new_name',
  createModel: 'name',
}

const fresh: readonly Step[] = [
  { call: 'POST /experiments/create', json: { name: 'mutated' }, save: { me: '/experiment_id' } },
  { call: 'POST /experiments/create', json: { name: 'none' }, save: { none: '/experiment_id' } },
  {
    call: 'POST /runs/create',
    json: { experiment_id: '@{me}', run_name: 'm', start_time: 1 },
    save: { mr: '/run/info/run_id' },
  },
  {
    call: 'POST /logged-models',
    json: { experiment_id: '@{me}', name: 'm' },
    save: { ml: '/model/info/model_id' },
  },
  { call: 'POST /registered-models/create', json: { name: 'mutated' } },
  { call: 'POST /model-versions/create', json: { name: 'mutated', source: 's3://b/x' } },
  { call: 'POST /registered-models/alias', json: { name: 'mutated', alias: 'b', version: '1' } },
]

/** Every field of every call, given every odd value, one at a time. Stores differ afterwards: played last. */
export function mutations(keep: (index: number) => boolean): Scenario {
  const steps: Step[] = []
  let count = 0
  for (const [name, { methods, path, request }] of Object.entries(mlflowRoutes)) {
    const base = bases[name]
    if (base === undefined) continue
    const own = path.replace(/:(\w+)/g, (_whole, key: string) => base.path?.[key] ?? '')
    for (const method of methods)
      for (const json of mutated(base.json, request, named[name])) {
        if (!keep(count++)) continue
        steps.push(method === 'GET' ? inQuery(own, json) : { call: `${method} ${own}`, json })
      }
  }
  return { name: 'mutations', steps: [...fresh, ...steps] }
}

function inQuery(path: string, json: Readonly<Record<string, unknown>>): Step {
  const query = Object.entries(json).flatMap(([key, value]) =>
    [value]
      .flat()
      .flatMap(item =>
        item === null ? [] : [[key, typeof item === 'string' ? item : JSON.stringify(item)] as const],
      ),
  )
  return { call: `GET ${path}`, query }
}

let unique = 0
function* mutated(
  base: Readonly<Record<string, unknown>>,
  fields: Fields,
  freshName: string | undefined,
): Generator<Readonly<Record<string, unknown>>> {
  for (const changed of changes(base, fields)) {
    const name = freshName !== undefined && changed[freshName] === 'n' ? { [freshName]: `n${++unique}` } : {}
    yield { ...changed, ...name }
  }
}

function* changes(
  base: Readonly<Record<string, unknown>>,
  fields: Fields,
): Generator<Readonly<Record<string, unknown>>> {
  for (const key of Object.keys(base)) {
    const { [key]: before, ...absent } = base
    yield absent
    for (const value of odd) yield { ...base, [key]: value }
    for (const inner of within(before, fields[key]?.field)) yield { ...base, [key]: inner }
  }
}

function* within(value: unknown, field: Field | undefined): Generator<unknown> {
  if (field?.kind === 'message') yield* changes(value as Readonly<Record<string, unknown>>, field.fields)
  if (field?.kind === 'list' && Array.isArray(value) && value.length > 0)
    for (const inner of within(value[0], field.of)) yield [inner]
}
