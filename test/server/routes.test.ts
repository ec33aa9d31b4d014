import { afterAll, describe, expect, it } from 'vitest'
import { errorBody } from '../../src/api/common.ts'
import { type Route, type RouteName, routes } from '../../src/api/routes.ts'
import { FettleError } from '../../src/kernel/errors/index.ts'
import { fakeServer, token } from '../support/fake-server.ts'
import { hash } from '../support/sample-records.ts'
import { deploymentsAndReleases } from './route-calls/deployments-and-releases.ts'
import { governanceAndFacts } from './route-calls/governance-and-facts.ts'
import type { Call, RouteCalls } from './route-calls/model.ts'
import { projectsAndRuns } from './route-calls/projects-and-runs.ts'
import { rollouts } from './route-calls/rollouts.ts'
import { trackingAndRegistry } from './route-calls/tracking-and-registry.ts'

const { app, services, faults } = fakeServer()
afterAll(() => app.close())

/** Of every route: a new one does not compile without its calls. */
const cases: Readonly<Record<RouteName, NonNullable<RouteCalls[RouteName]>>> = {
  ...projectsAndRuns,
  ...trackingAndRegistry,
  ...governanceAndFacts,
  ...deploymentsAndReleases,
  ...rollouts,
}

function send(
  route: Route,
  { params = {}, body, query = '' }: Call,
  headers: Record<string, string> = { authorization: `Bearer ${token}` },
) {
  const path = route.path.replace(/:(\w+)/g, (_match, name: string) =>
    encodeURIComponent(params[name] ?? 'some'),
  )
  return app.inject({
    method: route.method,
    url: `/api/v1${path}${query === '' ? '' : `?${query}`}`,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  })
}

const table = Object.entries(routes) as [RouteName, Route][]

const withBad = table.filter(([name]) => cases[name].bad !== undefined)
const withUnknown = table.filter(([name]) => cases[name].unknown !== undefined)
const withBody = table.filter(([, route]) => route.body !== undefined)

describe('every route', () => {
  it.each(table)('%s answers with what its schema says', async (name, route) => {
    const response = await send(route, cases[name].good)
    expect(response.statusCode, response.body.slice(0, 300)).toBe(200)
    expect(response.headers['fettle-request-id']).toMatch(/^req_/)
  })

  it.each(withBad)('%s refuses what does not fit, naming the field', async (name, route) => {
    for (const [call, field] of cases[name].bad ?? []) {
      const response = await send(route, call)
      expect(response.statusCode, `${field}: ${response.body}`).toBe(400)
      const { error } = errorBody.parse(response.json())
      expect(error.code).toBe('BAD_REQUEST')
      expect(error.message).toContain(`${field}:`)
    }
  })

  it.each(withUnknown)('%s hands on the error of its room', async (name, route) => {
    const [call, code] = cases[name].unknown ?? [{}, '']
    const { error } = errorBody.parse((await send(route, call)).json())
    expect(error.code).toBe(code)
    expect(error.requestId).toMatch(/^req_/)
  })

  it.each(withBody)('%s refuses bodies that are not JSON', async (_name, route) => {
    const url = `/api/v1${route.path.replace(/:\w+/g, 'some')}`
    const post = async (type: string, payload: string) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': type }
      return (await app.inject({ method: route.method, url, headers, payload })).json().error
    }
    expect(await post('application/json', '{"a": tru}')).toMatchObject({
      code: 'BAD_JSON',
      details: { offset: 6 },
    })
    expect(await post('text/plain', 'hello')).toMatchObject({ code: 'UNSUPPORTED_MEDIA' })
    expect(await post('application/json', '['.repeat(40) + ']'.repeat(40))).toMatchObject({
      code: 'TOO_DEEP',
    })
  })

  it.each(table.filter(([, route]) => route.permission !== 'link'))(
    '%s lets workers in by token only, and others from this machine only',
    async (name, route) => {
      const anonymous = await send(route, cases[name].good, {})
      expect(anonymous.statusCode).toBe(route.permission === 'worker' ? 401 : 200)
      const wrong = await send(route, cases[name].good, { authorization: 'Bearer wrong' })
      expect(wrong.json().error.code).toBe('UNAUTHENTICATED')
      expect(wrong.headers['www-authenticate']).toBe('Bearer')
    },
  )
})

