import type { Random } from './random.ts'
import { get, patch, post, remove, type Scenario, type Step } from './step.ts'

/** Calls in an order nobody thought of, each followed by a look at what it touched. */
export function walks(random: Random, size: number): Scenario[] {
  return [
    { name: 'a walk over runs', steps: runWalk(random, size) },
    { name: 'a walk over the registry', steps: registryWalk(random, size) },
  ]
}

const words = ['a', 'b', 'a/b', 'ключ', 'with space', 'A']
const bad = [
  '',
  '/a',
  'a/',
  'a//b',
  '../a',
  './a',
  'a/../b',
  '.',
  '..',
  'a\tb',
  'a\nb',
  'a#b',
  'a%b',
  '🦩',
  'x'.repeat(250),
  'x'.repeat(251),
  'é'.repeat(250),
  'a:b',
  'a\\b',
  ' a',
  'a ',
  '...',
  'a/.',
  'a/..b',
]
const values = ['v', 'w', '', 'é', ' ', 'x'.repeat(6000), 'y'.repeat(5000), '1']
const numbers = [
  0,
  1,
  -1,
  0.1,
  'NaN',
  'Infinity',
  '-Infinity',
  '1.5',
  '1e3',
  1e308,
  5e-324,
  -0,
  '0x10',
  ' 1',
  'inf',
  '',
]

function runWalk(random: Random, size: number): Step[] {
  const steps: Step[] = []
  for (let at = 0; at < 3; at++)
    steps.push(
      post('/experiments/create', { name: `walk-${at}` }, { save: { [`we${at}`]: '/experiment_id' } }),
    )
  for (let at = 0; at < 4; at++) steps.push(newRun(random, at))
  for (let at = 0; at < size; at++) {
    const run = `@{wr${random.below(4)}}`
    const experiment = `@{we${random.below(3)}}`
    const key = random.chance(0.75) ? random.pick(words) : random.pick(bad)
    const value = random.pick(values)
    const step = random.pick<() => Step>([
      () =>
        post('/runs/log-metric', {
          run_id: run,
          key,
          value: random.pick(numbers),
          timestamp: random.pick([0, 1, 2, 99, -1, '5', 253402300800000]),
          step: random.pick([0, 1, -5, '2', undefined, 9007199254740991]),
        }),
      () => post('/runs/log-parameter', { run_id: run, key, value }),
      () => post('/runs/set-tag', { run_id: run, key: random.chance(0.2) ? 'mlflow.runName' : key, value }),
      () => post('/runs/delete-tag', { run_id: run, key }),
      () => batch(random, run),
      () =>
        post('/runs/update', {
          run_id: run,
          status: random.pick(['FINISHED', 'RUNNING', 3, '4', 'FAILED', undefined]),
          end_time: random.pick([5, undefined, '7']),
          run_name: random.pick(['x', '', undefined, 'é', 'x'.repeat(251)]),
        }),
      () => post(random.pick(['/runs/delete', '/runs/restore']), { run_id: run }),
      () =>
        post(random.pick(['/experiments/delete', '/experiments/restore', '/experiments/restore']), {
          experiment_id: experiment,
        }),
      () =>
        post('/experiments/update', {
          experiment_id: experiment,
          new_name: random.pick(['walk-0', 'walk-1', 'renamed', 'é', 'x'.repeat(500), 'x'.repeat(501), ' ']),
        }),
      () =>
        post('/experiments/set-experiment-tag', {
          experiment_id: experiment,
          key,
          value: value.slice(0, 5000),
        }),
      () => post('/experiments/delete-experiment-tag', { experiment_id: experiment, key }),
      () => newRun(random, random.below(4)),
      () =>
        post('/runs/log-inputs', {
          run_id: run,
          datasets: [dataset(random), dataset(random)].slice(random.below(3)),
        }),
    ])()
    steps.push(step, get('/runs/get', { run_id: run }))
    if (step.call.includes('experiments')) steps.push(get('/experiments/get', { experiment_id: experiment }))
    if (random.chance(0.3))
      steps.push(
        get('/metrics/get-history', {
          run_id: run,
          metric_key: random.pick(words),
          ...(random.chance(0.5)
            ? { max_results: random.pick(['1', '3', '0', '-1', '25001', '25000']) }
            : {}),
        }),
      )
    if (random.chance(0.2)) steps.push(get('/metrics/get-history-bulk-interval', interval(random)))
    if (random.chance(0.1))
      steps.push(
        post('/experiments/search-datasets', { experiment_ids: [experiment] }, {
          call: 'POST /ajax-api/2.0/mlflow/experiments/search-datasets',
        } as object),
      )
  }
  return steps
}

