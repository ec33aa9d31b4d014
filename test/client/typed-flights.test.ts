import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { count, csv, entity, featureView, float64, mean, source, string, timestamp } from 'fettle'
import { connect, type FeaturesOf, type RequestOf } from 'fettle/client'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import { originLandings, routeLandings } from '../../examples/flights/definitions/features.ts'
import { late, live } from '../../examples/flights/definitions/late.ts'
import { startTestFront, type TestFront } from '../../src/serving/testing/test-front.ts'

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
  let front: TestFront
  beforeAll(async () => {
    front = await startTestFront()
    await front.admin('/admin/clock', { now: '2001-05-17T10:58:00Z' })
  })
  afterAll(() => front.close())

  const airport = entity('airport', { key: { code: string() } })
  const landings = source('landings', {
    from: csv('landings.csv'),
    columns: { airport: string(), landed_at: timestamp(), is_late: float64() },
    eventTime: 'landed_at',
  })
  const airports = featureView('airports', {
    entity: airport,
    source: landings,
    keys: { code: 'airport' },
    features: f => ({ busy: count().over('3h'), late_share: mean(f.is_late).over('3h') }),
  })

  it('features(view).read answers with values and statuses by name, keys named as in the entity', async () => {
    const { features } = connect({ url: 'http://127.0.0.1:1', dataUrl: front.url })
    const found = await features(airports).read({ keys: { code: 'OSLO' } })
    expect(found).toEqual({
      values: { airports__busy: 4, airports__late_share: 0.5 },
      statuses: { airports__busy: 'PRESENT', airports__late_share: 'PRESENT' },
      asOf: '2001-05-17T10:58:00.000000Z',
    })
  })

  it('predict answers with a score; an unknown deployment is a coded error', async () => {
    const client = connect({ url: 'http://127.0.0.1:1', dataUrl: front.url })
    const sent = { name: 'late' } as unknown as typeof live
    const prediction = await client.deployment(sent).predict({ origin: 'SEA', distance: 500 } as never)
    expect(prediction).toMatchObject({ served_by: 'model', score: expect.any(Number) })
    const unknown = { name: 'nope' } as unknown as typeof live
    await expect(client.deployment(unknown).predict(flight)).rejects.toMatchObject({
      code: 'UNKNOWN_DEPLOYMENT',
    })
  })
})

describe('the bundle', () => {
  it('is for browsers, under 15 kB zipped, without the language or any schema', async () => {
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
    expect(zipped).toBeLessThan(15_000)
  })
})
