import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { entity, featureView, float64, int64, push, source, timestamp } from 'fettle'
import { connect, type FeaturesOf, type RequestOf } from 'fettle/client'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import { originLandings, routeLandings } from '../../examples/flights/definitions/features.ts'
import { late, live } from '../../examples/flights/definitions/late.ts'
import { startTestFront } from '../../src/serving/testing/test-front.ts'
import { startFeatureFront } from '../support/feature-front.ts'

const flight = { origin: 'ORD', destination: 'SFO', distance: 1846, local_minute: 1040, weekday: 2 }

describe('the client with the definitions of examples/flights', () => {
  const bodies: unknown[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    bodies.push([request.url, JSON.parse(body)])
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end('{"id":"a","predictions":[{"prediction_id":"a-0","score":0.5,"served_by":"model"}]}')
  })
  let dataUrl = ''
  beforeAll(async () => {
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    dataUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => void server.close())

  it('takes the fields of the deployment, and sends them as they are', async () => {
    const prediction = await connect({ dataUrl }).deployment(live).predict(flight)
    expect(prediction).toEqual({ prediction_id: 'a-0', score: 0.5, served_by: 'model' })
    expect(bodies.at(-1)).toEqual(['/predict/late', { rows: [flight] }])
    expectTypeOf<keyof RequestOf<typeof live>>().toEqualTypeOf<keyof typeof flight>()
  })

  it('does not compile with a field that is misspelt, missing or of another type', () => {
    const { predict } = connect({ dataUrl }).deployment(live)
    const { origin: _left, ...rest } = flight
    const wrong = [
      // @ts-expect-error: it is origin
      () => predict({ orgin: 'ORD', ...rest }),
      // @ts-expect-error: origin is missing
      () => predict(rest),
      // @ts-expect-error: distance is a number
      () => predict({ ...flight, distance: '1846' }),
      // @ts-expect-error: a model is no deployment
      () => connect({ dataUrl }).deployment(late),
    ]
    expect(wrong).toHaveLength(4)
  })

  it('types the keys and values of features, and refuses others', () => {
    const { features } = connect({ dataUrl })
    expectTypeOf<FeaturesOf<typeof originLandings>>().toHaveProperty('late_share_3h')
    expectTypeOf<FeaturesOf<typeof originLandings>['late_share_3h']>().toEqualTypeOf<number | null>()
    const wrong = [
      // @ts-expect-error: the key of an airport is airport
      () => features(originLandings).read({ keys: { airprt: 'ORD' } }),
      // @ts-expect-error: a route has two components
      () => features(routeLandings).read({ keys: { origin: 'ORD' } }),
    ]
    expect(wrong).toHaveLength(2)
  })
})

describe('against a real serving front', () => {
  const driver = entity('driver', { key: { driver: int64() } })
  const rides = source('rides', {
    from: push(),
    columns: { driver_id: int64(), at: timestamp(), trips: int64(), rate: float64() },
    eventTime: 'at',
  })
  const rideState = featureView('ride_state', {
    entity: driver,
    source: rides,
    keys: { driver: 'driver_id' },
    features: f => ({ trips: f.trips, rate: f.rate }),
  })

  it('features(view).read answers with values and statuses by name, keys named as in the entity', async () => {
    const front = await startFeatureFront()
    const at = '2026-03-01T11:00:00Z'
    const written = await front.call('POST', '/features/write', {
      source: 'rides',
      columns: { driver_id: [5], at: [at], trips: [7], rate: [null], gone: [null] },
    })
    const { features } = connect({ url: 'http://127.0.0.1:1', dataUrl: front.url })
    const found = await features(rideState).read({ keys: { driver: 5n } })
    await front.close()
    expect(written.json).toMatchObject({ applied: 1 })
    expect(found).toEqual({
      values: { trips: 7, rate: null },
      statuses: { trips: 'PRESENT', rate: 'NULL_VALUE' },
      asOf: '2026-03-01T12:00:00.000000Z',
    })
  })

  it('predict answers with a score; an unknown deployment is a coded error', async () => {
    const front = await startTestFront()
    const client = connect({ url: 'http://127.0.0.1:1', dataUrl: front.url })
    const sent = { name: 'late' } as unknown as typeof live
    const prediction = await client.deployment(sent).predict({ origin: 'SEA', distance: 500 } as never)
    expect(prediction).toMatchObject({ served_by: 'model', score: expect.any(Number) })
    const unknown = { name: 'nope' } as unknown as typeof live
    await expect(client.deployment(unknown).predict(flight)).rejects.toMatchObject({
      code: 'UNKNOWN_DEPLOYMENT',
    })
    await front.close()
  })
})

describe('the bundle', () => {
  it('is for browsers, under 18 kB zipped, without the language or any schema', async () => {
    const { outputFiles, metafile } = await build({
      stdin: {
        contents:
          "import { connect } from 'fettle/client'\nexport const predict = (live, row) => connect({}).deployment(live).predict(row)",
        resolveDir: import.meta.dirname,
      },
      bundle: true,
      minify: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'browser',
      conditions: ['fettle-source'],
    })
    const inputs = Object.keys(metafile.inputs)
    expect(inputs.filter(path => path.includes('node_modules'))).toEqual([])
    const zipped = gzipSync(outputFiles[0]?.contents ?? '').byteLength
    expect(zipped).toBeGreaterThan(1000)
    expect(zipped).toBeLessThan(18_000)
  })
})