function newRun(random: Random, at: number): Step {
  const tags = [
    ...(random.chance(0.3) ? [{ key: 'mlflow.runName', value: random.pick(['one', 'two']) }] : []),
    ...(random.chance(0.3)
      ? [
          { key: 'mlflow.user', value: 'tagged' },
          { key: 'mlflow.parentRunId', value: '@{wr0}' },
        ]
      : []),
  ]
  return post(
    '/runs/create',
    {
      experiment_id: '@{we2}',
      run_name: 'one',
      user_id: random.pick(['ann', undefined, '']),
      start_time: random.pick([0, 5, '7', 1.0]),
      tags,
    },
    { save: { [`wr${at}`]: '/run/info/run_id' } },
  )
}

function batch(random: Random, run: string): Step {
  const pairs = () =>
    Array.from({ length: random.below(3) }, () => ({
      key: random.chance(0.9) ? random.pick(words) : random.pick(bad),
      value: random.pick(values),
    }))
  return post('/runs/log-batch', {
    run_id: run,
    metrics: Array.from({ length: random.below(5) }, () => ({
      key: random.chance(0.95) ? random.pick(words) : random.pick(bad),
      value: random.pick(numbers.slice(0, 11)),
      timestamp: random.below(4),
      step: random.pick([0, 1, 2, -3, undefined]),
    })),
    params: pairs(),
    tags: pairs(),
  })
}

function dataset(random: Random): object {
  return {
    tags: random.chance(0.6)
      ? [{ key: random.pick(['mlflow.data.context', 'k']), value: random.pick(['train', 'v', '']) }]
      : [],
    dataset: {
      name: random.pick(['n', 'é', 'x'.repeat(500), 'x'.repeat(501)]),
      digest: random.pick(['d', 'x'.repeat(36), 'x'.repeat(37)]),
      source_type: 'local',
      source: random.pick(['s', 'x'.repeat(65535), 'x'.repeat(65536)]),
      ...(random.chance(0.5) ? { schema: 'sch', profile: '' } : {}),
    },
  }
}

function interval(random: Random): Record<string, string | readonly string[]> {
  return {
    run_ids: random.pick([
      ['@{wr0}'],
      ['@{wr0}', '@{wr1}'],
      ['@{wr1}', '@{wr0}', '@{wr2}'],
      ['nope'],
      [],
      ['@{wr0}', '@{wr0}'],
    ]),
    metric_key: random.pick([...words, 'absent']),
    ...(random.chance(0.4) ? { start_step: random.pick(['0', '-5', '1', 'x', '', '1.5']) } : {}),
    ...(random.chance(0.4) ? { end_step: random.pick(['0', '2', '-9', '', 'x']) } : {}),
    ...(random.chance(0.5)
      ? { max_results: random.pick(['1', '2', '3', '0', '-1', '2500', '2501', 'x', '']) }
      : {}),
  }
}

const names = ['m', 'n', 'é m', 'm.1', 'x'.repeat(256), 'M', '']
const sources = [
  's3://b/x',
  's3://b/y',
  'runs:/@{rr}/model',
  '/tmp/x',
  'file:///x',
  'models:/m/1',
  's3://b/../x',
  'mlflow-artifacts:/1/x',
  'x',
  'https://example.com/a',
  'models:/@{rl}',
  'models:/nope/1',
  'models:/m-00000000000000000000000000000000',
  '../x',
  's3:/b/x',
  'gs://b/x%2e%2e/y',
  'runs:/nope/x',
  'models:/m@champion',
  's3://b/x?versionId=1',
  's3://b/a b',
]
/** 3.17 wants the source to lie within the run that is named; 3.6 did not ask. */
function sourced(random: Random): object {
  const source = random.pick(random.chance(0.4) ? sources.slice(0, 2) : sources)
  return source.startsWith('s3://b/x') && random.chance(0.5) ? { source, run_id: '@{rr}' } : { source }
}

const aliases = [
  'champion',
  'Champion',
  'latest',
  'Latest',
  'v1',
  'V12',
  'v1a',
  'a b',
  'é',
  'a_b-c',
  '1',
  'x'.repeat(255),
  'x'.repeat(256),
  'a.b',
  'a/b',
  '',
]
const stages = [
  'None',
  'Staging',
  'Production',
  'Archived',
  'staging',
  'PRODUCTION',
  'none',
  'nope',
  '',
  'archived',
]

