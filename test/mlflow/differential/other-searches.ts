import { comparing, connectives, filterOf, type Grammar, orderOf, texts } from './grammar.ts'
import { loggedSteps } from './logged-model-searches.ts'
import type { Random } from './random.ts'
import { get, post, type Scenario, type Step } from './step.ts'

const experiments: Grammar = {
  fields: [
    'name',
    'attribute.name',
    'attributes.name',
    'attr.name',
    'tags.t',
    'tag.t',
    'tags.`t u`',
    'tags."t.u"',
    'tags.t.u',
    'creation_time',
    'last_update_time',
    'attribute.creation_time',
    'experiment_id',
    'lifecycle_stage',
    'artifact_location',
    'nope.x',
    'params.x',
    '`name`',
    '"name"',
    'Name',
  ],
  operators: comparing,
  values: texts,
  odd: [
    ...connectives,
    "creation_time > 'x'",
    'creation_time > 0',
    'creation_time >= 1',
    'last_update_time < 99999999999999',
    'tags.t = 1',
    "tags. = 'a'",
  ],
  orders: [
    'name',
    'experiment_id',
    'creation_time',
    'last_update_time',
    'attribute.name',
    '`name`',
    'tags.t',
    'nope',
    'lifecycle_stage',
    'name ASC name',
    '',
  ],
}

function experimentSteps(random: Random, count: number): Step[] {
  const steps: Step[] = []
  for (let at = 0; at < 8; at++) {
    const tags = ['t', 't u', 't.u']
      .filter(() => random.chance(0.6))
      .map(key => ({ key, value: random.pick(['a', 'A', 'b', 'é', 'aBc', "it's"]) }))
    steps.push(
      post(
        '/experiments/create',
        { name: random.pick([`exp-${at}`, `EXP-${at}`, `é${at}`, `a_${at}`]), tags },
        { save: { [`e${at}`]: '/experiment_id' } },
      ),
    )
  }
  steps.push(post('/experiments/delete', { experiment_id: '@{e3}' }))
  for (let at = 0; at < count; at++) {
    const order_by = orderOf(random, experiments)
    steps.push(
      post('/experiments/search', {
        max_results: 200,
        ...(random.chance(0.8) ? { filter: filterOf(random, experiments) } : {}),
        ...(order_by.length === 0 || random.chance(0.4)
          ? { order_by: ['name'] }
          : { order_by: [...order_by, 'name'] }),
        view_type: random.pick(['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL', 1, 2, 3, undefined]),
      }),
    )
  }
  return steps
}

const models: Grammar = {
  fields: [
    'name',
    'attribute.name',
    'attributes.name',
    'tags.t',
    'tag.t',
    'tags.`t u`',
    'tags."t.u"',
    'tags.t.u',
    'timestamp',
    'description',
    'nope.x',
    '`name`',
    '"name"',
    'version',
    'run_id',
    'alias',
    'tags.`mlflow.prompt.is_prompt`',
    'tag.mlflow.prompt.is_prompt',
  ],
  operators: comparing,
  values: [...texts, "'true'", "'false'", "'m%'", "'M-1'"],
  odd: [
    ...connectives,
    "tags. = 'a'",
    "name LIKE 'm%' AND tag.`mlflow.prompt.is_prompt` != 'true'",
    "tags.`mlflow.prompt.is_prompt` = 'false'",
    "tags.`mlflow.prompt.is_prompt` = 'true'",
  ],
  orders: [
    'name',
    'timestamp',
    'last_updated_timestamp',
    'creation_timestamp',
    'nope',
    'tags.t',
    'attribute.name',
    '`name`',
    'name name',
    '',
  ],
}
const versions: Grammar = {
  fields: [
    'name',
    'run_id',
    'source_path',
    'source',
    'version_number',
    'version',
    'tags.t',
    'tag.t',
    'tags.`t u`',
    'current_stage',
    'attribute.name',
    'attributes.run_id',
    'status',
    'nope.x',
    'user_id',
    '`run_id`',
    'tags.`mlflow.prompt.is_prompt`',
  ],
  operators: comparing,
  values: [
    ...texts,
    "'m-1'",
    "'m%'",
    '2',
    "'2'",
    "'@{vr}'",
    "('@{vr}')",
    "('@{vr}', 'x')",
    "'s3://b/%'",
    "'true'",
  ],
  odd: [
    ...connectives,
    'version_number > 1',
    'version_number = 1.5',
    "name = 'm-1' AND version_number >= 2",
    "run_id IN ('@{vr}')",
    "run_id NOT IN ('@{vr}')",
    'run_id IN ()',
    "name IN ('m-1')",
  ],
  orders: [
    'name',
    'version_number',
    'creation_timestamp',
    'last_updated_timestamp',
    'version',
    'run_id',
    'source_path',
    'nope',
    'tags.t',
    'name name',
  ],
}

function registrySteps(random: Random, count: number): Step[] {
  const steps: Step[] = [
    post(
      '/runs/create',
      { experiment_id: '0', run_name: 'v', start_time: 1 },
      { save: { vr: '/run/info/run_id' } },
    ),
  ]
  const tagged = () =>
    ['t', 't u', 't.u']
      .filter(() => random.chance(0.5))
      .map(key => ({ key, value: random.pick(['a', 'A', 'b', 'é', '']) }))
  for (let at = 0; at < 7; at++) {
    const name = random.pick([`m-${at}`, `M-${at}`, `é ${at}`])
    const prompt = random.chance(0.3)
      ? [{ key: 'mlflow.prompt.is_prompt', value: random.pick(['true', 'true', 'false']) }]
      : []
    steps.push(
      post(
        '/registered-models/create',
        { name, tags: [...tagged(), ...prompt], description: random.pick(['', 'd']) },
        { save: { [`m${at}`]: '/registered_model/name' } },
      ),
    )
    for (let version = 0; version < random.below(4); version++)
      steps.push(
        post('/model-versions/create', {
          name,
          source: prompt[0]?.value === 'true' ? 'dummy-source' : random.pick(['s3://b/one', 's3://b/Two']),
          tags: [...tagged(), ...prompt],
          ...(random.chance(0.5) ? { run_id: '@{vr}' } : {}),
        }),
      )
  }
  for (let at = 0; at < count; at++) {
    const [path, grammar] = random.pick([
      ['/registered-models/search', models],
      ['/model-versions/search', versions],
    ] as const)
    const order_by = orderOf(random, grammar)
    steps.push(
      get(path, {
        ...(random.chance(0.8) ? { filter: filterOf(random, grammar) } : {}),
        order_by: order_by.length === 0 ? ['name'] : [...order_by],
      }),
    )
  }
  return steps
}

export function otherSearches(random: Random, count: number): Scenario[] {
  return [
    { name: 'experiment searches', steps: experimentSteps(random, count) },
    { name: 'registry searches', steps: registrySteps(random, 2 * count) },
    { name: 'logged model searches', steps: loggedSteps(random, count) },
  ]
}
