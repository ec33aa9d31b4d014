import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import { connect, type FettleError } from '../../src/client/index.ts'
import { createStepClient } from '../../src/client/step-client.ts'
import {
  constant,
  count,
  deployment,
  entity,
  featureView,
  ge,
  int64,
  logistic,
  lookup,
  mean,
  model,
  parquet,
  source,
  string,
  timestamp,
  trainingSet,
} from '../../src/definitions/index.ts'
import type { TrainingTracker } from '../../src/training/ports.ts'
import { fakeServer, token } from '../support/fake-server.ts'
import { hash } from '../support/sample-records.ts'

const airport = entity('airport', { key: { airport: string() } })
const flights = source('flights', {
  from: parquet('flights.parquet'),
  columns: { origin: string(), left: timestamp(), landed: timestamp(), delay: int64(), distance: int64() },
  eventTime: 'left',
  knownAt: 'landed',
})
const delays = featureView('delays', {
  entity: airport,
  source: flights,
  keys: { airport: 'origin' },
  features: f => ({ flights_3h: count().over('3h'), delay_3h: mean(f.delay).over('3h') }),
})
const set = trainingSet('late_flights', {
  spine: flights,
  request: f => [f.distance],
  lookups: f => [lookup(delays, { airport: f.origin })],
  label: { name: 'late', when: f => ge(f.delay, 15) },
  labelMaturity: '1d',
  split: { train: ['2001-01-01', '2001-02-01'], judge: ['2001-02-01', '2001-03-01'] },
})
const late = model('late', {
  trainedOn: set,
  task: 'binary',
  candidates: { logistic: logistic() },
  split: { train: 'train', judge: 'judge' },
})
const live = deployment('late', { model: late, fallback: constant(0.2) })

