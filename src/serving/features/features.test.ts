import { RecordBatchStreamWriter, tableFromIPC, vectorFromArray } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  content,
  type FeatureFront,
  minute,
  noon,
  rideView,
  startFeatureFront,
} from '../../../test/support/feature-front.ts'
import { featureCatalog, writeFeatureCatalog } from '../../features/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import { until } from '../testing/test-front.ts'

let front: FeatureFront
const read = (body: unknown, headers?: Record<string, string>) =>
  front.call('POST', '/features/read', body, headers)
// JSON.stringify has no negative zero.
const write = (body: unknown) =>
  front.call('POST', '/features/write', JSON.stringify(body)?.replaceAll('"-0.0"', '-0.0') ?? '')
const at = (minutes: number): string => formatTimestamp(noon + BigInt(minutes) * minute)
const ride = (driver_id: unknown, minutes: number, trips: unknown = 1, rate: unknown = 0.5) => ({
  driver_id,
  at: at(minutes),
  trips,
  rate,
  gone: null,
})
beforeAll(async () => {
  front = await startFeatureFront()
})
afterAll(() => front.close())

describe('write and read', () => {
  it('what was acknowledged is in the next read, with times and statuses', async () => {
    const report = await write({
      source: 'rides',
      columns: {
        driver_id: [1, 2, '9007199254740993', 3],
        at: [at(-60), at(-10), at(-1), at(-180)],
        trips: [7, null, '9223372036854775807', 1],
        rate: [0.25, '-0.0', 'NaN', 1],
        gone: [null, false, null, null],
      },
    })
    expect([report.status, report.json.received, report.json.applied]).toEqual([200, 4, 4])
    const reply = await read({
      features: ['ride_state:trips', 'ride_state@v2:rate'],
      entities: { driver: [1, 2, '9007199254740993', 3, 4, 1, null] },
    })
    expect(reply.status).toBe(200)
    expect(reply.bytes.toString()).toBe(
      `{"as_of":"2026-03-01T12:00:00.000000Z","rows":7,"columns":[` +
        `{"name":"trips","type":"int64","values":[7,null,"9223372036854775807",null,null,7,null],"status":"PNPAFPF"},` +
        `{"name":"rate","type":"float64","values":[0.25,-0.0,"NaN",null,null,0.25,null],"status":"PPPAFPF"}],` +
        `"views":[{"name":"ride_state","version":2,` +
        `"event_time":["${at(-60)}","${at(-10)}","${at(-1)}","${at(-180)}",null,"${at(-60)}",null],` +
        `"known_time":["${at(0)}","${at(0)}","${at(0)}","${at(0)}",null,"${at(0)}",null],` +
        `"age_us":[3600000000,600000000,60000000,10800000000,null,3600000000,null]}],"errors":[]}`,
    )
  })

  it('a source column stands for the key of the entity; times may be left out', async () => {
    const reply = await read({ features: ['ride_state:trips'], entities: { driver_id: [1] }, times: false })
    expect(reply.json.columns[0].values).toEqual([7])
    expect(reply.json.views).toEqual([{ name: 'ride_state', version: 2 }])
  })

  it('a training set is its feature list, on-demand features take request fields, full names prefix', async () => {
    const set = await read({ trainingSet: 'payout', entities: { captain: [1] } })
    expect(set.json.columns.map((each: { name: string }) => each.name)).toEqual(['trips', 'rate'])
    const derived = await read({
      features: ['bonus:earned', 'ride_state:rate'],
      entities: { driver: [1, 4] },
      request: { factor: [4, 4] },
      fullNames: true,
    })
    expect(derived.json.columns).toEqual([
      { name: 'bonus__earned', type: 'float64', values: [1, null], status: 'PN' },
      { name: 'ride_state__rate', type: 'float64', values: [0.25, null], status: 'PF' },
    ])
  })

  it('older, equal, newer and future rows in one request are told apart', async () => {
    const columns = {
      driver_id: [50, 50, 50, 50, 50],
      at: [at(-60), at(-180), at(-30), at(-30), at(4)],
      trips: [1, 0, 2, 2, 3],
      rate: [null, null, null, null, null],
      gone: [null, null, null, null, null],
    }
    await write({ source: 'rides', rows: [ride(50, -60)] })
    const { json } = await write({ source: 'rides', columns })
    expect(json.received).toBe(
      json.applied + json.superseded + json.duplicate + json.deferred + json.rejected,
    )
    expect(json.rows.map((each: { outcome: string }) => each.outcome)).toContain('deferred')
  })

  it('DELETE writes a tombstone at its event time', async () => {
    await write({ source: 'rides', rows: [ride(60, -30)] })
    const gone = await front.call('DELETE', '/features/rides', { keys: { driver_id: [60] }, at: at(-10) })
    expect([gone.status, gone.json.applied]).toEqual([200, 1])
    expect(
      (await read({ features: ['ride_state:trips'], entities: { driver: [60] } })).json.columns[0].status,
    ).toBe('F')
    await write({ source: 'rides', rows: [ride(60, -5, 8)] })
    expect(
      (await read({ features: ['ride_state:trips'], entities: { driver: [60] } })).json.columns[0].values,
    ).toEqual([8])
  })

  it('events are counted once: the same batch again gives its report again', async () => {
    const batch = { source: 'sales', rows: [{ shop: 'a', at: at(-10), price: 2 }], batchId: 'b1' }
    const first = await write(batch)
    const again = await write(batch)
    expect([first.status, again.status]).toEqual([200, 200])
    expect(again.json).toEqual({ ...first.json, replayed: true })
    const counted = await read({
      features: ['shop_sales:sold_1h', 'shop_sales:taken_1h'],
      entities: { shop: ['a', 'b'] },
    })
    expect(counted.json.columns.map((each: { values: unknown }) => each.values)).toEqual([
      [1, 0],
      [2, null],
    ])
    expect(counted.json.views).toEqual([{ name: 'shop_sales', version: 1, watermark: at(0) }])
    const other = await write({ ...batch, rows: [{ shop: 'a', at: at(-10), price: 3 }] })
    expect([other.status, other.json.error.code]).toEqual([409, 'BATCH_ID_REUSED'])
  })

  it('one side only: offline rows are not served', async () => {
    const { json } = await write({ source: 'rides', rows: [ride(70, -5)], to: 'offline' })
    expect(json.applied).toBe(1)
    expect(
      (await read({ features: ['ride_state:trips'], entities: { driver: [70] } })).json.columns[0].status,
    ).toBe('F')
  })

  it('bad rows are rejected with a reason and the others written; atomic writes all or none', async () => {
    const rows = [ride(80, -5), ride(null, -5), ride('x', -5), ride(80, 6), { ...ride(80, -5), at: null }]
    const { status, json } = await write({ source: 'rides', rows })
    expect([status, json.applied, json.rejected]).toEqual([200, 1, 4])
    expect(json.rows).toMatchObject([
      { row: 1, code: 'KEY_NULL' },
      { row: 2, code: 'TYPE_MISMATCH', column: 'driver_id', message: 'the text "x" is not a int64' },
      { row: 3, code: 'EVENT_TOO_FAR_IN_FUTURE', column: 'at' },
      { row: 4, code: 'EVENT_TIME_NULL', column: 'at' },
    ])
    const atomic = await write({ source: 'rides', rows: [ride(81, -5), ride(null, -5)], atomic: true })
    expect([atomic.status, atomic.json.rejected]).toEqual([422, 2])
    const none = await write({ source: 'rides', rows: [ride(null, -5)] })
    expect([none.status, none.json.received, none.json.rejected]).toEqual([422, 1, 1])
    expect(
      (await read({ features: ['ride_state:trips'], entities: { driver: [81] } })).json.columns[0].status,
    ).toBe('F')
  })

  it('a former version goes on answering whoever pins it, and takes writes', async () => {
    const next = { ...rideView, version: 3, semanticHash: 'sha256:rides-3' }
    const views = [next, ...content.views.slice(1)]
    const catalog = featureCatalog({ ...content, views }, featureCatalog(content))
    await writeFeatureCatalog(`${front.folder}/features.json`, catalog)
    await until(async () => front.features.catalog().revision.startsWith(catalog.revision))
    // Nothing of the new version is in the store: the former one answers.
    const before = await read({ features: ['ride_state:trips'], entities: { driver: [1] } })
    expect([before.json.columns[0].status, before.json.views[0].version]).toEqual(['P', 2])
    await write({ source: 'rides', rows: [ride(90, -5, 4)] })
    await until(async () => front.features.catalog().standIns === undefined)
    const { json } = await read({
      features: ['ride_state@v2:trips', 'ride_state:rate'],
      entities: { driver: [90] },
    })
    expect(json.columns.map((each: { values: unknown[] }) => each.values[0])).toEqual([4, 0.5])
    expect(json.views.map((each: { version: number }) => each.version)).toEqual([2, 3])
    const unknown = await read({ features: ['ride_state@v9:trips'], entities: { driver: [90] } })
    expect([unknown.status, unknown.json.error.code]).toEqual([404, 'VERSION_UNKNOWN'])
  })
})

