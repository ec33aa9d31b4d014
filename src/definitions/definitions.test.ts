import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AppliedDefinition,
  checkProject,
  count,
  type Definition,
  entity,
  featureView,
  ge,
  hashDefinitions,
  int64,
  lookup,
  mean,
  type Project,
  parquet,
  planProject,
  refOf,
  source,
  sql,
  string,
  timestamp,
  trainingSet,
} from './index.ts'

const airport = entity('airport', { key: { airport: string() } })
const flights = source('flights', {
  from: parquet('flights.parquet'),
  columns: {
    origin: string(),
    delay: int64({ unit: 'min' }),
    departed_at: timestamp(),
    landed_at: timestamp(),
  },
  eventTime: 'departed_at',
  knownAt: 'landed_at',
})
const delays = featureView('delays', {
  entity: airport,
  source: flights,
  keys: { airport: 'origin' },
  features: f => ({ n: count().over('1h'), mean_delay: mean(f.delay).over('24h') }),
})
const late = trainingSet('late', {
  spine: flights,
  lookups: f => [lookup(delays, { airport: f.origin })],
  label: { name: 'is_late', when: f => ge(f.delay, 15) },
  labelMaturity: '1d',
  split: { train: ['2001-01-01', '2001-02-01'], test: ['2001-02-01', '2001-03-01'] },
})
const plain = (value: unknown): Definition => JSON.parse(JSON.stringify(value)) as Definition
const projectOf = (...definitions: unknown[]): Project => ({
  name: 'p',
  definitions: definitions.map(plain),
  locations: {},
})
const change = <Kind extends object>(definition: Kind, changes: object): Kind =>
  ({ ...plain(definition), ...changes }) as unknown as Kind
const codes = (...definitions: unknown[]) =>
  checkProject(projectOf(...definitions)).map(problem => problem.code)

function apply(project: Project): AppliedDefinition[] {
  return planProject(project, []).changes.map(({ ref, version, semanticHash, descriptiveHash }) => ({
    ref,
    version,
    semanticHash,
    descriptiveHash,
    definition: project.definitions.find(each => refOf(each) === ref) ?? plain(airport),
  }))
}

describe('hop defaults', () => {
  it('follow the length of the window', () => {
    const windows = featureView('w', {
      entity: airport,
      source: flights,
      keys: { airport: 'origin' },
      features: () => ({
        a: count().over('11h'),
        b: count().over('12h'),
        c: count().over('11d'),
        d: count().over('12d'),
        e: count().over('1h', { hop: '1m' }),
      }),
    })
    expect(windows.features.map(feature => feature.kind === 'window' && feature.hop)).toEqual([
      '5m',
      '1h',
      '1h',
      '1d',
      '1m',
    ])
  })
})

describe('hashes', () => {
  it('do not depend on the order of definitions or on descriptions', () => {
    const definitions = [airport, flights, delays, late].map(plain)
    const reference = hashDefinitions(definitions)
    fc.assert(
      fc.property(fc.shuffledSubarray(definitions, { minLength: 4 }), shuffled => {
        expect(hashDefinitions(shuffled)).toEqual(
          new Map(shuffled.map(each => [refOf(each), reference.get(refOf(each))])),
        )
      }),
    )
    const described = hashDefinitions([
      plain(airport),
      plain(change(flights, { description: 'words', owner: 'ana' })),
      plain(delays),
      plain(late),
    ])
    expect(described.get('source:flights')?.semantic).toBe(reference.get('source:flights')?.semantic)
    expect(described.get('source:flights')?.descriptive).not.toBe(
      reference.get('source:flights')?.descriptive,
    )
  })

  it('move with what a definition refers to', () => {
    const before = hashDefinitions([airport, flights, delays, late].map(plain))
    const after = hashDefinitions(
      [airport, change(flights, { from: { kind: 'parquet', path: 'other.parquet' } }), delays, late].map(
        plain,
      ),
    )
    expect(after.get('trainingSet:late')?.semantic).not.toBe(before.get('trainingSet:late')?.semantic)
    expect(after.get('trainingSet:late')?.own).toBe(before.get('trainingSet:late')?.own)
    expect(after.get('entity:airport')?.semantic).toBe(before.get('entity:airport')?.semantic)
  })
})

