import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ServingSignature } from '../../front/signature.ts'
import type { ServableRelease } from '../../model.ts'
import { encodeTensor } from '../../oip/binary-tensor.ts'
import { row, startTestFront, type TestFront } from '../../testing/test-front.ts'
import { decodeInfer } from './decode.ts'

let front: TestFront
beforeAll(async () => {
  front = await startTestFront()
})
afterAll(() => front.close())

const rows = [row, { origin: 'ZZZ', distance: 1 }]
const tensors = [
  encodeTensor(
    'FP64',
    rows.map(each => each.distance),
  ),
  encodeTensor(
    'BYTES',
    rows.map(each => each.origin),
  ),
]
const inputs = tensors.map((bytes, at) => ({
  name: at === 0 ? 'distance' : 'origin',
  shape: [2],
  datatype: at === 0 ? 'FP64' : 'BYTES',
  parameters: { binary_data_size: bytes.length },
}))

interface Sent {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Buffer
}

async function infer(
  head: unknown,
  {
    raw = Buffer.concat(tensors),
    headers = {},
  }: { raw?: Buffer; headers?: Readonly<Record<string, string>> } = {},
): Promise<Sent> {
  const json = Buffer.from(JSON.stringify(head))
  return post(Buffer.concat([json, raw]), {
    'content-type': 'application/octet-stream',
    'inference-header-content-length': String(json.length),
    ...headers,
  })
}

async function post(body: Buffer, headers: Readonly<Record<string, string>>): Promise<Sent> {
  const response = await fetch(`${front.url}/v2/models/late/infer`, { method: 'POST', body, headers })
  return {
    status: response.status,
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  }
}

const jsonOf = ({ bytes }: Sent, length = bytes.length) =>
  JSON.parse(bytes.toString('utf8', 0, length)) as {
    error: string
    outputs: { name: string; data?: unknown[]; parameters?: { binary_data_size: number } }[]
  }

describe('binary tensors', () => {
  it('in and out, mixed with JSON in one reply, outputs as asked for', async () => {
    const native = await front.post('/predict/late', { rows })
    const scores = native.body.predictions.map(each => each.score)
    const sent = await infer({
      id: 'a',
      inputs,
      outputs: [{ name: 'action' }, { name: 'score', parameters: { binary_data: true } }],
    })
    const length = Number(sent.headers.get('inference-header-content-length'))
    expect(sent.headers.get('content-type')).toBe('application/octet-stream')
    const reply = jsonOf(sent, length)
    expect(reply.outputs).toEqual([
      { name: 'action', datatype: 'BYTES', shape: [2], data: ['warn', 'none'] },
      { name: 'score', datatype: 'FP64', shape: [2], parameters: { binary_data_size: 16 } },
    ])
    const raw = sent.bytes.subarray(length)
    expect([raw.length, raw.readDoubleLE(0), raw.readDoubleLE(8)]).toEqual([16, ...scores])
    const json = await infer({ inputs })
    expect([json.headers.get('content-type'), jsonOf(json).outputs[0]?.data]).toEqual([
      'application/json',
      scores,
    ])
  })

  it('one input raw, one JSON; NaN is missing, no rows are fine', async () => {
    const [distance] = inputs
    const origin = { name: 'origin', shape: [2], datatype: 'BYTES', data: ['SEA', 'ZZZ'] }
    const raw = encodeTensor('FP64', [Number.NaN, 3])
    expect((await infer({ inputs: [origin, distance] }, { raw })).status).toBe(200)
    const none = inputs.map(each => ({ ...each, shape: [0], parameters: { binary_data_size: 0 } }))
    const empty = await infer({ inputs: none }, { raw: Buffer.alloc(0) })
    expect(jsonOf(empty).outputs.map(each => each.data)).toEqual([[], []])
  })

  const size = (first: unknown, second: unknown = tensors[1]?.length) =>
    [first, second].map((bytes, at) => ({ ...inputs[at], parameters: { binary_data_size: bytes } }))
  const lies: [string, unknown, { raw?: Buffer; headers?: Record<string, string> }, string][] = [
    ['length missing', { inputs }, { headers: { 'inference-header-content-length': '' } }, 'BAD_HEADER'],
    ['length −1', { inputs }, { headers: { 'inference-header-content-length': '-1' } }, 'BAD_HEADER'],
    ['length 1e9', { inputs }, { headers: { 'inference-header-content-length': '1e9' } }, 'BAD_HEADER'],
    [
      'length too large',
      { inputs },
      { headers: { 'inference-header-content-length': '9999' } },
      'BAD_HEADER',
    ],
    ['length abc', { inputs }, { headers: { 'inference-header-content-length': 'abc' } }, 'BAD_HEADER'],
    ['two lengths', { inputs }, { headers: { 'inference-header-content-length': '5, 5' } }, 'BAD_HEADER'],
    [
      'length within the JSON',
      { inputs },
      { headers: { 'inference-header-content-length': '9' } },
      'BAD_JSON',
    ],
    ['a body too long', { inputs }, { raw: Buffer.concat([...tensors, Buffer.alloc(1)]) }, 'WRONG_SHAPE'],
    ['a body too short', { inputs }, { raw: Buffer.alloc(3) }, 'WRONG_SHAPE'],
    ['a size that does not fit the shape', { inputs: size(8) }, {}, 'WRONG_SHAPE'],
    ['a negative size', { inputs: size(-8) }, {}, 'WRONG_TYPE'],
    ['a fractional size', { inputs: size(1.5) }, {}, 'WRONG_TYPE'],
    ['a size beyond memory', { inputs: size(2 ** 60) }, {}, 'WRONG_TYPE'],
    ['data beside a size', { inputs: [{ ...inputs[0], data: [1, 2] }, inputs[1]] }, {}, 'WRONG_TYPE'],
    ['a wrong datatype', { inputs: [{ ...inputs[0], datatype: 'INT64' }, inputs[1]] }, {}, 'WRONG_DATATYPE'],
    ['a shape beyond memory', { inputs: [{ ...inputs[0], shape: [2 ** 50] }, inputs[1]] }, {}, 'WRONG_SHAPE'],
    [
      'text that ends behind the body',
      { inputs },
      { raw: Buffer.concat([tensors[0] ?? Buffer.alloc(0), Buffer.alloc(tensors[1]?.length ?? 0, 0xff)]) },
      'WRONG_SHAPE',
    ],
    [
      'text that is not UTF-8',
      { inputs: size(16, 10) },
      {
        raw: Buffer.concat([
          tensors[0] ?? Buffer.alloc(0),
          Buffer.from([1, 0, 0, 0, 0xff, 1, 0, 0, 0, 0x41]),
        ]),
      },
      'BAD_UTF8',
    ],
    [
      'Infinity',
      { inputs },
      {
        raw: Buffer.concat([
          encodeTensor('FP64', [Number.POSITIVE_INFINITY, 1]),
          tensors[1] ?? Buffer.alloc(0),
        ]),
      },
      'OUT_OF_RANGE',
    ],
    [
      'raw for a deployment of two inputs',
      { inputs },
      { headers: { 'inference-header-content-length': '0' } },
      'WRONG_SHAPE',
    ],
  ]
  it.each(lies)('%s', async (_, head, options, code) => {
    const sent = await infer(head, options)
    expect([sent.status, sent.headers.get('fettle-error-code')]).toEqual([400, code])
    expect(jsonOf(sent).error).toMatch(new RegExp(`^${code}: `))
  })

  it('a raw request is the one input of one row', () => {
    const signature = {
      request: [{ name: 'x', type: 'float64', role: 'request', nullable: true, description: null }],
      integers: false,
      width: 1,
      requestColumns: [{ field: 'x', at: 0 }],
    } as unknown as ServingSignature
    const release = {
      signature: { inputs: [], outputs: [{ name: 'score' }] },
      action: null,
    } as unknown as ServableRelease
    const body = encodeTensor('FP64', [-0])
    const request = decodeInfer(body, '0', { signature, release })
    expect(request.rows).toEqual([{ x: -0 }])
    expect(request.outputs).toEqual([{ output: { name: 'score', kind: 'score' }, binary: true }])
    expect(() => decodeInfer(Buffer.alloc(16), '0', { signature, release })).toThrow(
      expect.objectContaining({ code: 'WRONG_SHAPE' }),
    )
  })

  it('gzip both ways; lengths count what comes out', async () => {
    const many = 400
    const head = {
      inputs: [
        { name: 'distance', shape: [many], datatype: 'FP64', parameters: { binary_data_size: many * 8 } },
        { name: 'origin', shape: [many], datatype: 'BYTES', data: Array(many).fill('SEA') },
      ],
    }
    const json = Buffer.from(JSON.stringify(head))
    const sent = await new Promise<Sent>((resolve, reject) => {
      const body = gzipSync(Buffer.concat([json, Buffer.alloc(many * 8)]))
      post(body, {
        'content-type': 'application/octet-stream',
        'content-encoding': 'gzip',
        'inference-header-content-length': String(json.length),
        'accept-encoding': 'identity;q=0.5, gzip',
      }).then(resolve, reject)
    })
    expect(sent.headers.get('content-encoding')).toBe('gzip')
    // fetch has inflated it already; the wire was gzip.
    expect(jsonOf(sent).outputs[0]?.data).toHaveLength(many)
    expect(() => gunzipSync(sent.bytes)).toThrow()
  })
})

