import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ServiceError, status } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tokenHash } from '../../../front/access.ts'
import { row, startTestFront, type TestFront, until } from '../../../testing/test-front.ts'
import { grpcCall, grpcInfer } from '../../testing/grpc-client.ts'

let front: TestFront
beforeAll(async () => {
  front = await startTestFront({ grpcPort: 0 })
})
afterAll(() => front.close())

const call = (method: string, asks: string, answers: string, message: object = {}) =>
  grpcCall(front.grpc, { method, asks, answers }, message)

const request = {
  model_name: 'late',
  id: 'mine',
  inputs: [
    { name: 'origin', datatype: 'BYTES', shape: [1], contents: { bytes_contents: [Buffer.from('SEA')] } },
    { name: 'distance', datatype: 'FP64', shape: [1], contents: { fp64_contents: [500] } },
  ],
}

describe('gRPC', () => {
  it('live, ready, metadata', async () => {
    expect(await call('ServerLive', 'Empty', 'Live')).toEqual({ live: true })
    expect(await call('ServerReady', 'Empty', 'Ready')).toEqual({ ready: true })
    expect(await call('ServerMetadata', 'Empty', 'ServerMetadata')).toMatchObject({ name: 'fettle' })
    expect(await call('ModelReady', 'Named', 'Ready', { name: 'late' })).toEqual({ ready: true })
    expect(
      await call('ModelMetadata', 'Named', 'ModelMetadata', { name: 'late', version: '1' }),
    ).toMatchObject({
      name: 'late',
      versions: ['1'],
      inputs: [
        { name: 'origin', datatype: 'BYTES', shape: ['-1'] },
        { name: 'distance', datatype: 'FP64', shape: ['-1'] },
      ],
    })
  })

  it('predicts from typed contents: the bits of every other dialect', async () => {
    const reply = await grpcInfer(front.grpc, { ...request, outputs: [{ name: 'score' }] })
    const [native] = (await front.post('/predict/late', row)).body.predictions
    expect([reply.id, reply.model_version, reply.outputs.map(each => each.name)]).toEqual([
      'mine',
      '1',
      ['score'],
    ])
    expect(reply.raw_output_contents[0]?.readDoubleLE(0)).toBe(native?.score)
    expect(reply.parameters['arm']?.string_param).toBe('champion')
  })

  const [origin, distance] = request.inputs
  const bad: [string, object, status, string][] = [
    ['unknown deployment', { model_name: 'x' }, status.NOT_FOUND, 'UNKNOWN_DEPLOYMENT'],
    ['unknown version', { model_version: '9' }, status.NOT_FOUND, 'UNKNOWN_VERSION'],
    ['missing input', { inputs: [origin] }, status.INVALID_ARGUMENT, 'MISSING_INPUT'],
    [
      'no contents',
      { inputs: [origin, { ...distance, contents: {} }] },
      status.INVALID_ARGUMENT,
      'WRONG_SHAPE',
    ],
    ['raw for one', { raw_input_contents: [Buffer.alloc(8)] }, status.INVALID_ARGUMENT, 'WRONG_SHAPE'],
    [
      'raw that does not fit',
      { raw_input_contents: [Buffer.alloc(8), Buffer.alloc(4)] },
      status.INVALID_ARGUMENT,
      'WRONG_SHAPE',
    ],
    [
      'a negative shape',
      { inputs: [origin, { ...distance, shape: [-1] }] },
      status.INVALID_ARGUMENT,
      'WRONG_SHAPE',
    ],
    [
      'a datatype',
      { inputs: [origin, { ...distance, datatype: 'X' }] },
      status.INVALID_ARGUMENT,
      'WRONG_DATATYPE',
    ],
    [
      'not UTF-8',
      { inputs: [{ ...origin, contents: { bytes_contents: [Buffer.from([0xff])] } }, distance] },
      status.INVALID_ARGUMENT,
      'BAD_UTF8',
    ],
    [
      'reserved',
      { parameters: { sequence_id: { int64_param: 1 } } },
      status.INVALID_ARGUMENT,
      'RESERVED_PARAMETER',
    ],
    ['timeout 0', { parameters: { timeout: { int64_param: 0 } } }, status.DEADLINE_EXCEEDED, 'DEADLINE'],
  ]
  it.each(bad)('%s', async (_, change, code, name) => {
    const refused = await grpcInfer(front.grpc, { ...request, ...change }).catch(
      (error: ServiceError) => error,
    )
    expect(refused).toMatchObject({ code, details: expect.stringMatching(new RegExp(`^${name}: `)) })
    expect((refused as ServiceError).metadata.get('fettle-error-code')).toEqual([name])
  })
})

describe('callers', () => {
  it('must be known on this port too, and may do what they may over REST; not by way of the default deployment', async () => {
    const guarded = await startTestFront({
      access: { fronts: 1 },
      grpcPort: 0,
      others: [{ deployment: 'other' }],
      dialects: { defaultDeployment: 'late' },
    })
    try {
      const callers = [
        { name: 'all', token: tokenHash('a'), permissions: ['predict'] },
        { name: 'elsewhere', token: tokenHash('b'), permissions: ['predict'], deployments: ['other'] },
      ]
      writeFileSync(join(guarded.folder, 'access.json'), JSON.stringify({ schema: 1, callers }))
      const asked = (token?: string, version = '') =>
        grpcInfer(guarded.grpc, { ...request, model_version: version }, token).then(
          () => status.OK,
          (error: ServiceError) => error.code,
        )
      await until(async () => (await asked('a')) === status.OK)
      expect(await asked()).toBe(status.UNAUTHENTICATED)
      expect(await asked('x')).toBe(status.UNAUTHENTICATED)
      expect(await asked('b')).toBe(status.PERMISSION_DENIED)
      expect(await asked('a', '1')).toBe(status.PERMISSION_DENIED)
      expect(
        await grpcCall(guarded.grpc, { method: 'ServerLive', asks: 'Empty', answers: 'Live' }, {}),
      ).toEqual({ live: true })
      const invoke = async (token: string) =>
        (await guarded.post('/invocations', { instances: [row] }, { authorization: `Bearer ${token}` }))
          .status
      expect([await invoke('a'), await invoke('b')]).toEqual([200, 403])
    } finally {
      await guarded.close()
    }
  })
})