describe('Arrow', () => {
  const arrowMedia = 'application/vnd.apache.arrow.stream'

  it('has the same bits as JSON, numbers for statuses, times by view', async () => {
    await write({ source: 'rides', rows: [ride(1, -2, 5, '-0.0'), ride(2, -2, null, 'Infinity')] })
    const reply = await read(
      { features: ['ride_state:trips', 'ride_state:rate'], entities: { driver: [1, 2, 4] } },
      { accept: arrowMedia },
    )
    expect(reply.headers.get('content-type')).toBe(arrowMedia)
    const table = tableFromIPC(reply.bytes)
    expect(table.schema.names).toEqual([
      'trips',
      'trips__status',
      'rate',
      'rate__status',
      'ride_state__event_time',
      'ride_state__known_time',
    ])
    expect([...(table.getChild('trips') ?? [])]).toEqual([5n, null, null])
    expect([...(table.getChild('trips__status') ?? [])]).toEqual([0, 1, 2])
    const rates = [...(table.getChild('rate') ?? [])]
    expect(Object.is(rates[0], -0)).toBe(true)
    expect(rates.slice(1)).toEqual([Number.POSITIVE_INFINITY, null])
    expect(table.schema.metadata.get('as_of')).toBe(at(0))
  })

  it('is taken for writes', async () => {
    const { makeData, Int64, Field, Schema, RecordBatch, Struct, TimestampMicrosecond } = await import(
      'apache-arrow'
    )
    const times = makeData({
      type: new TimestampMicrosecond('UTC'),
      length: 2,
      nullCount: 0,
      data: BigInt64Array.of(noon - minute, noon - 2n * minute),
    })
    const columns = {
      driver_id: makeData({ type: new Int64(), length: 2, nullCount: 0, data: BigInt64Array.of(201n, 202n) }),
      at: times,
      trips: vectorFromArray([4n, null], new Int64()).data[0],
      rate: vectorFromArray([0.5, 1.5]).data[0],
      gone: vectorFromArray([false, true]).data[0],
    }
    const fields = Object.entries(columns).map(
      ([name, data]) => new Field(name, (data as typeof times).type, true),
    )
    const children = Object.values(columns) as (typeof times)[]
    const writer = new RecordBatchStreamWriter()
    const data = makeData({ type: new Struct(fields), length: 2, nullCount: 0, children })
    writer.write(new RecordBatch(new Schema(fields), data))
    writer.finish()
    const headers = { 'content-type': arrowMedia }
    const path = '/features/write?source=rides&batchId=a1'
    const report = await front.call('POST', path, writer.toUint8Array(true), headers)
    expect([report.status, report.json.applied]).toEqual([200, 2])
    const { json } = await read({ features: ['ride_state:trips'], entities: { driver: [201, 202] } })
    expect([json.columns[0].values, json.columns[0].status]).toEqual([[4, null], 'PF'])
    const bad = await front.call('POST', path, Buffer.from('not arrow'), headers)
    expect([bad.status, bad.json.error.code]).toEqual([400, 'BAD_REQUEST'])
  })
})