function registryWalk(random: Random, size: number): Step[] {
  const steps: Step[] = [
    post(
      '/runs/create',
      { experiment_id: '0', run_name: 'rr', start_time: 1 },
      { save: { rr: '/run/info/run_id' } },
    ),
    post(
      '/logged-models',
      { experiment_id: '0', name: 'rl', source_run_id: '@{rr}' },
      { save: { rl: '/model/info/model_id' } },
    ),
    post('/registered-models/create', { name: 'm' }),
    post('/registered-models/create', { name: 'n' }),
    post('/model-versions/create', { name: 'm', source: 's3://b/x' }),
    post('/model-versions/create', { name: 'm', source: 's3://b/y' }),
    post('/model-versions/create', { name: 'n', source: 's3://b/y' }),
  ]
  for (let at = 0; at < size; at++) {
    const name = random.chance(0.85) ? random.pick(['m', 'n']) : random.pick(names)
    const version = random.pick(['1', '2', '1', '2', '3', '4', '0', '-1', 'x', '01', '1.0', '99', ' 1', ''])
    const key = random.pick(['k', 'ключ', 'a/b', 'x'.repeat(250), 'x'.repeat(251), '../x', 'a b', 'a#', ''])
    const value = random.pick([
      'v',
      '',
      'x'.repeat(5001),
      'x'.repeat(100_000),
      'x'.repeat(100_001),
      undefined,
    ])
    const stage = random.pick(stages)
    const alias = random.pick(random.chance(0.6) ? aliases.slice(0, 2) : aliases)
    const step = random.pick<() => Step>([
      () =>
        post('/registered-models/create', {
          name,
          description: random.pick(['', 'd', undefined]),
          tags: random.pick([
            [],
            [{ key, value }],
            [
              { key: 'k', value: '1' },
              { key: 'k', value: '2' },
            ],
          ]),
        }),
      () => post('/registered-models/rename', { name, new_name: random.pick(['m', 'n', 'o', ...names]) }),
      () => post('/registered-models/rename', { name: 'o', new_name: random.pick(['m', 'n']) }),
      () =>
        patch('/registered-models/update', {
          name,
          description: random.pick(['', 'd', undefined, 'x'.repeat(5001)]),
        }),
      () => remove('/registered-models/delete', { name: random.pick([name, 'nope', 'nope', 'nope']) }),
      () => post('/registered-models/set-tag', { name, key, value }),
      () => remove('/registered-models/delete-tag', { name, key }),
      () => post('/registered-models/alias', { name, alias, version }),
      () => remove('/registered-models/alias', { name, alias }),
      () => get('/registered-models/alias', { name, alias }),
      () =>
        post('/model-versions/create', {
          name,
          ...sourced(random),
          ...(random.chance(0.3) ? { description: 'x', run_link: 'l', tags: [{ key, value }] } : {}),
        }),
      () =>
        patch('/model-versions/update', { name, version, description: random.pick(['', 'd', undefined]) }),
      () => remove('/model-versions/delete', { name, version: random.pick([version, '98', '97']) }),
      () => post('/model-versions/set-tag', { name, version, key, value }),
      () => remove('/model-versions/delete-tag', { name, version, key }),
      () =>
        post('/model-versions/transition-stage', {
          name,
          version,
          stage,
          ...(random.chance(0.5) ? { archive_existing_versions: random.pick([true, false, 'true']) } : {}),
        }),
      () =>
        get('/registered-models/get-latest-versions', {
          name,
          ...(random.chance(0.6)
            ? { stages: random.pick([[stage], ['Production', 'Staging'], ['None', 'None'], []]) }
            : {}),
        }),
      () =>
        post('/registered-models/get-latest-versions', {
          name,
          stages: random.pick([[stage], ['Production', 'Staging'], []]),
        }),
      () => get('/model-versions/get-download-uri', { name, version }),
    ])()
    steps.push(
      step,
      get('/registered-models/get', { name: random.pick([name, 'm']) }),
      get('/model-versions/get', { name, version: random.pick([version, '1']) }),
    )
    if (random.chance(0.1))
      steps.push(
        get('/model-versions/search', { filter: "name = 'm'", order_by: ['version_number ASC'] }),
        get('/registered-models/search', { order_by: ['name'], max_results: '1000' }),
      )
  }
  return steps
}
