import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { row, startTestFront, type TestFront } from '../../testing/test-front.ts'

let front: TestFront
const explained: (readonly string[])[] = []
beforeAll(async () => {
  front = await startTestFront({
    dialects: {
      vertex: { health: '/vertex/health', predict: '/vertex/predict' },
      explain: async ids => {
        explained.push(ids)
        return ids.map(() => ({ baseline: 0 }))
      },
    },
  })
})
afterAll(() => front.close())

const post = async (path: string, body: unknown) => {
  const sent = await front.post(path, body)
  return { ...sent, body: sent.body as unknown }
}
const get = async (path: string) => {
  const response = await fetch(front.url + path)
  return [response.status, await response.json()]
}

describe('V1', () => {
  const other = { origin: 'ZZZ', distance: 1 }
  const rows = async () => {
    const { body } = await front.post('/predict/late', { rows: [row, other] })
    return body.predictions.map(({ score }) => score)
  }

  it('instances in, predictions out; inputs in, outputs out', async () => {
    const [first, second] = await rows()
    const byRow = await post('/v1/models/late:predict', {
      signature_name: 'serving_default',
      instances: [row, other],
    })
    expect(byRow.body).toEqual({
      predictions: [
        { score: first, action: 'warn' },
        { score: second, action: 'none' },
      ],
    })
    expect(byRow.headers.get('fettle-arm')).toBe('champion')
    const columns = await post('/v1/models/late/versions/1:predict', {
      inputs: { origin: ['SEA', 'ZZZ'], distance: [500, 1] },
    })
    expect(columns.body).toEqual({ outputs: { score: [first, second], action: ['warn', 'none'] } })
    expect((await post('/v1/models/late:predict', { instances: [] })).body).toEqual({ predictions: [] })
    const text = { origin: { b64: Buffer.from('SEA').toString('base64') }, distance: 500 }
    const coded = await post('/v1/models/late:predict', { instances: [text] })
    expect(coded.body).toEqual({ predictions: [{ score: first, action: 'warn' }] })
  })

  it('classify and regress', async () => {
    const [first, second] = await rows()
    const asked = { context: { origin: 'SEA' }, examples: [{ distance: [500] }, { ...other }] }
    expect((await post('/v1/models/late:regress', asked)).body).toEqual({ results: [first, second] })
    expect((await post('/v1/models/late:classify', asked)).body).toEqual({
      results: [[['warn', first]], [['warn', second]]],
    })
  })

  it('explains by prediction id', async () => {
    const sent = await post('/v1/models/late:explain', { instances: [row, other] })
    expect(sent.body).toEqual({ explanations: [{ baseline: 0 }, { baseline: 0 }] })
    const base = sent.headers.get('fettle-prediction-base')
    expect(explained).toEqual([[`${base}-0`, `${base}-1`]])
  })

  it('status, metadata, models', async () => {
    expect(await get('/v1/models')).toEqual([200, { models: ['late'] }])
    expect(await get('/v1/models/late')).toEqual([
      200,
      {
        model_version_status: [
          { version: '1', state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } },
        ],
        name: 'late',
        ready: true,
      },
    ])
    const [status, metadata] = await get('/v1/models/late/versions/1/metadata')
    expect(status).toBe(200)
    expect(metadata).toMatchObject({ model_spec: { name: 'late', version: '1' } })
    expect((await get('/v1/models/late/versions/2'))[0]).toBe(404)
  })

  it('Vertex: its own routes answer as the default deployment', async () => {
    const [first] = await rows()
    expect(await get('/vertex/health')).toEqual([200, { ready: true }])
    const sent = await post('/vertex/predict', { instances: [row], parameters: { any: 1 } })
    expect(sent.body).toEqual({ predictions: [{ score: first, action: 'warn' }] })
  })

  const bad: [string, unknown, string][] = [
    ['both', { instances: [row], inputs: {} }, 'EXACTLY_ONE_OF'],
    ['neither', { signature_name: '' }, 'EXACTLY_ONE_OF'],
    ['something else', { instances: [row], rows: [] }, 'UNKNOWN_INPUT'],
    ['an unknown signature', { instances: [row], signature_name: 'x' }, 'UNKNOWN_INPUT'],
    ['instances that are none', { instances: row }, 'WRONG_TYPE'],
    ['an unknown field', { instances: [{ ...row, x: 1 }] }, 'UNKNOWN_INPUT'],
    ['a missing field', { instances: [{ origin: 'SEA' }] }, 'MISSING_INPUT'],
    ['an unknown column', { inputs: { origin: ['SEA'], distance: [1], x: [1] } }, 'UNKNOWN_INPUT'],
    ['a missing column', { inputs: { origin: ['SEA'] } }, 'MISSING_INPUT'],
    ['ragged columns', { inputs: { origin: ['SEA'], distance: [1, 2] } }, 'WRONG_SHAPE'],
    ['a column that is none', { inputs: { origin: 'SEA', distance: [1] } }, 'WRONG_TYPE'],
    ['bad base64', { instances: [{ origin: { b64: '*' }, distance: 1 }] }, 'BAD_BASE64'],
    ['bytes that are not UTF-8', { instances: [{ origin: { b64: '/w==' }, distance: 1 }] }, 'BAD_UTF8'],
    ['a list', [row], 'BAD_JSON'],
  ]
  it.each(bad)('%s', async (_, body, code) => {
    const sent = await post('/v1/models/late:predict', body)
    expect([sent.status, sent.headers.get('fettle-error-code')]).toEqual([400, code])
    expect((sent.body as { error: string }).error).toMatch(new RegExp(`^${code}: `))
  })
})