describe('bad input over HTTP', () => {
  const f = ['ride_state:trips']
  const big = 'x'.repeat(1024 * 1024)
  const reads: [string, unknown, number, string][] = [
    [
      'unknown view',
      { features: ['ride_stat:trips'], entities: { driver: [1] } },
      404,
      'FEATURE_VIEW_UNKNOWN',
    ],
    ['unknown feature', { features: ['ride_state:trip'], entities: { driver: [1] } }, 404, 'FEATURE_UNKNOWN'],
    ['unknown training set', { trainingSet: 'pay', entities: { driver: [1] } }, 404, 'TRAINING_SET_UNKNOWN'],
    ['unknown deployment', { deployment: 'nope', entities: {} }, 404, 'UNKNOWN_DEPLOYMENT'],
    ['bad reference', { features: ['ride_state'], entities: { driver: [1] } }, 400, 'BAD_REFERENCE'],
    ['reference is a number', { features: [3], entities: { driver: [1] } }, 400, 'BAD_REFERENCE'],
    ['features a text', { features: 'ride_state:trips', entities: { driver: [1] } }, 400, 'BAD_REFERENCE'],
    ['no features', { features: [], entities: { driver: [1] } }, 400, 'NO_FEATURES'],
    ['nothing asked', { entities: { driver: [1] } }, 400, 'NO_FEATURES'],
    ['both', { features: f, trainingSet: 'payout', entities: { driver: [1] } }, 400, 'EXACTLY_ONE_OF'],
    ['equal names', { features: [...f, ...f], entities: { driver: [1] } }, 400, 'NAME_COLLISION'],
    ['ragged', { features: f, entities: { driver: [1], other: [1, 2] } }, 400, 'RAGGED_DATA'],
    ['key missing', { features: f, entities: { dryver: [1] } }, 400, 'KEY_MISSING'],
    ['key no list', { features: f, entities: { driver: 1 } }, 400, 'KEY_MISSING'],
    ['entities no object', { features: f, entities: [1] }, 400, 'KEY_MISSING'],
    ['key of another type', { features: f, entities: { driver: ['x'] } }, 400, 'TYPE_MISMATCH'],
    ['key 1.5', { features: f, entities: { driver: [1.5] } }, 400, 'TYPE_MISMATCH'],
    ['key true', { features: f, entities: { driver: [true] } }, 400, 'TYPE_MISMATCH'],
    ['key U+0000', { features: ['shop_sales:sold_1h'], entities: { shop: ['a\0b'] } }, 400, 'KEY_BAD_TEXT'],
    ['key of 1 MB', { features: ['shop_sales:sold_1h'], entities: { shop: [big] } }, 400, 'KEY_TOO_LONG'],
    [
      'lone surrogate',
      '{"features":["shop_sales:sold_1h"],"entities":{"shop":["\\ud800"]}}',
      400,
      'TYPE_MISMATCH',
    ],
    [
      'request field missing',
      { features: ['bonus:earned'], entities: { driver: [1] } },
      400,
      'REQUEST_FIELD_MISSING',
    ],
    ['10 001 rows', { features: f, entities: { driver: new Array(10_001).fill(1) } }, 413, 'BATCH_TOO_LARGE'],
    ['fullNames a text', { features: f, entities: { driver: [1] }, fullNames: 'yes' }, 400, 'BAD_REQUEST'],
    ['not JSON', '{"features":[', 400, 'BAD_JSON'],
    ['a list', '[]', 400, 'BAD_JSON'],
    ['empty', '', 400, 'BAD_JSON'],
    ['deep', '['.repeat(1000), 400, 'TOO_DEEP'],
    ['__proto__', '{"features":["__proto__:x"],"entities":{"__proto__":[1]}}', 404, 'FEATURE_VIEW_UNKNOWN'],
    ['constructor', { trainingSet: 'constructor', entities: {} }, 404, 'TRAINING_SET_UNKNOWN'],
  ]
  for (const [name, body, status, code] of reads) {
    it(`read, ${name}: ${code}`, async () => {
      const reply = await read(body)
      expect([reply.status, reply.json.error.code]).toEqual([status, code])
      expect(reply.headers.get('fettle-error-code')).toBe(code)
      expect(reply.json.error.message.length).toBeLessThan(300)
    })
  }

  it('names what is near, and where a body stops being JSON', async () => {
    const near = await read({ features: ['ride_stat:trips'], entities: { driver: [1] } })
    expect(near.json.error.details.nearest[0]).toBe('ride_state')
    const broken = await read('{"features": nope}')
    expect(broken.json.error.details.at).toBe(13)
  })

  const good = { driver_id: [1], at: [at(-5)], trips: [1], rate: [1], gone: [null] }
  const writes: [string, unknown, number, string][] = [
    ['unknown source', { source: 'ride', columns: good }, 404, 'SOURCE_UNKNOWN'],
    ['batch source', { source: 'weather', rows: [] }, 409, 'SOURCE_NOT_WRITABLE'],
    ['no source', { columns: good }, 400, 'BAD_REQUEST'],
    ['neither rows nor columns', { source: 'rides' }, 400, 'EXACTLY_ONE_OF'],
    ['column missing', { source: 'rides', columns: { ...good, rate: undefined } }, 400, 'COLUMN_MISSING'],
    ['column missing in a row', { source: 'rides', rows: [{ driver_id: 1 }] }, 400, 'COLUMN_MISSING'],
    ['column unknown', { source: 'rides', columns: { ...good, rates: [1] } }, 400, 'COLUMN_UNKNOWN'],
    ['column unknown in a row', { source: 'rides', rows: [{ ...ride(1, -5), x: 1 }] }, 400, 'COLUMN_UNKNOWN'],
    ['ragged', { source: 'rides', columns: { ...good, rate: [1, 2] } }, 400, 'RAGGED_DATA'],
    ['a column no list', { source: 'rides', columns: { ...good, rate: 1 } }, 400, 'RAGGED_DATA'],
    ['bad to', { source: 'rides', columns: good, to: 'there' }, 400, 'BAD_REQUEST'],
    ['bad atomic', { source: 'rides', columns: good, atomic: 1 }, 400, 'BAD_REQUEST'],
    ['bad batchId', { source: 'rides', columns: good, batchId: 7 }, 400, 'BAD_REQUEST'],
    [
      'no batchId',
      { source: 'sales', rows: [{ shop: 'a', at: at(-5), price: 1 }] },
      400,
      'BATCH_ID_REQUIRED',
    ],
    [
      'key U+0000',
      { source: 'sales', rows: [{ shop: 'a\0', at: at(-5), price: 1 }], batchId: 'z' },
      400,
      'KEY_BAD_TEXT',
    ],
    [
      'key of 1 MB',
      { source: 'sales', rows: [{ shop: big, at: at(-5), price: 1 }], batchId: 'z' },
      400,
      'KEY_TOO_LONG',
    ],
    ['a text', 'rides', 400, 'BAD_JSON'],
  ]
  for (const [name, body, status, code] of writes) {
    it(`write, ${name}: ${code}`, async () => {
      const reply = await write(body)
      expect([reply.status, reply.json.error.code]).toEqual([status, code])
    })
  }

  it('a write of a million rows is BATCH_TOO_LARGE', async () => {
    const million = new Array<number>(1_000_000).fill(1)
    const columns = { shop: million, at: million, price: million }
    const reply = await write({ source: 'sales', batchId: 'm', columns })
    expect([reply.status, reply.json.error.code]).toEqual([413, 'BATCH_TOO_LARGE'])
  })

  it('methods, routes, media', async () => {
    const code = async (method: string, path: string, headers?: Record<string, string>) =>
      (await front.call(method, path, '{}', headers)).headers.get('fettle-error-code')
    expect(await code('PUT', '/features/read')).toBe('METHOD_NOT_ALLOWED')
    expect(await code('POST', '/features/rides')).toBe('UNKNOWN_ROUTE')
    expect(await code('DELETE', '/features/nope')).toBe('SOURCE_UNKNOWN')
    expect(await code('DELETE', '/features/sales')).toBe('SOURCE_NOT_WRITABLE')
    expect(await code('POST', '/features/write', { 'content-type': 'text/csv' })).toBe('UNSUPPORTED_MEDIA')
  })
})
