import fastify from 'fastify'
import { expect, test } from 'vitest'
import { FettleError } from '../kernel/errors/index.ts'
import type { ControlPlane, LeasedStep } from '../pipelines/index.ts'
import { workerRoutes } from './worker-routes.ts'

const ref = { run: 'prn_1', step: 'train', attempt: 1, token: 1 }

/** A control plane that tells what it was asked. */
async function server(parts: Partial<ControlPlane> = {}) {
  const asked: unknown[] = []
  const answer =
    <Answer>(value: Answer) =>
    async (request: unknown) => {
      asked.push(request)
      return value
    }
  const service: ControlPlane = {
    claim: answer(undefined),
    begin: answer(undefined),
    heartbeat: answer({ cancel: true }),
    publish: answer({ published: true }),
    fail: answer(undefined),
    ...parts,
  }
  const app = fastify()
  await app.register(workerRoutes(service, { token: 'secret' }), { prefix: '/api/v1/worker' })
  const post = async (name: string, body: unknown, authorization = 'Bearer secret') => {
    const payload = typeof body === 'string' ? body : JSON.stringify(body)
    const headers = { authorization, 'content-type': 'application/json' }
    const response = await app.inject({ method: 'POST', url: `/api/v1/worker/${name}`, headers, payload })
    return { status: response.statusCode, body: response.json() }
  }
  return { asked, post }
}

test.each(['', 'Bearer ', 'Bearer wrong', 'Basic secret'])(
  'the authorization %j is refused before anything else',
  async authorization => {
    const { post, asked } = await server()
    const { status, body } = await post('claim', '{', authorization)
    expect([status, body.error.code, asked]).toEqual([401, 'WORKER_TOKEN_INVALID', []])
  },
)

test('each call reaches the service as it was sent, unknown members dropped', async () => {
  const { post, asked } = await server()
  const outputs = { value: { kind: 'json', hash: 'sha256:1', bytes: 1, value: 1 } }
  const failure = {
    outcome: 'failed',
    errorClass: 'user',
    error: { code: 'X', message: 'm', hint: 'h', details: {} },
  }
  expect((await post('claim', { worker: 'w', waitMs: 0, more: 1 })).body).toEqual({ step: null })
  expect((await post('begin', { ...ref, instance: 'i' })).status).toBe(200)
  expect((await post('heartbeat', ref)).body).toEqual({ cancel: true })
  expect((await post('publish', { ...ref, outputs })).body).toEqual({ published: true })
  expect((await post('fail', { ...ref, ...failure })).status).toBe(200)
  expect(asked).toEqual([
    { worker: 'w', waitMs: 0 },
    { ...ref, instance: 'i' },
    ref,
    { ...ref, outputs },
    { ...ref, ...failure },
  ])
})

test.each([
  ['claim', { worker: 'w', waitMs: 60_000 }, 'BAD_REQUEST', /waitMs/],
  ['heartbeat', { ...ref, token: '1' }, 'BAD_REQUEST', /token/],
  ['publish', { ...ref, outputs: { a: { kind: 'pickle' } } }, 'BAD_REQUEST', /outputs\.a\.kind/],
  ['fail', '{"run": ', 'BAD_JSON', /JSON/],
])('%s with a bad body is a 400 that names the member', async (name, payload, code, message) => {
  const { post, asked } = await server()
  const { status, body } = await post(name, payload)
  expect([status, body.error.code, asked]).toEqual([400, code, []])
  expect(body.error.message).toMatch(message)
})

test('coded errors keep code and status; others are told as a fault, without their text', async () => {
  const stale = await server({ publish: () => Promise.reject(new FettleError('STALE_TOKEN', 'gone')) })
  expect(await stale.post('publish', { ...ref, outputs: {} })).toMatchObject({
    status: 409,
    body: { error: { code: 'STALE_TOKEN' } },
  })
  const broken = await server({ claim: () => Promise.reject(new Error('password=1')) })
  const { status, body } = await broken.post('claim', { worker: 'w', waitMs: 0 })
  expect([status, body.error.code]).toEqual([500, 'INTERNAL'])
  expect(JSON.stringify(body)).not.toContain('password')
})

test('a leased step reaches the worker whole', async () => {
  const step = {
    ...ref,
    pipeline: 'demo',
    seed: 1,
    leaseMs: 30_000,
    heartbeatMs: 10_000,
    inputs: {},
    plan: { id: 'train' },
  } as unknown as LeasedStep
  const { post } = await server({ claim: async () => step })
  expect((await post('claim', { worker: 'w', waitMs: 0 })).body).toEqual({ step })
})
