import type { FrontState } from '../front/front-state.ts'

type Schema = Readonly<Record<string, unknown>>

const anything: Schema = {}
const text: Schema = { type: 'string' }
const count: Schema = { type: 'integer', minimum: 0 }
const list = (items: Schema, more: Schema = {}): Schema => ({ type: 'array', items, ...more })
const object = (properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  ...(required.length > 0 ? { required } : {}),
})
const map: Schema = { type: 'object', additionalProperties: anything }
const parameterValue: Schema = { type: ['string', 'number', 'boolean'] }
const parameters: Schema = { type: 'object', additionalProperties: parameterValue }
const tensor = object({ name: text, shape: list(count), datatype: text, parameters, data: list(anything) }, [
  'name',
  'shape',
  'datatype',
])

const nativeFault = object(
  {
    error: object({ code: text, message: text, hint: text, details: map, requestId: text }, [
      'code',
      'message',
    ]),
  },
  ['error'],
)
const tensorFault = object({ error: text }, ['error'])
const mlflowFault = object({ error_code: text, message: text }, ['error_code', 'message'])

interface Dialect {
  readonly tag: string
  readonly fault: Schema
  /** Media types beside JSON that bodies may have. */
  readonly media?: readonly string[]
}
const native: Dialect = { tag: 'native', fault: nativeFault }
const oip: Dialect = { tag: 'Open Inference Protocol v2', fault: tensorFault }
const v1: Dialect = { tag: 'V1 (TensorFlow Serving, KServe, Vertex AI)', fault: tensorFault }
const mlflow: Dialect = { tag: 'MLflow', fault: mlflowFault, media: ['text/csv'] }

interface Call {
  readonly summary: string
  readonly reply: Schema
  readonly body?: Schema
}

/** The data port as OpenAPI 3.1: the dialects of prediction and their probes, with the deployments of this front. */
export function openApi({ releases, version }: Pick<FrontState, 'releases' | 'version'>): unknown {
  const deployments = releases.list().map(each => each.name)
  const versions = releases.list().flatMap(({ current }) => (current ? [String(current.release.number)] : []))
  const paths: Record<string, unknown> = {}
  const add = (path: string, dialect: Dialect, calls: { readonly get?: Call; readonly post?: Call }) => {
    paths[path] = {
      ...pathParameters(path, { deployments, versions }),
      ...(calls.get ? { get: operation(calls.get, dialect) } : {}),
      ...(calls.post ? { post: operation(calls.post, dialect) } : {}),
    }
  }
  addNative(add)
  addOip(add)
  addV1(add)
  addMlflow(add)
  return { openapi: '3.1.0', info: { title: 'Fettle data port', version }, paths }
}

type Add = (path: string, dialect: Dialect, calls: { readonly get?: Call; readonly post?: Call }) => void

function addNative(add: Add): void {
  const row = map
  const prediction = object(
    { prediction_id: text, score: { type: 'number' }, action: text, served_by: text },
    ['prediction_id', 'score', 'served_by'],
  )
  add('/predict/{deployment}', native, {
    post: {
      summary: 'Predict by entity key and request fields',
      body: { anyOf: [object({ rows: list(row), id: text }, ['rows']), row] },
      reply: object({ id: text, predictions: list(prediction) }, ['id', 'predictions']),
    },
  })
}