const servers: { close(done?: () => void): unknown }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A server that answers as told; remembers what it was asked. */
async function answering(
  answer: (request: IncomingMessage, response: ServerResponse, count: number) => void,
) {
  const asked: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    asked.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
    answer(request, response, asked.length)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  servers.push(server)
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

function json(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
}

const refused = (promise: Promise<unknown>): Promise<FettleError> =>
  promise.then(
    () => Promise.reject(new Error('not refused')),
    error => error,
  )
const overloaded = { error: { code: 'OVERLOADED', message: 'too much', hint: 'later', details: {} } }

describe('the control-plane client', () => {
  const { app, services } = fakeServer()
  let url = ''
  beforeAll(async () => {
    url = await app.listen({ port: 0, host: '127.0.0.1' })
  })
  afterAll(() => app.close())

  it('fills paths and queries from one object', async () => {
    const { api } = connect({ url: `${url}/`, token })
    expect((await api.run({ id: 'prn_1' })).state).toBe('succeeded')
    expect((await api.runs({ pipeline: 'none' })).items).toEqual([])
    expect((await api.stepLog({ id: 'prn_1', step: 'train', offset: 0 })).lines).toHaveLength(2)
    expect(await api.object({ hash })).toEqual(new Uint8Array([1, 2, 255]))
    await api.startRun({ body: { pipeline: 'late' } })
    expect(services.calls.map(([name]) => name)).toContain('startRun')
  })

  it('rebuilds errors with code, hint, details and request id', async () => {
    const error = await refused(connect({ url }).api.run({ id: 'a/b?c' }))
    expect(error).toMatchObject({
      name: 'FettleError',
      code: 'RUN_UNKNOWN',
      status: 404,
      message: 'there is no run a/b?c',
    })
    expect(error.details['requestId']).toMatch(/^req_/)
  })

  it('knows its types from the table of routes', () => {
    const { api } = connect({ url })
    expectTypeOf(api.run).parameter(0).toExtend<{ readonly id: string }>()
    expectTypeOf<Awaited<ReturnType<typeof api.run>>['state']>().toEqualTypeOf<
      'queued' | 'running' | 'paused' | 'cancelling' | 'succeeded' | 'failed' | 'cancelled'
    >()
    expectTypeOf(api.home).toBeCallableWith()
    // @ts-expect-error a run is asked for by its id
    const wrong = () => api.run({})
    // @ts-expect-error there is no such state
    const unknownState = () => api.runs({ state: 'done' })
    expect([wrong, unknownState]).toHaveLength(2)
  })

  it('lets a step speak in its own name', async () => {
    const step = createStepClient({ url, token, run: 'prn_1', step: 'train' })
    expectTypeOf(step).toExtend<TrainingTracker>()
    const run = await step.startRun({ experiment: 'late', name: 'boosting', tags: { trainer: 'lightgbm' } })
    await step.log(run.id, {
      params: { rate: '0.1' },
      metrics: [{ key: 'loss', value: Number.NaN, step: 3 }],
    })
    await step.addArtifacts(run.id, [{ path: 'model.onnx', hash, bytes: 3 }])
    await step.finish(run.id, 'finished')
    await step.recordMaterialization({
      view: 'delays',
      version: 1,
      at: '2001-05-08T17:00:00Z',
      report: { rows: 1 },
    })
    await step.recordTrainingSetBuild({
      name: 'late_flights',
      id: 'ds-1',
      at: '2001-05-08T17:00:00Z',
      manifest: {},
    })
    const version = await step.registerVersion('late', {
      experimentRun: run.id,
      format: 'onnx',
      signature: { inputs: [], outputs: [] },
      metrics: { auc: 0.76 },
      trainingSet: null,
      environment: {},
      files: [{ path: 'model.onnx', hash, bytes: 3 }],
      evaluation: null,
    })
    await step.setAlias({ model: 'late', alias: 'champion', version: version.version, reason: 'better' })
    const calls = Object.fromEntries(services.calls)
    expect(calls['trackRun']).toMatchObject({ pipelineRun: 'prn_1', tags: { trainer: 'lightgbm' } })
    expect(calls['log']).toMatchObject({ batch: { metrics: [{ key: 'loss', value: Number.NaN, step: 3 }] } })
    expect(calls['registerVersion']).toMatchObject({
      version: { pipelineRun: 'prn_1' },
      principal: { name: 'step:prn_1/train' },
    })
    expect(calls['recordMaterialization']).toMatchObject({
      view: 'delays',
      pipelineRun: 'prn_1',
      at: 989_341_200_000_000n,
    })
    expect(calls['setAlias']).toMatchObject({ moved: { alias: 'champion', version: 3 } })
  })
})

describe('the data-plane client', () => {
  it('predicts through types of the definition, asking once where', async () => {
    const { asked, url } = await answering((request, response) => {
      if (request.url === '/api/v1/health') return json(response, 200, { dataUrl: url })
      json(response, 200, {
        id: 'mine',
        predictions: [{ prediction_id: 'b-0', score: 0.25, served_by: 'model' }],
      })
    })
    const client = connect({ url }).deployment(live)
    expect(await client.predict({ origin: 'JFK', distance: 2n ** 60n }, { id: 'mine' })).toEqual({
      prediction_id: 'b-0',
      score: 0.25,
      served_by: 'model',
    })
    await client.predictMany([{ origin: 'LAX', distance: 300 }])
    expect(asked.map(each => each.url)).toEqual(['/api/v1/health', '/predict/late', '/predict/late'])
    expect(JSON.parse(asked[1]?.body ?? '')).toEqual({
      rows: [{ origin: 'JFK', distance: '1152921504606846976' }],
      id: 'mine',
    })
  })

  it('refuses misspelt, missing and wrong fields when compiling', () => {
    const client = connect({ url: 'http://127.0.0.1:1' }).deployment(live)
    expectTypeOf<Parameters<typeof client.predict>[0]>().toExtend<{ readonly origin: string }>()
    // @ts-expect-error orgin is misspelt
    const misspelt = () => client.predict({ orgin: 'JFK', distance: 300 })
    // @ts-expect-error distance is missing
    const missing = () => client.predict({ origin: 'JFK' })
    // @ts-expect-error distance is a number
    const wrong = () => client.predict({ origin: 'JFK', distance: 'far' })
    expect([misspelt, missing, wrong]).toHaveLength(3)
  })

  it('reads features with their statuses', async () => {
    const { asked, url } = await answering((_request, response) =>
      json(response, 200, {
        as_of: '2001-05-08T17:00:00.000000Z',
        rows: 1,
        views: [],
        errors: [],
        columns: [
          { name: 'flights_3h', type: 'int64', values: [12], status: 'P' },
          { name: 'delay_3h', type: 'float64', values: [null], status: 'A' },
        ],
      }),
    )
    const row = await connect({ url: 'http://127.0.0.1:1', dataUrl: url })
      .features(delays)
      .read({ keys: { airport: 'JFK' } })
    expect(row).toEqual({
      values: { flights_3h: 12, delay_3h: null },
      statuses: { flights_3h: 'PRESENT', delay_3h: 'OUTSIDE_MAX_AGE' },
      asOf: '2001-05-08T17:00:00.000000Z',
    })
    expectTypeOf(row.values.delay_3h).toEqualTypeOf<number | null>()
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({
      features: ['delays:flights_3h', 'delays:delay_3h'],
      entities: { origin: ['JFK'] },
      times: false,
    })
  })

  it('refuses NaN, which JSON has no form for', async () => {
    const client = connect({ url: 'http://127.0.0.1:1', dataUrl: 'http://127.0.0.1:1' }).deployment(live)
    const error = await refused(client.predict({ origin: 'JFK', distance: Number.NaN }))
    expect(error).toMatchObject({ code: 'OUT_OF_RANGE' })
    expect(error.message).toContain('distance')
  })
})

describe('failures', () => {
  it('repeats reads that find nobody or 5xx, and gives up at last', async () => {
    const { asked, url } = await answering((_request, response, times) =>
      times < 3 ? json(response, 502, {}) : json(response, 200, { ok: true }),
    )
    expect(await connect({ url }).api.health()).toEqual({ ok: true })
    expect(asked).toHaveLength(3)
    const error = await refused(connect({ url: 'http://127.0.0.1:1' }).api.health())
    expect(error).toMatchObject({
      code: 'SERVER_UNREACHABLE',
      message: 'nothing answers at http://127.0.0.1:1',
    })
  })

  it('never repeats a write but where the server promises that nothing was done', async () => {
    const broken = await answering((_request, response) => json(response, 502, {}))
    await refused(connect({ url: broken.url }).api.cancelRun({ id: 'a' }))
    expect(broken.asked).toHaveLength(1)
    const silent = await answering((_request, response) => json(response, 503, overloaded))
    expect(await refused(connect({ url: silent.url }).api.cancelRun({ id: 'a' }))).toMatchObject({
      code: 'OVERLOADED',
    })
    expect(silent.asked).toHaveLength(1)
    const busy = await answering((_request, response, times) =>
      times === 1 ? json(response, 503, overloaded, { 'retry-after': '0' }) : json(response, 200, {}),
    )
    await connect({ url: busy.url }).api.cancelRun({ id: 'a' })
    expect(busy.asked).toHaveLength(2)
  })

  it('ends at the deadline, and when it is told to', async () => {
    const { url } = await answering(() => {})
    expect(await refused(connect({ url, deadlineMs: 50 }).api.health())).toMatchObject({ code: 'DEADLINE' })
    const stop = new AbortController()
    const asked = connect({ url }).api.health({}, { signal: stop.signal })
    stop.abort(new Error('enough'))
    expect((await refused(asked)).message).toBe('enough')
  })

  it('keeps a code it does not know in the details', async () => {
    const { url } = await answering((_request, response) =>
      json(response, 418, { error: { code: 'TEAPOT', message: 'short and stout', hint: '', details: {} } }),
    )
    expect(await refused(connect({ url }).api.cancelRun({ id: 'a' }))).toMatchObject({
      code: 'INTERNAL',
      message: 'short and stout',
      details: { code: 'TEAPOT', status: 418 },
    })
  })
})
