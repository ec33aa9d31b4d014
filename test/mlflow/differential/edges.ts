import { get, patch, post, remove, type Scenario, type Step } from './step.ts'

/** What no generator thinks of, one question after another. */
export function edges(): Scenario[] {
  return [
    { name: 'edges of logging', steps: logging() },
    { name: 'edges of models', steps: models() },
    { name: 'edges of artifacts', steps: artifacts() },
    { name: 'edges of the wire', steps: wire() },
  ]
}

const newRun = (name: string, more: object = {}): Step =>
  post(
    '/runs/create',
    { experiment_id: '0', run_name: name, user_id: 'u', start_time: 1, ...more },
    { save: { [name]: '/run/info/run_id' } },
  )
const seen = (name: string): Step => get('/runs/get', { run_id: `@{${name}}` })
const many = (count: number, item: (at: number) => object): object[] =>
  Array.from({ length: count }, (_, at) => item(at))

function logging(): Step[] {
  const run_id = '@{edge}'
  const batch = (rest: object): Step => post('/runs/log-batch', { run_id, ...rest })
  const metric = (at: number) => ({ key: `m${at}`, value: at, timestamp: 1, step: 0 })
  const fact = (at: number) => ({ key: `k${at}`, value: String(at) })
  return [
    newRun('edge'),
    batch({}),
    batch({ metrics: [], params: [], tags: [] }),
    batch({ metrics: many(1000, metric) }),
    batch({ metrics: many(1001, metric) }),
    batch({ params: many(100, fact) }),
    batch({ params: many(101, fact) }),
    batch({ tags: many(101, fact) }),
    batch({ metrics: many(950, metric), params: many(51, fact) }),
    batch({ params: [fact(1), fact(1)] }),
    batch({
      tags: [
        { key: 't', value: '1' },
        { key: 't', value: '2' },
      ],
    }),
    batch({ params: [{ key: 'k1', value: 'other' }], tags: [{ key: 'never', value: 'x' }] }),
    batch({
      params: [
        { key: 'fresh', value: 'x' },
        { key: 'k1', value: 'other' },
      ],
    }),
    batch({
      metrics: [metric(1), { key: 'a//b', value: 1, timestamp: 1, step: 0 }],
      tags: [{ key: 'never', value: 'x' }],
    }),
    batch({ metrics: [{ key: 'x', timestamp: 1, step: 0 }] }),
    batch({ metrics: [{ key: 'x', value: 1, step: 0 }] }),
    batch({ metrics: [{ value: 1, timestamp: 1 }] }),
    batch({ params: [{ value: 'x' }] }),
    batch({ params: [{ key: 'novalue' }] }),
    batch({ tags: [{ key: 'novalue' }] }),
    batch({ tags: [{ key: 'mlflow.runName', value: 'renamed' }] }),
    seen('edge'),
    ...['0', '-1', '1e400', 'Infinity', '-Infinity', 'NaN', '1.0', '-0.0', '1e-400', '1,5'].map(value =>
      post('/runs/log-metric', { run_id, key: 'odd', value, timestamp: 5, step: 1 }),
    ),
    get('/metrics/get-history', { run_id, metric_key: 'odd', max_results: '100' }),
    get('/metrics/get-history', { run_id, metric_key: 'absent', max_results: '100' }),
    get(
      '/metrics/get-history',
      { run_id, metric_key: 'odd', max_results: '2' },
      { save: { page: '/next_page_token' } },
    ),
    get('/metrics/get-history', { run_id, metric_key: 'odd', max_results: '2', page_token: '@{page}' }),
    get('/metrics/get-history', { run_id, metric_key: 'odd', max_results: '2', page_token: 'nonsense' }),
    seen('edge'),
    post('/runs/log-parameter', { run_id, key: 'long', value: 'x'.repeat(6000) }),
    post('/runs/log-parameter', { run_id, key: 'long', value: 'x'.repeat(6000) }),
    post('/runs/log-parameter', { run_id, key: 'unset' }),
    post('/runs/log-parameter', { run_id, key: 'unset', value: '' }),
    post('/runs/update', { run_id, status: 'FINISHED', end_time: 9 }),
    post('/runs/log-metric', { run_id, key: 'after', value: 1, timestamp: 1 }),
    post('/runs/update', { run_id, run_name: 'again' }),
    post('/runs/update', { run_id, status: 'RUNNING' }),
    seen('edge'),
    post('/runs/log-model', {
      run_id,
      model_json: '{"run_id":"r","artifact_path":"m","utc_time_created":"x","flavors":{}}',
    }),
    post('/runs/log-model', { run_id, model_json: '{"artifact_path":"m"}' }),
    post('/runs/log-model', { run_id, model_json: 'nope' }),
    post('/runs/log-model', { run_id, model_json: '[]' }),
    post('/runs/log-model', {
      run_id,
      model_json: '{"run_id":"r","artifact_path":"n","utc_time_created":"x","flavors":{},"é":1}',
    }),
    seen('edge'),
    newRun('doubly', { run_name: 'a', tags: [{ key: 'mlflow.runName', value: 'b' }] }),
    newRun('same', { run_name: 'a', tags: [{ key: 'mlflow.runName', value: 'a' }] }),
    newRun('tagged', { run_name: '', tags: [{ key: 'mlflow.runName', value: 'by tag' }] }),
    newRun('twice', {
      tags: [
        { key: 't', value: '1' },
        { key: 't', value: '2' },
      ],
    }),
    newRun('later', { start_time: undefined }),
    newRun('elsewhere', { experiment_id: '99999' }),
    post('/runs/delete', { run_id: '@{same}' }),
    post('/runs/delete', { run_id: '@{same}' }),
    post('/runs/update', { run_id: '@{same}', status: 'FINISHED' }),
    post('/runs/log-metric', { run_id: '@{same}', key: 'k', value: 1, timestamp: 1 }),
    post('/runs/set-tag', { run_id: '@{same}', key: 'k', value: '1' }),
    post('/runs/delete-tag', { run_id: '@{same}', key: 'k' }),
    post('/runs/log-inputs', { run_id: '@{same}', datasets: [] }),
    seen('same'),
    post('/runs/restore', { run_id: '@{same}' }),
    post('/runs/restore', { run_id: '@{same}' }),
    ...[
      {},
      { run_ids: [] },
      { run_ids: ['@{edge}'] },
      { metric_key: 'odd' },
      { run_ids: ['@{edge}'], metric_key: 'odd' },
      { run_ids: ['@{edge}'], metric_key: 'odd', start_step: '0' },
      { run_ids: ['@{edge}'], metric_key: 'odd', end_step: '0' },
      { run_ids: ['@{edge}'], metric_key: 'odd', start_step: '5', end_step: '1' },
      { run_ids: ['@{edge}'], metric_key: 'odd', start_step: '0', end_step: '5' },
      { run_ids: many(101, () => ({})).map(() => '@{edge}'), metric_key: 'odd' },
    ].map(query => get('/metrics/get-history-bulk-interval', query as never)),
  ]
}