function addOip(add: Add): void {
  const named = object({ name: text, datatype: text, shape: list({ type: 'integer' }) })
  const metadata = object(
    { name: text, versions: list(text), platform: text, inputs: list(named), outputs: list(named) },
    ['name', 'versions', 'platform', 'inputs', 'outputs'],
  )
  const ready = object({ name: text, ready: { type: 'boolean' } }, ['name', 'ready'])
  const stats = object({ model_stats: list(map) }, ['model_stats'])
  const inferBody = object(
    {
      id: text,
      parameters,
      inputs: list(tensor),
      outputs: list(object({ name: text, parameters }, ['name'])),
    },
    ['inputs'],
  )
  const inferReply = object(
    { model_name: text, model_version: text, id: text, parameters, outputs: list(tensor) },
    ['model_name', 'model_version', 'outputs'],
  )
  add('/v2', oip, {
    get: { summary: 'Server', reply: object({ name: text, version: text, extensions: list(text) }) },
  })
  add('/v2/health/live', oip, { get: { summary: 'Alive', reply: map } })
  add('/v2/health/ready', oip, { get: { summary: 'Ready', reply: map } })
  add('/v2/models', oip, { get: { summary: 'Deployments', reply: object({ models: list(text) }) } })
  add('/v2/models/stats', oip, { get: { summary: 'Statistics of all', reply: stats } })
  add('/v2/repository/index', oip, {
    post: { summary: 'What is loaded', body: object({ ready: { type: 'boolean' } }), reply: list(map) },
  })
  for (const model of ['/v2/models/{deployment}', '/v2/models/{deployment}/versions/{version}']) {
    add(model, oip, { get: { summary: 'Signature', reply: metadata } })
    add(`${model}/ready`, oip, { get: { summary: 'Whether it answers', reply: ready } })
    add(`${model}/stats`, oip, { get: { summary: 'Statistics', reply: stats } })
    add(`${model}/infer`, oip, { post: { summary: 'Predict', body: inferBody, reply: inferReply } })
  }
}

function addV1(add: Add): void {
  const predict: Call = {
    summary: 'Predict: rows as instances, or columns as inputs',
    body: {
      anyOf: [
        object({ instances: list(anything), signature_name: text }, ['instances']),
        object({ inputs: anything, signature_name: text }, ['inputs']),
      ],
    },
    reply: map,
  }
  const examples = object({ examples: list(map), context: map }, ['examples'])
  const results = object({ results: list(anything) }, ['results'])
  add('/v1/models', v1, { get: { summary: 'Deployments', reply: object({ models: list(text) }) } })
  for (const model of ['/v1/models/{deployment}', '/v1/models/{deployment}/versions/{version}']) {
    add(model, v1, { get: { summary: 'State', reply: map } })
    add(`${model}/metadata`, v1, { get: { summary: 'Signature', reply: map } })
    add(`${model}:predict`, v1, { post: predict })
    add(`${model}:classify`, v1, { post: { summary: 'Classify', body: examples, reply: results } })
    add(`${model}:regress`, v1, { post: { summary: 'Regress', body: examples, reply: results } })
  }
}

function addMlflow(add: Add): void {
  const split = object({ columns: list(text), data: list(list(anything)), index: list(anything) }, [
    'columns',
    'data',
  ])
  const body: Schema = {
    anyOf: [
      object({ dataframe_split: split, params: map }, ['dataframe_split']),
      object({ dataframe_records: list(map), params: map }, ['dataframe_records']),
      object({ instances: list(anything), params: map }, ['instances']),
      object({ inputs: anything, params: map }, ['inputs']),
    ],
  }
  const reply = object({ predictions: list(anything) }, ['predictions'])
  add('/invocations', mlflow, { post: { summary: 'Predict with the default deployment', body, reply } })
  add('/deployments/{deployment}/invocations', mlflow, { post: { summary: 'Predict', body, reply } })
  for (const path of ['/ping', '/health', '/version'])
    add(path, mlflow, { get: { summary: 'Plain text', reply: text } })
}

function pathParameters(
  path: string,
  known: { readonly deployments: readonly string[]; readonly versions: readonly string[] },
) {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(match => match[1])
  if (names.length === 0) return {}
  return {
    parameters: names.map(name => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string', enum: name === 'version' ? known.versions : known.deployments },
    })),
  }
}

function operation({ summary, body, reply }: Call, { tag, fault, media = [] }: Dialect) {
  const plain = reply === text
  return {
    summary,
    tags: [tag],
    ...(body ? { requestBody: { required: true, content: contentOf(body, media) } } : {}),
    responses: {
      200: {
        description: 'Answered',
        content: plain ? { 'text/plain': { schema: text } } : { 'application/json': { schema: reply } },
      },
      default: {
        description: 'An error; header fettle-error-code says which',
        content: { 'application/json': { schema: fault }, 'text/plain': { schema: text } },
      },
    },
  }
}

function contentOf(body: Schema, media: readonly string[]) {
  const others = media.map(name => [name, { schema: text }])
  return { 'application/json': { schema: body }, ...Object.fromEntries(others) }
}
