import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { row, startTestFront, type TestFront } from '../../testing/test-front.ts'

let front: TestFront
const post: TestFront['post'] = (...request) => front.post(...request)
beforeAll(async () => {
  front = await startTestFront()
})
afterAll(() => front.close())

describe('open inference protocol', () => {
  const inputs = [
    { name: 'distance', shape: [2], datatype: 'FP64', data: [500, 1] },
    { name: 'origin', shape: [2], datatype: 'BYTES', data: ['SEA', 'OSLO'] },
  ]

  it('same rows, same bits as native', async () => {
    const reply = await post('/v2/models/late/infer', {
      id: 'x',
      inputs,
      outputs: [{ name: 'action' }, { name: 'score' }],
    })
    const native = await post('/predict/late', { rows: [row, { origin: 'OSLO', distance: 1 }] })
    expect(reply.body).toMatchObject({
      model_name: 'late',
      model_version: '1',
      id: 'x',
      parameters: { release: '1', served_by: 'model' },
    })
    expect(reply.body.outputs.map(each => each.name)).toEqual(['action', 'score'])
    expect(reply.body.outputs[1]).toEqual({
      name: 'score',
      datatype: 'FP64',
      shape: [2],
      data: native.body.predictions.map(each => each.score),
    })
  })

  it('server, health, metadata, ready', async () => {
    const get = async (path: string) => (await fetch(front.url + path)).json()
    expect(await get('/v2')).toMatchObject({ name: 'fettle' })
    expect(await get('/v2/health/live')).toEqual({ live: true })
    expect(await get('/v2/health/ready')).toEqual({ live: true, ready: true })
    expect(await get('/v2/models')).toEqual({ models: ['late'] })
    expect(await get('/v2/models/late/versions/1/ready')).toEqual({ name: 'late', ready: true })
    expect(await get('/v2/models/late')).toEqual({
      name: 'late',
      versions: ['1'],
      platform: 'fettle_linear',
      inputs: [
        { name: 'origin', datatype: 'BYTES', shape: [-1] },
        { name: 'distance', datatype: 'FP64', shape: [-1] },
      ],
      outputs: [
        { name: 'score', datatype: 'FP64', shape: [-1] },
        { name: 'action', datatype: 'BYTES', shape: [-1] },
      ],
    })
  })

  const [distance, origin] = inputs
  const bad: [string, unknown, number, string][] = [
    [
      'unknown input',
      { inputs: [...inputs, { name: 'x', shape: [2], datatype: 'FP64', data: [1, 2] }] },
      400,
      'UNKNOWN_INPUT',
    ],
    ['missing input', { inputs: [origin] }, 400, 'MISSING_INPUT'],
    ['named twice', { inputs: [distance, distance, origin] }, 400, 'DUPLICATE_NAME'],
    ['unknown output', { inputs, outputs: [{ name: 'x' }] }, 400, 'UNKNOWN_INPUT'],
    ['wrong product', { inputs: [{ ...distance, data: [1] }, origin] }, 400, 'WRONG_SHAPE'],
    ['negative dimension', { inputs: [{ ...distance, shape: [-2] }, origin] }, 400, 'WRONG_SHAPE'],
    ['fractional dimension', { inputs: [{ ...distance, shape: [1.5] }, origin] }, 400, 'WRONG_SHAPE'],
    ['2^63', { inputs: [{ ...distance, shape: [2 ** 63] }, origin] }, 400, 'WRONG_SHAPE'],
    ['two dimensions', { inputs: [{ ...distance, shape: [2, 1] }, origin] }, 400, 'WRONG_SHAPE'],
    ['ragged', { inputs: [{ ...distance, data: [1, [2]] }, origin] }, 400, 'RAGGED_DATA'],
    ['wrong datatype', { inputs: [{ ...distance, datatype: 'FP32' }, origin] }, 400, 'WRONG_DATATYPE'],
    ['bool for a float', { inputs: [{ ...distance, data: [true, 1] }, origin] }, 400, 'WRONG_TYPE'],
    ['null key', { inputs: [distance, { ...origin, data: ['SEA', null] }] }, 400, 'NULL_NOT_ALLOWED'],
    ['reserved parameter', { inputs, parameters: { sequence_id: 1 } }, 400, 'RESERVED_PARAMETER'],
    ['timeout that is none', { inputs, parameters: { timeout: -1 } }, 400, 'WRONG_TYPE'],
    ['timeout 0', { inputs, parameters: { timeout: 0 } }, 504, 'DEADLINE'],
  ]
  for (const [name, body, status, code] of bad) {
    it(`${name}: ${code}`, async () => {
      const reply = await post('/v2/models/late/infer', body)
      expect([reply.status, reply.headers.get('fettle-error-code')]).toEqual([status, code])
      expect(String(reply.body.error)).toMatch(new RegExp(`^${code}: `))
    })
  }
})
