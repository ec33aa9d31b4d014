import type { Random } from './random.ts'
import { post, type Scenario, type Step } from './step.ts'

const statuses = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']
const texts = ['a', 'b', 'Abc', 'abc', 'é', 'x%y', 'x_y', '10', '9', '0.5', '', 'ﬀ', 'ünï cödé', "it's", '🦩']
const keys = ['p', 'q.r', 'with space', 'with-dash', 'a/b', 'ключ']
const numbers = [0, -1, 1, 0.5, 1e-9, 1e300, 'NaN', 'Infinity', '-Infinity', 2, 3]

/** Runs of one experiment that differ in everything a search may ask about. */
export function runStore(random: Random, count: number): Step[] {
  const steps: Step[] = [
    post('/experiments/create', { name: 'searched' }, { save: { searched: '/experiment_id' } }),
    post('/experiments/create', { name: 'searched too' }, { save: { other: '/experiment_id' } }),
  ]
  for (let at = 0; at < count; at++) {
    const id = `@{s${at}}`
    const pairs = (list: readonly string[]) =>
      list.filter(() => random.chance(0.5)).map(key => ({ key, value: random.pick(texts) }))
    steps.push(
      post(
        '/runs/create',
        {
          experiment_id: at % 5 === 4 ? '@{other}' : '@{searched}',
          run_name: random.pick(['alpha', 'beta', 'Gamma', 'gamma ray', `run-${at}`]),
          user_id: random.pick(['ann', 'bob']),
          start_time: 1000 + ((at * 7) % count) * 10,
          tags: pairs(keys).filter(({ value }) => value !== ''),
        },
        { save: { [`s${at}`]: '/run/info/run_id' } },
      ),
      post('/runs/log-batch', {
        run_id: id,
        params: pairs(keys),
        metrics: keys
          .filter(() => random.chance(0.6))
          .flatMap(key =>
            Array.from({ length: 1 + random.below(3) }, (_, step) => ({
              key,
              value: random.pick(numbers),
              timestamp: random.below(50),
              step: random.pick([0, step, -step]),
            })),
          ),
      }),
    )
    if (random.chance(0.6))
      steps.push(
        post('/runs/log-inputs', {
          run_id: id,
          datasets: [
            {
              tags: [{ key: 'mlflow.data.context', value: random.pick(['train', 'test']) }],
              dataset: {
                ...{ name: random.pick(['iris', 'Wine', 'ünï']), digest: random.pick(['d1', 'd2']) },
                ...{ source_type: 'local', source: 'here' },
              },
            },
          ],
        }),
      )
    if (random.chance(0.8))
      steps.push(
        post('/runs/update', { run_id: id, status: random.pick(statuses), end_time: 2000 + random.below(9) }),
      )
    if (random.chance(0.15)) steps.push(post('/runs/delete', { run_id: id }))
  }
  return steps
}

const attributes = ['attributes', 'attribute', 'attr', 'run']
const quotes = (text: string, random: Random): string => {
  const mark = text.includes("'") ? '"' : random.pick(["'", '"'])
  return `${mark}${text}${mark}`
}

function keyOf(random: Random): string {
  const key = random.pick([...keys, 'absent'])
  const plain = /^[\w.]+$/.test(key) && random.chance(0.6)
  return plain ? key : random.pick([`\`${key}\``, `"${key}"`])
}

const compared = ['=', '!=', '<', '<=', '>', '>=']
const matched = ['=', '!=', 'LIKE', 'ILIKE', 'like', 'ilike', 'Like']
const patterns = ['%', 'a%', '%B%', '_', '__', 'x\\%y', 'é%', '%10%', 'gamma%', '%Ünï%', 'ﬀ%', 'x_y']