function models(): Step[] {
  return [
    post('/registered-models/create', { name: 'edge', tags: [{ key: 'a', value: '1' }], description: 'd' }),
    post('/registered-models/create', { name: 'edge' }),
    post('/model-versions/create', { name: 'edge', source: 's3://b/1' }),
    post('/model-versions/create', { name: 'edge', source: 's3://b/2', description: 'two' }),
    post(
      '/logged-models',
      { experiment_id: '0', name: 'registered' },
      { save: { lm: '/model/info/model_id' } },
    ),
    patch('/logged-models/@{lm}', { model_id: '@{lm}', status: 'LOGGED_MODEL_READY' }),
    post('/model-versions/create', { name: 'edge', source: 'models:/edge/1' }),
    post('/model-versions/create', { name: 'edge', source: 'models:/edge/99' }),
    post('/registered-models/alias', { name: 'edge', alias: 'champion', version: '1' }),
    post('/registered-models/alias', { name: 'edge', alias: 'champion', version: '2' }),
    post('/registered-models/alias', { name: 'edge', alias: 'other', version: '2' }),
    post('/registered-models/alias', { name: 'edge', alias: 'champion', version: '77' }),
    get('/registered-models/get', { name: 'edge' }),
    get('/model-versions/get', { name: 'edge', version: '2' }),
    get('/registered-models/alias', { name: 'edge', alias: 'champion' }),
    get('/registered-models/alias', { name: 'edge', alias: 'nope' }),
    remove('/registered-models/alias', { name: 'edge', alias: 'nope' }),
    remove('/registered-models/alias', { name: 'edge', alias: 'v1' }),
    post('/registered-models/rename', { name: 'edge', new_name: 'edge' }),
    post('/registered-models/rename', { name: 'edge', new_name: 'edge two' }),
    get('/registered-models/get', { name: 'edge' }),
    get('/registered-models/get', { name: 'edge two' }),
    get('/registered-models/alias', { name: 'edge two', alias: 'champion' }),
    get('/model-versions/search', { filter: "name = 'edge two'", order_by: ['version_number'] }),
    ...['Staging', 'staging', 'Production', 'None', 'Archived', 'x'].flatMap(stage =>
      [true, false, undefined].map(archive =>
        post('/model-versions/transition-stage', {
          name: 'edge two',
          version: '1',
          stage,
          archive_existing_versions: archive,
        }),
      ),
    ),
    post('/model-versions/transition-stage', { name: 'edge two', version: '1', stage: 'Production' }),
    post('/model-versions/transition-stage', {
      name: 'edge two',
      version: '2',
      stage: 'Production',
      archive_existing_versions: true,
    }),
    get('/registered-models/get-latest-versions', { name: 'edge two' }),
    get('/registered-models/get-latest-versions', { name: 'edge two', stages: ['production', 'Archived'] }),
    get('/registered-models/get-latest-versions', { name: 'edge two', stages: ['nope'] }),
    patch('/model-versions/update', { name: 'edge two', version: '1', description: 'new' }),
    patch('/model-versions/update', { name: 'edge two', version: '1', description: '' }),
    patch('/registered-models/update', { name: 'edge two' }),
    get('/model-versions/get', { name: 'edge two', version: '1' }),
    remove('/model-versions/delete', { name: 'edge two', version: '3' }),
    get('/model-versions/get', { name: 'edge two', version: '3' }),
    post('/model-versions/create', { name: 'edge two', source: 's3://b/4' }),
    remove('/registered-models/delete', { name: 'edge two' }),
    get('/model-versions/get', { name: 'edge two', version: '1' }),
    post('/registered-models/create', { name: 'edge two' }),
    post('/model-versions/create', { name: 'edge two', source: 's3://b/5' }),
    get('/registered-models/get', { name: 'edge two' }),
    post('/model-versions/create', { name: 'edge two', source: 'models:/@{lm}', model_id: '@{lm}' }),
    get('/logged-models/@{lm}'),
    get('/registered-models/alias', { name: 'edge two', alias: 'Latest' }),
    get('/registered-models/alias', { name: 'edge two', alias: 'a b' }),
    post('/registered-models/create', {
      name: 'a prompt',
      tags: [{ key: 'mlflow.prompt.is_prompt', value: 'true' }],
    }),
    post('/model-versions/create', {
      name: 'a prompt',
      source: 'dummy-source',
      tags: [
        { key: 'mlflow.prompt.is_prompt', value: 'true' },
        { key: 'mlflow.prompt.text', value: 'Hello {{ name }}' },
      ],
    }),
    post('/registered-models/alias', { name: 'a prompt', alias: 'prod', version: '1' }),
    get('/registered-models/get', { name: 'a prompt' }),
    get('/registered-models/search', { filter: "name = 'a prompt'" }),
    get('/registered-models/search', {
      filter: "tags.`mlflow.prompt.is_prompt` = 'true' AND name = 'a prompt'",
    }),
    get('/registered-models/alias', { name: 'a prompt', alias: 'prod' }),
    post('/model-versions/transition-stage', { name: 'a prompt', version: '1', stage: 'Staging' }),
  ]
}

