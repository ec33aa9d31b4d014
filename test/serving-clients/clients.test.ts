import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestFront, type TestFront } from '../../src/serving/testing/test-front.ts'
import { servingClient } from '../services/serving-clients.ts'

let front: TestFront
/** What the native dialect says of the rows that all clients send. */
let expected: { readonly score: readonly number[]; readonly action: readonly string[] }
let records: readonly { readonly score: number | undefined; readonly action: string | undefined }[]

beforeAll(async () => {
  front = await startTestFront({ dialects: { profile: 'sagemaker' }, grpcPort: 0 })
  const rows = [
    { origin: 'SEA', distance: 500 },
    { origin: 'ZZZ', distance: null },
  ]
  const { body } = await front.post('/predict/late', { rows })
  expected = { score: body.predictions.map(each => each.score), action: ['warn', 'none'] }
  records = expected.score.map((score, at) => ({ score, action: expected.action[at] }))
})
afterAll(() => front.close())

describe('clients from PyPI, unmodified', () => {
  it('Triton, HTTP: JSON, binary, mixed, compressed, asynchronous; metadata, index, statistics', async () => {
    const used = await servingClient<Record<string, unknown>>('triton', front)
    for (const form of ['binary', 'mixed', 'zipped', 'async']) expect(used[form]).toEqual(expected)
    expect(used).toMatchObject({
      live: true,
      ready: true,
      modelReady: true,
      id: 'mine',
      server: { name: 'fettle', extensions: expect.arrayContaining(['binary_tensor_data', 'statistics']) },
      model: { name: 'late', versions: ['1'], inputs: [{ name: 'origin' }, { name: 'distance' }] },
      index: [{ name: 'late', version: '1', state: 'READY' }],
      refused: ['400', 'MISSING_INPUT: input "distance" is missing'],
    })
    const { model_stats: stats } = used['statistics'] as {
      model_stats: { inference_count: number; inference_stats: { fail: { count: number } } }[]
    }
    expect(stats[0]?.inference_stats.fail.count).toBe(1)
    // The row pair of this file's native request, and of five more.
    expect(stats[0]?.inference_count).toBe(12)
  })

  it('Triton, gRPC', async () => {
    const used = await servingClient<Record<string, unknown>>('triton-grpc', front)
    expect(used).toMatchObject({
      live: true,
      ready: true,
      modelReady: true,
      server: { name: 'fettle' },
      model: { name: 'late', versions: ['1'], inputs: [{ name: 'origin' }, { name: 'distance' }] },
      outputs: expected,
      refused: ['StatusCode.NOT_FOUND', 'UNKNOWN_DEPLOYMENT: there is no deployment "nobody"'],
    })
  })

  it('KServe: V1, V2 and gRPC', async () => {
    const used = await servingClient<Record<string, unknown>>('kserve', front)
    expect(used).toMatchObject({
      ready: true,
      live: true,
      modelReady: true,
      v1Ready: true,
      grpcReady: true,
      v1: { predictions: records },
      binary: expected,
      grpc: expected,
    })
  })

  it('REST as for TensorFlow Serving and a SageMaker container', async () => {
    const used = await servingClient<Record<string, unknown>>('rest', front)
    expect(used).toMatchObject({
      ping: 200,
      parameters: { BatchStrategy: 'MULTI_RECORD' },
      rows: { predictions: records },
      columns: { outputs: expected },
      status: { model_version_status: [{ version: '1', state: 'AVAILABLE' }] },
      csv: records.map(({ score, action }) => `${score},${action}\n`).join(''),
      lines: records.map(each => `${JSON.stringify(each)}\n`).join(''),
    })
  })

  it('MLflow: the scoring client, a serving payload, CSV of pandas', async () => {
    const plain = await startTestFront()
    try {
      const used = await servingClient<Record<string, unknown>>('mlflow', plain)
      expect(used).toMatchObject({
        frame: expected,
        payload: { predictions: records },
        csv: { predictions: records },
        refused: [415, 'UNSUPPORTED_MEDIA'],
      })
    } finally {
      await plain.close()
    }
  })
})