describe('plan', () => {
  const project = projectOf(airport, flights, delays, late)

  it('creates everything first and changes nothing the second time', () => {
    expect(planProject(project, []).changes.map(each => `${each.action} ${each.ref}`)).toEqual([
      'create entity:airport',
      'create source:flights',
      'create featureView:delays',
      'create trainingSet:late',
    ])
    expect(planProject(project, apply(project)).changes.every(each => each.action === 'none')).toBe(true)
  })

  it('gives a new version to what changed and to what is computed from it, and says what differs', () => {
    const view = {
      ...plain(delays),
      features: [{ kind: 'window', name: 'n', op: 'count', window: '2h', hop: '5m', type: 'int64' }],
    }
    const changes = planProject(projectOf(airport, flights, view, late), apply(project)).changes
    const delaysChange = changes.find(each => each.ref === 'featureView:delays')
    expect(delaysChange).toMatchObject({
      action: 'update',
      version: 2,
      breaking: true,
      affects: ['trainingSet:late'],
    })
    expect(delaysChange?.diff).toContain('features.n.window 1h → 2h')
    expect(changes.find(each => each.ref === 'trainingSet:late')).toMatchObject({
      action: 'update',
      version: 2,
      diff: ['something it refers to has changed'],
    })
    expect(changes.find(each => each.ref === 'source:flights')?.action).toBe('none')
  })

  it('keeps the version for words alone, and shows deletions with who uses them', () => {
    const described = planProject(
      projectOf(airport, change(flights, { description: 'words' }), delays, late),
      apply(project),
    ).changes
    expect(described.find(each => each.ref === 'source:flights')).toMatchObject({
      action: 'describe',
      version: 1,
    })
    const deleted = planProject(projectOf(airport, delays, late), apply(project)).changes
    expect(deleted.find(each => each.ref === 'source:flights')).toMatchObject({
      action: 'delete',
      affects: ['featureView:delays', 'trainingSet:late'],
    })
  })

  it('warns where leak-safety is only assumed', () => {
    const assumed = source('s', { from: parquet('x'), columns: { t: timestamp() }, eventTime: 't' })
    expect(planProject(projectOf(assumed), []).changes[0]?.warnings[0]).toContain('leak-safety is assumed')
  })
})

describe('lookups', () => {
  const pair = entity('pair', { key: { from_city: string(), to_city: string() } })
  const trips = source('trips', {
    from: parquet('trips.parquet'),
    columns: { from_city: string(), to_city: string(), minutes: int64(), at: timestamp() },
    eventTime: 'at',
    knownAt: 'event',
  })
  const usual = featureView('usual', {
    entity: pair,
    source: trips,
    features: f => ({ m: mean(f.minutes).over('1d') }),
  })
  const setOf = (keys: (refs: Parameters<Parameters<typeof trainingSet>[1]['lookups']>[0]) => object) =>
    trainingSet('s', {
      spine: trips,
      lookups: t => [lookup(usual, keys(t as never) as never)],
      label: { name: 'slow', when: t => ge(t.minutes, 30) },
      labelMaturity: '1d',
      split: { train: ['2001-01-01', '2001-02-01'] },
    })

  it('take keys in the order of the entity, however they are written', () => {
    const set = setOf(t => ({ to_city: t['to_city'], from_city: t['from_city'] }))
    expect(set.lookups[0]?.keys).toEqual(['from_city', 'to_city'])
  })

  it('report a key that is left out, and a column that is not declared, by name', () => {
    const missing = checkProject(
      projectOf(
        pair,
        trips,
        usual,
        setOf(t => ({ to_city: t['to_city'] })),
      ),
    )
    expect(missing.map(problem => [problem.code, problem.path])).toEqual([
      ['KEY_MISSING', 'lookups.usual.from_city'],
    ])
    const misspelt = featureView('usual', {
      entity: pair,
      source: trips,
      features: f => ({
        m: mean((f as unknown as Record<string, typeof f.minutes>)['minuts'] as typeof f.minutes).over('1d'),
      }),
    })
    const [problem] = checkProject(projectOf(pair, trips, misspelt))
    expect(problem).toMatchObject({
      code: 'COLUMN_UNKNOWN',
      message: 'source "trips" declares no column "minuts"',
    })
  })
})