describe('statistics and repository', () => {
  const get = async (path: string) => (await fetch(front.url + path)).json()

  it('count what was asked', async () => {
    interface Stats {
      model_stats: {
        name: string
        version: string
        inference_count: number
        inference_stats: Record<string, { count: number; ns: number }>
      }[]
    }
    const before = ((await get('/v2/models/late/stats')) as Stats).model_stats[0]
    await front.post('/predict/late', { rows: [row, row, row] })
    await front.post('/predict/late', { rows: 3 })
    const after = ((await get('/v2/models/late/versions/1/stats')) as Stats).model_stats[0]
    expect([after?.name, after?.version]).toEqual(['late', '1'])
    expect((after?.inference_count ?? 0) - (before?.inference_count ?? 0)).toBe(3)
    for (const part of ['success', 'queue', 'compute_input', 'compute_infer', 'compute_output']) {
      const [was, is] = [before?.inference_stats[part], after?.inference_stats[part]]
      expect([part, (is?.count ?? 0) - (was?.count ?? 0), (is?.ns ?? 0) > (was?.ns ?? 0)]).toEqual([
        part,
        1,
        true,
      ])
    }
    expect((after?.inference_stats['fail']?.count ?? 0) - (before?.inference_stats['fail']?.count ?? 0)).toBe(
      1,
    )
    expect(((await get('/v2/models/stats')) as Stats).model_stats).toHaveLength(1)
  })

  it('index, load and unload', async () => {
    const index = await front.post('/v2/repository/index', {})
    expect(index.body).toEqual([{ name: 'late', version: '1', state: 'READY', reason: '' }])
    const call = async (verb: string) => {
      const response = await fetch(`${front.url}/v2/repository/models/late/${verb}`, { method: 'POST' })
      return [response.status, response.headers.get('fettle-error-code')]
    }
    expect(await call('load')).toEqual([200, null])
    expect(await call('unload')).toEqual([400, 'USE_A_ROLLOUT'])
  })
})
