import type { Random } from './random.ts'
import { get, post, type Scenario, type Step } from './step.ts'

interface Grammar {
  readonly fields: readonly string[]
  readonly operators: readonly string[]
  readonly values: readonly string[]
  readonly odd: readonly string[]
  readonly orders: readonly string[]
}

function filterOf(random: Random, { fields, operators, values, odd }: Grammar): string {
  const clause = () =>
    random.chance(0.2)
      ? random.pick(odd)
      : `${random.pick(fields)} ${random.pick(operators)} ${random.pick(values)}`
  return Array.from({ length: 1 + random.below(2) }, clause).join(random.pick([' AND ', ' and ']))
}

function orderOf(random: Random, { orders }: Grammar): string[] {
  return Array.from(
    { length: random.below(3) },
    () => `${random.pick(orders)}${random.pick(['', ' ASC', ' DESC', ' desc', ' asc'])}`,
  )
}

const comparing = ['=', '!=', '<', '<=', '>', '>=', 'LIKE', 'ILIKE', 'IN', 'NOT IN', 'like', 'ilike']
const texts = [
  "'a'",
  "'A%'",
  '"a"',
  "'%b%'",
  "'exp-1'",
  "'EXP%'",
  "'exp_1'",
  "''",
  '1',
  '-1',
  '0.5',
  "'é%'",
  "('a', 'b')",
  "('exp-1','exp-2')",
  "('a')",
  '()',
  "'x",
  '"it\'s"',
  "'It''s'",
]
const connectives = [
  "name = 'a' OR name = 'b'",
  "NOT name = 'a'",
  "(name = 'a')",
  'name IS NULL',
  "name = 'a' AND",
  "AND name = 'a'",
  "name = 'a' name = 'b'",
  ';',
  ' ',
  "name = 'a';",
  'name',
  'name =',
]

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
  steps.push(post('/experiments/delete', { experiment_id: '${e3}' }))
  for (let at = 0; at < count; at++) {
    const order_by = orderOf(random, experiments)
    steps.push(
      post('/experiments/search', {
        max_results: 200,
        ...(random.chance(0.8) ? { filter: filterOf(random, experiments) } : {}),
        ...(order_by.length === 0 || random.chance(0.4)
          ? { order_by: ['name'] }
          : { order_by: [...order_by, 'experiment_id'] }),
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
    "'${vr}'",
    "('${vr}')",
    "('${vr}', 'x')",
    "'s3://b/%'",
    "'true'",
  ],
  odd: [
    ...connectives,
    'version_number > 1',
    'version_number = 1.5',
    "name = 'm-1' AND version_number >= 2",
    "run_id IN ('${vr}')",
    "run_id NOT IN ('${vr}')",
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
          source: random.pick(['s3://b/one', 's3://b/Two', 'dummy-source']),
          tags: [...tagged(), ...prompt],
          ...(random.chance(0.5) ? { run_id: '${vr}' } : {}),
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

const logged: Grammar = {
  fields: [
    'name',
    'model_id',
    'model_type',
    'status',
    'source_run_id',
    'creation_timestamp',
    'creation_time',
    'last_updated_timestamp',
    'last_updated_time',
    'metrics.m',
    'metrics.`m n`',
    'params.p',
    'params.`p q`',
    'tags.t',
    'tag.t',
    'attributes.name',
    'attribute.name',
    'attr.name',
    'nope.x',
    'experiment_id',
    'metric.m',
    'param.p',
    'nope',
    '`name`',
    '"name"',
  ],
  operators: comparing,
  values: [
    ...texts,
    "'READY'",
    "'PENDING'",
    "'LOGGED_MODEL_READY'",
    '0.9',
    '2',
    "'one'",
    "('one','two')",
    "'${l0}'",
    "('${l0}')",
    "'${lr}'",
    '1e3',
    '-5',
  ],
  odd: [
    ...connectives,
    "metrics.m > 'x'",
    'params.p > 1',
    "status = 'READY'",
    "metrics.m > 0.5 AND params.p = 'a'",
    "name = 'one' or name = 'two'",
    "model_id IN ('${l0}')",
  ],
  orders: [
    'name',
    'model_id',
    'creation_timestamp',
    'creation_time',
    'last_updated_timestamp',
    'status',
    'model_type',
    'source_run_id',
    'metrics.m',
    'metrics.`m n`',
    'params.p',
    'tags.t',
    'nope',
    'attributes.name',
    'artifact_uri',
    'experiment_id',
    '',
  ],
}

function loggedSteps(random: Random, count: number): Step[] {
  const steps: Step[] = [
    post('/experiments/create', { name: 'logged models' }, { save: { le: '/experiment_id' } }),
    post(
      '/runs/create',
      { experiment_id: '${le}', run_name: 'l', start_time: 1 },
      { save: { lr: '/run/info/run_id' } },
    ),
  ]
  for (let at = 0; at < 8; at++) {
    const pairs = (keys: readonly string[]) =>
      keys
        .filter(() => random.chance(0.6))
        .map(key => ({ key, value: random.pick(['a', 'A', 'b', 'é', '3']) }))
    steps.push(
      post(
        '/logged-models',
        {
          experiment_id: '${le}',
          name: random.pick(['one', 'two', 'One', 'ünï']),
          model_type: random.pick(['sk', 'Agent', undefined]),
          source_run_id: random.pick(['${lr}', undefined]),
          params: pairs(['p', 'p q']),
          tags: pairs(['t']),
        },
        { save: { [`l${at}`]: '/model/info/model_id' } },
      ),
      post('/runs/log-batch', {
        run_id: '${lr}',
        metrics: ['m', 'm n']
          .filter(() => random.chance(0.6))
          .flatMap(key =>
            [undefined, 'd1', 'd2']
              .filter(() => random.chance(0.6))
              .map(digest => ({
                key,
                value: random.pick([0.5, 0.9, 2, -1]),
                timestamp: 10 + at,
                step: random.below(3),
                model_id: `\${l${at}}`,
                ...(digest ? { dataset_name: 'ds', dataset_digest: digest } : {}),
              })),
          ),
      }),
    )
    if (random.chance(0.5))
      steps.push({
        call: `PATCH /logged-models/\${l${at}}`,
        json: {
          model_id: `\${l${at}}`,
          status: random.pick(['LOGGED_MODEL_READY', 2, 'LOGGED_MODEL_UPLOAD_FAILED']),
        },
      })
    steps.push(get(`/logged-models/\${l${at}}`))
  }
  steps.push({ call: 'DELETE /logged-models/${l5}', json: {} })
  for (let at = 0; at < count; at++) {
    const field = () => ({
      field_name: random.pick(logged.orders),
      ...(random.chance(0.5) ? { ascending: random.chance(0.5) } : {}),
      ...(random.chance(0.2) ? { dataset_name: 'ds' } : {}),
      ...(random.chance(0.15) ? { dataset_digest: 'd1' } : {}),
    })
    steps.push(
      post('/logged-models/search', {
        experiment_ids: ['${le}'],
        ...(random.chance(0.8) ? { filter: filterOf(random, logged) } : {}),
        ...(random.chance(0.3)
          ? {
              datasets: [
                {
                  dataset_name: random.pick(['ds', 'nope']),
                  ...(random.chance(0.5) ? { dataset_digest: random.pick(['d1', 'd2']) } : {}),
                },
              ],
            }
          : {}),
        ...(random.chance(0.5) ? { order_by: Array.from({ length: 1 + random.below(2) }, field) } : {}),
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