describe('the check of a project', () => {
  it('finds nothing wrong with a good one', () => {
    expect(codes(airport, flights, delays, late)).toEqual([])
  })

  it('reports all problems at once, each with place, reason and what to do', () => {
    const problems = checkProject({
      ...projectOf(
        airport,
        change(flights, { eventTime: null }),
        change(delays, {
          keys: ['origen'],
          features: [
            {
              kind: 'window',
              name: 'n',
              op: 'mean',
              column: 'origin',
              window: '1h',
              hop: '2h',
              type: 'float64',
            },
          ],
        }),
      ),
      locations: { 'featureView:delays': 'definitions/features.ts:7' },
    })
    expect(problems.map(problem => problem.code)).toEqual([
      'EVENT_TIME_MISSING',
      'COLUMN_UNKNOWN',
      'OPERATOR_TYPE',
      'BAD_WINDOW',
    ])
    expect(problems[1]).toMatchObject({
      ref: 'featureView:delays',
      path: 'keys.airport',
      location: 'definitions/features.ts:7',
      message: 'source "flights" declares no column "origen"',
    })
    expect(problems[1]?.hint).toContain('origin')
  })

  it.each<[string, string, unknown[]]>([
    ['wrong type of event time', 'COLUMN_TYPE', [change(flights, { eventTime: 'delay' })]],
    [
      'known time of a column not there',
      'COLUMN_UNKNOWN',
      [change(flights, { knownAt: { kind: 'column', column: 'x' } })],
    ],
    [
      'reserved column name',
      'RESERVED_NAME',
      [
        change(flights, {
          columns: [{ name: '__row', type: 'int64' }],
          eventTime: null,
          knownAt: { kind: 'event' },
        }),
      ],
    ],
    [
      'no columns',
      'DEFINITION_EMPTY',
      [change(flights, { columns: [], eventTime: null, knownAt: { kind: 'event' } })],
    ],
    ['name with capitals', 'NAME_INVALID', [change(airport, { name: 'Airport' })]],
    ['view of a source not exported', 'REFERENCE_UNKNOWN', [airport, delays]],
    ['duration that is none', 'BAD_DURATION', [airport, flights, change(delays, { maxAge: 'soon' })]],
    ['key of another type', 'COLUMN_TYPE', [airport, flights, change(delays, { keys: ['delay'] })]],
    ['two of one name', 'DUPLICATE_DEFINITION', [airport, change(airport, { description: 'another' })]],
    [
      'overlapping splits',
      'SPLITS_OVERLAP',
      [
        airport,
        flights,
        delays,
        change(late, {
          splits: [
            { name: 'a', from: '2001-01-01T00:00:00Z', to: '2001-03-01T00:00:00Z' },
            { name: 'b', from: '2001-02-01T00:00:00Z', to: '2001-04-01T00:00:00Z' },
          ],
        }),
      ],
    ],
    [
      'split backwards',
      'SPLIT_INVALID',
      [
        airport,
        flights,
        delays,
        change(late, { splits: [{ name: 'a', from: '2001-03-01T00:00:00Z', to: '2001-02-01T00:00:00Z' }] }),
      ],
    ],
    [
      'feature that the view lacks',
      'FEATURE_UNKNOWN',
      [
        airport,
        flights,
        delays,
        change(late, { lookups: [{ view: 'delays', as: 'delays', keys: ['origin'], features: ['x'] }] }),
      ],
    ],
    [
      'two outputs of one name',
      'NAME_COLLISION',
      [
        airport,
        flights,
        delays,
        change(late, {
          lookups: [0, 1].map(() => ({ view: 'delays', as: 'delays', keys: ['origin'], features: ['n'] })),
        }),
      ],
    ],
  ])('refuses %s', (_what, code, definitions) => {
    expect(codes(...definitions)).toContain(code)
  })

  it('names the circle of sources that select from each other', () => {
    const a = source('a', {
      from: sql`SELECT * FROM ${source('b', { from: parquet('x'), columns: { t: timestamp() } })}`,
      columns: { t: timestamp() },
    })
    const b = source('b', { from: sql`SELECT * FROM ${a}`, columns: { t: timestamp() } })
    const cycle = checkProject(projectOf(a, b)).find(problem => problem.code === 'CYCLE')
    expect(cycle?.message).toContain('a → b → a')
  })
})