function clause(random: Random): string {
  const space = () => random.pick([' ', ' ', '  ', ''])
  const text = (operator: string) =>
    quotes(/like/i.test(operator) ? random.pick(patterns) : random.pick(texts), random)
  switch (random.below(9)) {
    case 0:
    case 1: {
      const value = random.pick([
        '0',
        '-1',
        '1',
        '0.5',
        '1e-9',
        '1E300',
        '-1e-2',
        '+1',
        '.5',
        '5.',
        '007',
        '1e400',
      ])
      return `${random.pick(['metrics', 'metric'])}.${keyOf(random)}${space()}${random.pick(compared)}${space()}${value}`
    }
    case 2: {
      const operator = random.pick(matched)
      return `${random.pick(['params', 'param', 'parameter', 'parameters'])}.${keyOf(random)} ${operator} ${text(operator)}`
    }
    case 3: {
      const operator = random.pick(matched)
      return `${random.pick(['tags', 'tag'])}.${keyOf(random)} ${operator} ${text(operator)}`
    }
    case 4: {
      const operator = random.pick(matched)
      const field = random.pick([
        'run_name',
        '`run_name`',
        '"run_name"',
        '`Run name`',
        '"Run name"',
        'run name',
        'user_id',
        'status',
        'artifact_uri',
      ])
      const prefix = random.chance(0.5) ? '' : `${random.pick(attributes)}.`
      const value = field.includes('status')
        ? quotes(random.pick([...statuses, 'finished', 'Running']), random)
        : quotes(random.pick(['alpha', 'Gamma', 'gamma%', '%A%', 'ann', 'FINISHED', '%ar%']), random)
      return `${prefix}${field} ${operator} ${value}`
    }
    case 5: {
      const prefix = random.chance(0.5) ? '' : `${random.pick(attributes)}.`
      return `${prefix}${random.pick(['start_time', 'end_time', 'created', 'Created'])}${space()}${random.pick(compared)}${space()}${random.pick(['1030', '2003', '0', '-5', '1e3', '1030.5', "'1030'"])}`
    }
    case 6: {
      const list = random.pick([
        "('@{s0}', '@{s1}')",
        "('@{s2}')",
        '("@{s0}",\'@{s3}\')',
        "('nope')",
        '()',
        "('@{s0}',)",
        "('@{s0}' '@{s1}')",
        "'@{s0}'",
      ])
      return `${random.pick(['', 'attributes.', 'attr.'])}${random.pick(['run_id', 'run_id', 'run_name', 'status'])} ${random.pick(['IN', 'NOT IN', 'in', 'not in', 'Not In', 'NOT  IN'])} ${list}`
    }
    case 7: {
      const operator = random.pick(['=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN'])
      const field = random.pick(['name', 'digest', 'context'])
      const value = random.pick(['iris', 'wine', 'Wine', 'd1', 'train', 'ünï', '%I%'])
      const sent = / ?IN$/.test(operator) ? `('${value}', "d2")` : quotes(value, random)
      return `${random.pick(['dataset', 'datasets'])}.${field} ${operator} ${sent}`
    }
    default:
      return random.pick(oddClauses)
  }
}

