import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import type { FeatureViewData, SourceData, TrainingSetData } from '../../src/definitions/model.ts'
import { type ExplainedRow, explainRow, type TrainingSetClosure } from '../../src/features/index.ts'
import { parseTimestamp } from '../../src/kernel/time.ts'
import type { Value } from '../../src/kernel/values/index.ts'

const engine = createDuckDBEngine({ threads: 2 })
const at = (clock: string): bigint => parseTimestamp(`2001-01-02T${clock}:00Z`) ?? 0n
let folder = ''

const landings: SourceData = {
  kind: 'source',
  name: 'landings',
  from: { kind: 'parquet', path: 'landings.parquet' },
  columns: [
    { name: 'origin', type: 'string' },
    { name: 'departed', type: 'timestamp' },
    { name: 'landed', type: 'timestamp' },
    { name: 'delay', type: 'int64' },
    { name: 'gone', type: 'bool' },
  ],
  eventTime: 'departed',
  knownAt: { kind: 'column', column: 'landed' },
  deleted: 'gone',
}

const rows: Value[][] = [
  ['AMS', at('08:00'), at('09:00'), 5n, null],
  ['AMS', at('09:00'), at('10:00'), null, null],
  ['AMS', at('10:00'), at('11:00'), 30n, null],
  ['AMS', at('10:00'), at('11:00'), 31n, null],
  ['AMS', at('11:00'), at('12:30'), 40n, null],
  ['AMS', at('12:00'), at('13:00'), 50n, null],
  ['JFK', at('09:00'), at('10:00'), 1n, true],
]

function view(name: string, features: FeatureViewData['features'], more: object = {}) {
  const common = {
    entity: 'airport',
    source: 'landings',
    keys: ['origin'],
    at: 'at',
    knownTime: 'cutoff',
  } as const
  return { kind: 'featureView', name, version: 1, ...common, features, ...more } as FeatureViewData & {
    version: number
  }
}

const views = [
  view('newest', [{ kind: 'lookup', name: 'delay', column: 'delay', type: 'int64' }], { lookback: '1h' }),
  view('recent', [
    {
      kind: 'window',
      name: 'late',
      op: 'count',
      window: '3h',
      hop: '1h',
      type: 'int64',
      where: { column: 'delay', op: 'ge', value: 15 },
    },
    { kind: 'window', name: 'mean', op: 'mean', column: 'delay', window: '3h', hop: '1h', type: 'float64' },
  ]),
]
const trainingSet: TrainingSetData = {
  kind: 'trainingSet',
  name: 'set',
  spine: { source: 'landings', time: 'departed' },
  columns: ['origin'],
  request: [],
  lookups: views.map(({ name, features }) => ({
    view: name,
    as: name,
    keys: ['origin'],
    features: features.map(feature => feature.name),
  })),
  onDemand: [],
  label: { kind: 'column', name: 'y', known: 'maturity', column: 'delay', op: 'ge', value: 15 },
  labelMaturity: '1d',
  splits: [],
  embargo: true,
  fullNames: false,
  keepUnlabelled: false,
}
const closure: TrainingSetClosure = { trainingSet, entities: [], sources: [landings], views, onDemand: [] }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fettle-explain-'))
  const session = await engine.open({ projectFolder: folder })
  await session.addRows('given', { fields: landings.columns, rows })
  await session.writeParquet('SELECT * FROM given', join(folder, 'landings.parquet'))
  await session.close()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function explain(of: ExplainedRow) {
  return explainRow(engine, { closure, of, asOf: at('23:00'), projectFolder: folder })
}

describe('an explained row', () => {
  it('names the winner, the rows that lost and why', async () => {
    const { lookups } = await explain({ keys: { origin: 'AMS' }, time: at('11:00') })
    expect(lookups[0]).toMatchObject({
      kind: 'lookup',
      refused: null,
      winner: { eventTime: '2001-01-02T10:00:00.000000Z', columns: { delay: 31 } },
      lookbackFrom: '2001-01-02T10:00:00.000000Z',
      features: [{ name: 'delay', value: 31, status: 'P' }],
      losers: [
        { reason: 'later event', columns: { delay: 50 } },
        { reason: 'known only later', columns: { delay: 40 } },
        { reason: 'smaller in a tie', columns: { delay: 30 } },
        { reason: 'older event', columns: { delay: null } },
        { reason: 'older event', columns: { delay: 5 } },
      ],
    })
  })

  it('says why a winner is not used', async () => {
    const refused = async (origin: string | null, clock: string) => {
      const { lookups } = await explain({ keys: { origin }, time: at(clock) })
      const [first] = lookups
      return first?.kind === 'lookup' ? [first.refused, first.features[0]?.status] : undefined
    }
    expect(await refused('AMS', '20:00')).toEqual(['outside look-back', 'A'])
    expect(await refused('JFK', '10:00')).toEqual(['tombstone', 'F'])
    expect(await refused('LHR', '10:00')).toEqual(['no row', 'F'])
    expect(await refused(null, '10:00')).toEqual(['null key', 'F'])
    expect(await refused('AMS', '10:00')).toEqual([null, 'N'])
  })

  it('counts a window row by row', async () => {
    const { lookups } = await explain({ keys: { origin: 'AMS' }, time: at('12:10') })
    expect(lookups.slice(1)).toMatchObject([
      {
        kind: 'window',
        name: 'late',
        from: '2001-01-02T09:00:00.000000Z',
        to: '2001-01-02T12:10:00.000000Z',
        counted: 2,
        excluded: { 'known only later': 2, condition: 1, tombstone: 0 },
        knownLater: [{ columns: { delay: 40 } }, { columns: { delay: 50 } }],
      },
      {
        name: 'mean',
        counted: 3,
        nulls: 1,
        first: [{ columns: { delay: null } }, { columns: { delay: 30 } }, { columns: { delay: 31 } }],
        last: [{ columns: { delay: 31 } }, { columns: { delay: 30 } }, { columns: { delay: null } }],
      },
    ])
  })

  it('finds a row by its number, and refuses one that is not there', async () => {
    const { time, spine, row } = await explain({ row: 1 })
    expect([row, time, spine['origin'], spine['delay']]).toEqual([
      1,
      '2001-01-02T09:00:00.000000Z',
      'AMS',
      null,
    ])
    await expect(explain({ row: 99 })).rejects.toMatchObject({ code: 'ROW_UNKNOWN' })
    await expect(explain({ keys: {}, time: at('10:00') })).rejects.toMatchObject({ code: 'KEY_MISSING' })
  })
})