describe('the server', () => {
  it('has a case for every route', () => {
    expect(Object.keys(cases).sort()).toEqual(Object.keys(routes).sort())
  })

  it('refuses a body over 10 MB before reading it all', async () => {
    const response = await app.inject({
      method: 'POST',
      url: '/api/v1/plan',
      headers: { 'content-type': 'application/json' },
      payload: `"${'x'.repeat(10 * 1024 * 1024)}"`,
    })
    expect(response.statusCode).toBe(413)
    expect(response.json().error.code).toBe('BODY_TOO_LARGE')
  })

  it('knows a wrong method from a wrong path', async () => {
    const method = await app.inject({ method: 'DELETE', url: '/api/v1/runs' })
    expect([method.statusCode, method.headers['allow'], method.json().error.code]).toEqual([
      405,
      'POST, GET',
      'METHOD_NOT_ALLOWED',
    ])
    const path = await app.inject({ method: 'GET', url: '/api/v1/nothing' })
    expect([path.statusCode, path.json().error.code]).toEqual([404, 'UNKNOWN_ROUTE'])
    const broken = await app.inject({ method: 'GET', url: '/api/v1/runs/%zz' })
    expect([broken.statusCode, broken.json().error.code]).toEqual([400, 'BAD_REQUEST'])
  })

  it('refuses pages of other sites and names that are not this machine', async () => {
    const url = '/api/v1/runs/prn_1/cancel'
    const origin = await app.inject({
      method: 'POST',
      url,
      headers: { host: 'localhost:4747', origin: 'http://evil.example' },
    })
    expect([origin.statusCode, origin.json().error.code]).toEqual([403, 'FORBIDDEN'])
    const rebound = await app.inject({
      method: 'GET',
      url: '/api/v1/runs',
      headers: { host: 'evil.example:4747' },
    })
    expect(rebound.json().error.code).toBe('FORBIDDEN')
    const own = await app.inject({
      method: 'POST',
      url,
      headers: { host: 'localhost:4747', origin: 'http://localhost:4747' },
    })
    expect(own.statusCode).toBe(200)
    const elsewhere = await app.inject({ method: 'GET', url: '/api/v1/runs', remoteAddress: '10.0.0.9' })
    expect(elsewhere.json().error.code).toBe('UNAUTHENTICATED')
  })

  it('acts in the name that the holder of the token says', async () => {
    const headers = { authorization: `Bearer ${token}`, 'fettle-principal': 'step:prn_1/train' }
    await app.inject({ method: 'POST', url: '/api/v1/runs/prn_1/cancel', headers })
    expect(services.calls.at(-1)).toEqual([
      'cancel',
      { id: 'prn_1', principal: { name: 'step:prn_1/train' } },
    ])
    const bad = await app.inject({
      method: 'GET',
      url: '/api/v1/runs',
      headers: { ...headers, 'fettle-principal': 'a b\u0007' },
    })
    expect(bad.json().error.code).toBe('BAD_REQUEST')
  })

  it('tells a fault by incident id only, and logs it', async () => {
    const broken = fakeServer()
    Object.assign(broken.services.pipelines, {
      getRun: () => Promise.reject(new TypeError('secret path /home/x')),
    })
    const response = await broken.app.inject({ method: 'GET', url: '/api/v1/runs/prn_1' })
    const { error } = response.json()
    expect([response.statusCode, error.code]).toEqual([500, 'INTERNAL'])
    expect(response.body).not.toContain('secret')
    expect(broken.faults).toMatchObject([{ incident: error.details.incident, requestId: error.requestId }])
    expect(faults).toEqual([])
  })

  it('asks to be tried again only where nothing was begun', async () => {
    const busy = fakeServer()
    const answer = async (code: 'OVERLOADED' | 'NOT_READY') => {
      Object.assign(busy.services.deployments, {
        deploy: () => Promise.reject(new FettleError(code, 'later')),
      })
      const headers = { 'content-type': 'application/json' }
      return (
        await busy.app.inject({
          method: 'POST',
          url: '/api/v1/deployments/late/deploy',
          headers,
          payload: '{}',
        })
      ).headers['retry-after']
    }
    expect([await answer('OVERLOADED'), await answer('NOT_READY')]).toEqual(['1', undefined])
  })

  it('echoes a request id that was sent', async () => {
    const response = await app.inject({
      method: 'GET',
      url: '/api/v1/health',
      headers: { 'fettle-request-id': 'mine-1' },
    })
    expect(response.headers['fettle-request-id']).toBe('mine-1')
  })

  it('sends bytes as they are', async () => {
    const response = await app.inject({ method: 'GET', url: `/api/v1/objects/${hash}` })
    expect([...response.rawPayload]).toEqual([1, 2, 255])
    expect(response.headers['content-type']).toBe('application/octet-stream')
  })

  it('says NaN by name', async () => {
    const run = await app.inject({ method: 'GET', url: '/api/v1/experiment-runs/run_1' })
    expect(run.json().metrics).toEqual({ loss: 'NaN' })
    const history = await app.inject({ method: 'GET', url: '/api/v1/experiment-runs/run_1/metrics?key=loss' })
    expect(history.json().points.map((point: { value: unknown }) => point.value)).toEqual(['NaN'])
  })

  it('describes every route', async () => {
    const { paths } = (await app.inject({ method: 'GET', url: '/openapi.json' })).json()
    const described = Object.values<object>(paths).flatMap(path =>
      Object.values(path).map(operation => operation.operationId),
    )
    expect(described.sort()).toEqual(Object.keys(routes).sort())
    expect(paths['/api/v1/runs/{id}'].get.parameters).toEqual([
      { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
    ])
  })
})