const proxy = '/api/2.0/mlflow-artifacts/artifacts'
function artifacts(): Step[] {
  const put = (path: string, text: string): Step => ({
    call: `PUT ${proxy}/0/@{files}/artifacts/${path}`,
    text,
    headers: { 'content-type': 'application/octet-stream' },
  })
  const read = (path: string): Step => ({ call: `GET ${proxy}/0/@{files}/artifacts/${path}` })
  const list = (path: string): Step => get(proxy, { path: `0/@{files}/artifacts${path}` })
  const odd = [
    'a b.txt',
    'ü.txt',
    'a+b',
    'a&b=c',
    "it's",
    'dir/x.json',
    'dir/sub/y',
    '%25',
    'a%20b',
    '~x',
    'a,b;c',
    '(x)',
    'x@y',
    'dir%2Fz',
  ]
  return [
    newRun('files'),
    ...odd.flatMap(path => [put(path, `content of ${path}`), read(path)]),
    ...['', '/', '/dir', '/dir/', '/dir/sub', '/none', '/a b.txt'].map(list),
    ...['', 'dir', 'dir/', 'none', '/dir', 'dir/../dir', '.', './dir', 'dir//sub', 'dir/x.json'].map(path =>
      get('/artifacts/list', { run_id: '@{files}', path }),
    ),
    get('/artifacts/list', { run_id: 'nope' }),
    put('dir/x.json', 'again'),
    read('dir/x.json'),
    { call: `DELETE ${proxy}/0/@{files}/artifacts/none` },
    { call: `DELETE ${proxy}/0/@{files}/artifacts/dir/sub` },
    { call: `DELETE ${proxy}/0/@{files}/artifacts/a%2Bb` },
    list(''),
    get('/get-artifact', { run_id: '@{files}', path: 'dir/x.json' }),
    get('/get-artifact', { run_id: '@{files}', path: 'a b.txt' }),
    ...['..%2fx', '%2e%2e/x', '../x', '/x', 'a/../../x', '%252e%252e/x', 'a%5Cb', 'a%23b', 'a%0ab'].flatMap(
      path => [put(path, 'bad'), read(path)],
    ),
  ]
}

