import { comparing, connectives, filterOf, type Grammar, texts } from './grammar.ts'
import type { Random } from './random.ts'
import { get, post, type Step } from './step.ts'

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
    "'@{l0}'",
    "('@{l0}')",
    "'@{lr}'",
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
    "model_id IN ('@{l0}')",
  ],
  orders: [
    'name',
    'creation_timestamp',
    'creation_time',
    'last_updated_timestamp',
    'status',
    'model_type',
    'source_run_id',
    'metrics.m',
    'metrics.m n',
    'params.p',
    'tags.t',
    'nope',
    'attributes.name',
    'experiment_id',
    '',
  ],
}

/** Logged models that differ in everything a search may ask about, then searches of them. */
export function loggedSteps(random: Random, count: number): Step[] {
  const steps: Step[] = [
    post('/experiments/create', { name: 'logged models' }, { save: { le: '/experiment_id' } }),
    post(
      '/runs/create',
      { experiment_id: '@{le}', run_name: 'l', start_time: 1 },
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
          experiment_id: '@{le}',
          name: random.pick(['one', 'two', 'One', 'ünï']),
          model_type: random.pick(['sk', 'Agent', undefined]),
          source_run_id: random.pick(['@{lr}', undefined]),
          params: pairs(['p', 'p q']),
          tags: pairs(['t']),
        },
        { save: { [`l${at}`]: '/model/info/model_id' } },
      ),
      post('/runs/log-batch', {
        run_id: '@{lr}',
        metrics: ['m', 'm n']
          .filter(() => random.chance(0.6))
          .flatMap((key, place) =>
            [undefined, 'd1', 'd2', undefined, 'd1']
              .filter(() => random.chance(0.6))
              .map((digest, turn) => ({
                key,
                value: random.pick([0.5, 0.9, 2, -1]),
                timestamp: 10 + at + random.below(3),
                step: 10 * place + turn,
                model_id: `@{l${at}}`,
                ...(digest ? { dataset_name: 'ds', dataset_digest: digest } : {}),
              })),
          ),
      }),
    )
    if (random.chance(0.5))
      steps.push({
        call: `PATCH /logged-models/@{l${at}}`,
        json: {
          model_id: `@{l${at}}`,
          status: random.pick(['LOGGED_MODEL_READY', 2, 'LOGGED_MODEL_UPLOAD_FAILED']),
        },
      })
    steps.push(get(`/logged-models/@{l${at}}`))
  }
  steps.push({ call: 'DELETE /logged-models/@{l5}', json: {} })
  for (let at = 0; at < count; at++) {
    const field = () => ({
      field_name: random.pick(logged.orders),
      ...(random.chance(0.5) ? { ascending: random.chance(0.5) } : {}),
      ...(random.chance(0.2) ? { dataset_name: 'ds' } : {}),
      ...(random.chance(0.15) ? { dataset_digest: 'd1' } : {}),
    })
    steps.push(
      post('/logged-models/search', {
        experiment_ids: ['@{le}'],
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