const oddClauses = [
  "metrics.p = 'x'",
  'params.p = 1',
  'params.p > 1',
  "params.p > '1'",
  'tags.p = 1',
  "metrics.p LIKE 'a'",
  "attributes.nope = 'x'",
  "nope.p = 'x'",
  "p = 'x'",
  'metrics.p',
  'metrics.p =',
  '= 1',
  "'x' = params.p",
  'params.p = x',
  "params.p == 'a'",
  "params.p <> 'a'",
  "params.p = 'a",
  'params.p = "a\'',
  "params.p = 'it''s'",
  "params.p = 'a' params.q.r = 'b'",
  "params.p = 'a',",
  "params. = 'a'",
  ".p = 'a'",
  "params.`p = 'a'",
  "PARAMS.p = 'a'",
  "Params.p = 'a'",
  'metrics.`a/b` > 0',
  'metrics."a/b" > 0',
  "metrics.'a/b' > 0",
  'metrics.a/b > 0',
  'metrics.with-dash > 0',
  'metrics.ключ > 0',
  "params.ключ = 'a'",
  "status = 'FINISHED'",
  "attributes.status > 'A'",
  "start_time > '1'",
  "run_id = '@{s0}'",
  "run_id != '@{s0}'",
  "run_id LIKE '%'",
  "params.p = ''",
  "tags.p = ''",
  'metrics.p > NaN',
  "metrics.p > 'NaN'",
  'metrics.p > Infinity',
  'metrics.p = 1 AND',
  'AND metrics.p = 1',
  'metrics.p = 1 AND AND metrics.p = 1',
  ' ',
  ';',
  "params.p = 'a';",
  "params.p = 'a' -- x",
  "params.p = 'a' /* c */",
  'metrics.p>0',
  'metrics.p=-1',
  "params.p='a'",
  "params.p LIKE'a%'",
  "run_name = 'alpha'",
  "tags.`mlflow.runName` = 'alpha'",
  "tags.mlflow.runName = 'alpha'",
  'tags."mlflow.runName" LIKE \'a%\'',
  "attributes.run_name IN ('alpha','beta')",
  "params.p IN ('a','b')",
  "tags.p IN ('a')",
  'metrics.p IN (1,2)',
  "lifecycle_stage = 'active'",
  "experiment_id = '1'",
  'metrics.p.q > 1',
  "params.q.r = 'a'",
  "params.`q.r` = 'a'",
  'params."q.r" = \'a\'',
  "dataset.tags = 'x'",
  "dataset.name > 'x'",
  "datasets.context = 'train'",
  "model.name = 'x'",
  "params.p NOT LIKE 'a%'",
  "NOT params.p = 'a'",
  'params.p IS NULL',
  "(params.p = 'a')",
  "params.p = 'a' OR params.p = 'b'",
]

function order(random: Random): string {
  const field = random.pick([
    'metrics.p',
    'metrics.`a/b`',
    'metrics."with space"',
    'metrics.absent',
    'params.p',
    'params.`q.r`',
    'tags.p',
    'tags.`with-dash`',
    'attributes.start_time',
    'start_time',
    'end_time',
    'attribute.end_time',
    'status',
    'run_name',
    'user_id',
    'created',
    'Created',
    '`Run name`',
    'attributes.`start_time`',
    'metric.p',
    'param.p',
    'tag.p',
    'parameter.p',
    'dataset.name',
    'metrics.ключ',
    'nope',
    'attributes.nope',
    'metrics.',
    'lifecycle_stage',
    'experiment_id',
    'name',
  ])
  return `${field}${random.pick(['', ' ASC', ' DESC', ' asc', ' desc', '  DESC', ' Desc', ' ASC DESC', ' down', ' ASC,'].slice(0, random.chance(0.9) ? 7 : 10))}`
}

export function runSearches(random: Random, count: number): Scenario {
  const steps: Step[] = runStore(random, 20)
  const experiment_ids = ['@{searched}', '@{other}']
  for (const odd of oddClauses) steps.push(post('/runs/search', { experiment_ids, filter: odd }))
  for (let at = 0; at < count; at++) {
    const filter = Array.from({ length: 1 + random.below(3) }, () => clause(random)).join(
      random.pick([' AND ', ' and ', ' And ', '  AND  ']),
    )
    const order_by = Array.from({ length: random.below(3) }, () => order(random))
    steps.push(
      post('/runs/search', {
        experiment_ids: random.pick([experiment_ids, ['@{searched}'], ['@{other}', '999']]),
        ...(random.chance(0.7) ? { filter } : {}),
        ...(order_by.length === 0 ? {} : { order_by }),
        run_view_type: random.pick(['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL', 1, 2, 3, undefined]),
      }),
    )
  }
  for (const max_results of [1, 3, 7]) {
    const query = { experiment_ids, max_results, order_by: ['metrics.p DESC'], run_view_type: 'ALL' }
    steps.push(post('/runs/search', query, { save: { page: '/next_page_token' } }))
    for (let page = 0; page < 4; page++)
      steps.push(
        post('/runs/search', { ...query, page_token: '@{page}' }, { save: { page: '/next_page_token' } }),
      )
  }
  return { name: 'run searches', steps }
}