function wire(): Step[] {
  const search = '/experiments/search'
  return [
    get('/health'),
    get('/nope'),
    post(search, undefined, { text: '' }),
    post(search, undefined, { text: 'nope' }),
    post(search, undefined, { text: '[]' }),
    post(search, undefined, { text: '1' }),
    post(search, undefined, { text: JSON.stringify('{"max_results":1,"filter":"name = \'Default\'"}') }),
    post(search, undefined, { text: '{"max_results":1', headers: { 'content-type': 'application/json' } }),
    post(
      search,
      { max_results: 1, filter: "name = 'Default'" },
      { headers: { 'content-type': 'application/json; charset=utf-8' } },
    ),
    post(
      search,
      { max_results: 1, filter: "name = 'Default'" },
      { headers: { 'content-type': 'text/plain' } },
    ),
    post(search, {
      max_results: '1',
      filter: "name = 'Default'",
      view_type: 1,
      unknown: { a: 1 },
      page_token: '',
    }),
    post(search, { max_results: 1, page_token: 'nonsense' }),
    post(search, { max_results: 50_000, filter: "name = 'Default'" }),
    post(search, { max_results: 50_001 }),
    post(search, { max_results: 0 }),
    post(search, { max_results: -1 }),
    post('/runs/search', { experiment_ids: [] }),
    post('/runs/search', { experiment_ids: ['0'], max_results: 50_000, filter: "run_name = 'nobody'" }),
    post('/runs/search', { experiment_ids: ['0'], max_results: 50_001 }),
    post('/runs/search', { experiment_ids: ['0'], max_results: 0 }),
    post('/runs/search', { experiment_ids: ['0'], page_token: 'nonsense' }),
    get('/registered-models/search', { max_results: '1000', filter: "name = 'nobody'" }),
    get('/registered-models/search', { max_results: '1001' }),
    get('/registered-models/search', { page_token: 'nonsense' }),
    get('/model-versions/search', { max_results: '200000', filter: "name = 'nobody'" }),
    get('/model-versions/search', { max_results: '200001' }),
    post('/experiments/search-datasets', {}, {
      call: 'POST /ajax-api/2.0/mlflow/experiments/search-datasets',
    } as never),
    get('/experiments/get-by-name', { experiment_name: 'nobody' }),
    get('/experiments/get-by-name', { experiment_name: '' }),
    get('/runs/get', { run_uuid: '@{files}' }),
    get('/runs/get', { run_id: '@{files}', run_uuid: 'other' }),
    get('/runs/get'),
  ]
}
