import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDecisionReader } from '../decisions/reader.ts'
import type { Answered, DecodedRequest } from '../front/answered.ts'
import { row, startTestFront, type TestFront } from '../testing/test-front.ts'
import { encodePredictions } from './mlflow/codec.ts'
import { nativeCodec } from './native/codec.ts'
import type { InferRequest } from './oip/decode.ts'
import { encodeInfer } from './oip/encode.ts'
import { outputsOf } from './outputs.ts'
import { predictCodec } from './v1/codec.ts'

let front: TestFront
beforeAll(async () => {
  front = await startTestFront()
})
afterAll(() => front.close())

const paths: Readonly<Record<string, unknown>> = {
  '/predict/late': row,
  '/v2/models/late/infer': {
    parameters: { nobody_knows: 1, priority: 1 },
    inputs: [
      { name: 'origin', shape: [1], datatype: 'BYTES', data: ['SEA'] },
      { name: 'distance', shape: [1], datatype: 'FP64', data: [500] },
    ],
  },
  '/v1/models/late:predict': { instances: [row] },
  '/invocations': { dataframe_records: [{ ...row, extra: 1 }] },
}

describe('every dialect', () => {
  it.each(Object.entries(paths))('%s says who answered, and records what it is for', async (path, body) => {
    const reader = createDecisionReader(join(front.folder, 'log'))
    const kinds: unknown[] = []
    for (const headers of [{}, { 'fettle-purpose': 'demo' }, { 'fettle-purpose': 'x' }] as const) {
      const reply = await front.post(path, body, headers)
      const base = reply.headers.get('fettle-prediction-base') ?? ''
      expect(Object.fromEntries(reply.headers)).toMatchObject({
        'fettle-release': '1',
        'fettle-arm': 'champion',
        'fettle-served-by': 'model',
        'fettle-logged': 'true',
        'fettle-request-id': base,
      })
      kinds.push((await reader.find(`${base}-0`))?.kind)
    }
    expect(kinds).toEqual(['online', 'demo', 'online'])
  })

  it('counts what it left out', async () => {
    const { text } = await front.admin('/metrics')
    expect(text).toContain('fettle_ignored_total{what="parameter"} 3\n')
    expect(text).toContain('fettle_ignored_total{what="column"} 3\n')
  })
})

describe('rows of several releases', () => {
  const release = (): Answered<DecodedRequest>['release'] => front.release
  const answered = (): Answered<InferRequest> => ({
    request: {
      rows: [],
      vectors: new Float64Array(),
      id: 'mine',
      outputs: outputsOf(release()).map(output => ({ output, binary: false })),
      unknownParameters: 0,
    },
    base: 'b',
    requestId: 'mine',
    rows: [
      { score: 0.9, acted: true, servedBy: 'model', degradedReasons: [], release: 1, arm: 'champion' },
      {
        score: -0,
        acted: false,
        servedBy: 'rule',
        degradedReasons: ['killed'],
        release: 2,
        arm: 'challenger',
      },
    ],
    release: release(),
    answeredBy: 'mixed',
    arm: 'mixed',
    servedBy: 'mixed',
    degradedReasons: ['killed'],
    logged: true,
  })
  const json = (body: string | Uint8Array): unknown => JSON.parse(String(body))

  it('are named one by one in the native reply, and mixed in the headers', () => {
    const reply = nativeCodec.encode(answered())
    expect(reply.headers?.join(' ')).toBe(
      'fettle-request-id mine fettle-prediction-base b fettle-release mixed fettle-arm mixed fettle-served-by mixed fettle-logged true fettle-degraded killed',
    )
    expect(json(reply.body)).toEqual({
      id: 'mine',
      predictions: [
        { prediction_id: 'b-0', score: 0.9, action: 'warn', release: 1, arm: 'champion', served_by: 'model' },
        {
          prediction_id: 'b-1',
          score: -0,
          release: 2,
          arm: 'challenger',
          served_by: 'rule',
          degraded_reason: ['killed'],
        },
      ],
    })
  })

  it('OIP: the version is the champion’s, the parameters say mixed', () => {
    expect(json(encodeInfer(answered()).body)).toEqual({
      model_name: 'late',
      model_version: '1',
      id: 'mine',
      parameters: {
        prediction_base: 'b',
        release: 'mixed',
        arm: 'mixed',
        served_by: 'mixed',
        degraded_reason: 'killed',
      },
      outputs: [
        { name: 'score', datatype: 'FP64', shape: [2], data: [0.9, -0] },
        { name: 'action', datatype: 'BYTES', shape: [2], data: ['warn', 'none'] },
      ],
    })
  })

  it('without an action the score is all there is', () => {
    const { request, ...rest } = answered()
    const bare = {
      ...rest,
      request: { ...request, form: 'rows' as const },
      release: { ...release(), action: null },
    }
    expect(predictCodec.encode(bare).body).toBe('{"predictions":[0.9,-0]}')
    expect(encodePredictions(bare).body).toBe('{"predictions":[0.9,-0]}')
    const columns = { ...bare, request: { ...request, form: 'columns' as const } }
    expect(predictCodec.encode(columns).body).toBe('{"outputs":[0.9,-0]}')
  })
})
