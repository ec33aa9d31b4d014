import { describe, expect, it } from 'vitest'
import {
  checkProject,
  count,
  type Definition,
  entity,
  exists,
  type FeatureViewData,
  featureView,
  float64,
  ge,
  histogram,
  int64,
  lookup,
  mean,
  type Project,
  parquet,
  planProject,
  push,
  quantile,
  redisStream,
  source,
  sql,
  string,
  sum,
  timestamp,
  topK,
  trainingSet,
} from './index.ts'

const card = entity('card', { key: { card: string() } })
const columns = { card: string(), amount: float64(), n: int64(), at: timestamp(), known: timestamp() }
const payments = source('payments', {
  from: parquet('p.parquet'),
  columns,
  eventTime: 'at',
  knownAt: 'known',
})
const chargebacks = source('chargebacks', {
  from: parquet('c.parquet'),
  columns: { card_number: string(), amount: float64(), at: timestamp() },
  eventTime: 'at',
  knownAt: 'event',
})
const spending = featureView('spending', {
  entity: card,
  source: payments,
  features: p => ({ paid_1d: sum(p.amount).over('1d') }),
})
const fraud = trainingSet('fraud', {
  spine: payments,
  lookups: p => [lookup(spending, { card: p.card })],
  label: {
    name: 'charged_back',
    later: exists(chargebacks),
    horizon: '2d',
    keys: p => ({ card_number: p.card }),
  },
  labelMaturity: '3d',
  split: { train: ['2024-01-01', '2024-02-01'] },
})
const good = [card, payments, chargebacks, spending, fraud]

const plain = (value: unknown): Definition => JSON.parse(JSON.stringify(value)) as Definition
const projectOf = (definitions: readonly unknown[]): Project => ({
  name: 'p',
  definitions: definitions.map(plain),
  locations: {},
})
const problemsOf = (...definitions: readonly unknown[]) => checkProject(projectOf(definitions))
/** The good project with one definition changed as data. */
const changed = (definition: object & { name: string }, changes: object) =>
  problemsOf(...good.map(each => (each.name === definition.name ? { ...each, ...changes } : each)))
const viewWith = (changes: object) => changed(spending, changes)
const window = (changes: object) => ({
  features: [{ ...(plain(spending) as FeatureViewData).features[0], ...changes }],
})

it('finds nothing wrong with the project that the others break', () => {
  expect(problemsOf(...good)).toEqual([])
})

describe('a definition is refused, with what is wrong and what to do,', () => {
  it.each<[string, string, RegExp, readonly ReturnType<typeof problemsOf>[number][]]>([
    ['duration of nothing', 'BAD_DURATION', /"0h" is not a duration/, viewWith({ maxAge: '0h' })],
    ['duration with a blank', 'BAD_DURATION', /"1 h"/, viewWith(window({ window: '1 h' }))],
    ['hop of nothing', 'BAD_DURATION', /"0m"/, viewWith(window({ hop: '0m' }))],
    ['hop over the window', 'BAD_WINDOW', /hop 2d is longer than window 1d/, viewWith(window({ hop: '2d' }))],
    [
      'quantile outside [0, 1]',
      'BAD_PARAMETER',
      /probability from 0 to 1, not 1.5/,
      viewWith(window({ op: 'quantile', p: 1.5 })),
    ],
    ['no elements', 'BAD_PARAMETER', /from 1, not 0/, viewWith(window({ op: 'top_k', k: 0 }))],
    ['half an element', 'BAD_PARAMETER', /not 1.5/, viewWith(window({ op: 'last_k', k: 1.5 }))],
    [
      'limit of nothing',
      'BAD_PARAMETER',
      /limit/,
      viewWith(window({ op: 'histogram', column: 'card', limit: 0 })),
    ],
    [
      'operator without its column',
      'BAD_PARAMETER',
      /mean needs a column/,
      viewWith(window({ op: 'mean', column: undefined })),
    ],
    [
      'mean of a text',
      'OPERATOR_TYPE',
      /mean does not take string/,
      viewWith(window({ op: 'mean', column: 'card' })),
    ],
    [
      'histogram of a float',
      'OPERATOR_TYPE',
      /histogram does not take float64/,
      viewWith(window({ op: 'histogram' })),
    ],
    [
      'expiry below max age',
      'EXPIRY_TOO_SHORT',
      /expiry 3d is shorter than maxAge 4d/,
      viewWith({ expiry: '3d', maxAge: '4d' }),
    ],
    [
      'expiry below window and hop',
      'EXPIRY_TOO_SHORT',
      /expiry 1d is shorter than window \+ hop of "paid_1d" \(1d \+ 1h\)/,
      viewWith({ expiry: '1d' }),
    ],
    [
      'expiry of a window without end',
      'EXPIRY_TOO_SHORT',
      /no end/,
      viewWith({ expiry: '9d', ...window({ window: 'all' }) }),
    ],
    [
      'freshness above max age',
      'FRESHNESS_TOO_LONG',
      /freshness 2d is longer than maxAge 1d/,
      viewWith({ freshness: '2d', maxAge: '1d' }),
    ],
    ['schedule that is none', 'BAD_SCHEDULE', /"at noon" is no schedule/, viewWith({ schedule: 'at noon' })],
    [
      'maturity below the horizon',
      'MATURITY_TOO_SHORT',
      /labelMaturity 1d is shorter than the label's horizon 2d/,
      changed(fraud, { labelMaturity: '1d' }),
    ],
    [
      'label of a source that is not there',
      'REFERENCE_UNKNOWN',
      /"refunds" is not exported/,
      changed(fraud, { label: { ...fraud.label, source: 'refunds' } }),
    ],
    [
      'label without keys',
      'KEY_MISSING',
      /which events/,
      changed(fraud, { label: { ...fraud.label, keys: [] } }),
    ],
    [
      'label by keys of other types',
      'COLUMN_TYPE',
      /"card_number" of "chargebacks" is string, spine column "n" is int64/,
      changed(fraud, { label: { ...fraud.label, keys: [{ source: 'card_number', spine: 'n' }] } }),
    ],
    [
      'reserved label',
      'RESERVED_NAME',
      /"__split" begins with two underscores/,
      changed(fraud, { label: { ...fraud.label, name: '__split' } }),
    ],
    [
      'reserved feature',
      'RESERVED_NAME',
      /"__row"/,
      problemsOf(card, payments, { ...spending, ...window({ name: '__row' }) }),
    ],
    [
      'two lookups of one name',
      'NAME_COLLISION',
      /both called "spending"/,
      changed(fraud, { lookups: [fraud.lookups[0], { ...fraud.lookups[0], features: [] }] }),
    ],
    [
      'ingest time of rows Fettle does not accept',
      'BAD_PARAMETER',
      /cannot know when they came in/,
      changed(payments, { knownAt: { kind: 'ingest' } }),
    ],
    [
      'zone that is none',
      'BAD_PARAMETER',
      /"Mars\/Olympus" is no time zone/,
      changed(payments, { zone: 'Mars/Olympus' }),
    ],
    [
      'address in a feed',
      'BAD_PARAMETER',
      /name of an environment variable/,
      changed(payments, { from: push({ feed: redisStream('redis://x:6379', 's') }) }),
    ],
  ])('%s', (_what, code, message, problems) => {
    expect(problems.map(problem => problem.code)).toEqual([code])
    expect(problems[0]?.message).toMatch(message)
    expect(problems[0]?.hint).not.toBe('')
  })

  it('names both references of a collision and how to tell them apart', () => {
    const twice = { ...spending, name: 'twice' }
    const problems = problemsOf(card, payments, chargebacks, spending, twice, {
      ...fraud,
      lookups: [fraud.lookups[0], { ...fraud.lookups[0], view: 'twice', as: 'twice' }],
    })
    expect(problems).toMatchObject([
      {
        code: 'NAME_COLLISION',
        message: '"paid_1d" comes from both spending:paid_1d and twice:paid_1d',
        hint: expect.stringContaining('fullNames'),
      },
    ])
  })
})

describe('the text of a SQL source', () => {
  const sqlProblems = (from: Parameters<typeof source>[1]['from']) =>
    problemsOf(payments, source('made', { from, columns: { n: int64() } })).map(({ code, message }) => [
      code,
      message,
    ])

  it.each([
    [sql`SELECT n FROM ${payments}`],
    [
      sql`WITH big AS (SELECT * FROM ${payments}), more AS (SELECT * FROM big) SELECT n FROM more JOIN big USING (n)`,
    ],
    [
      sql`SELECT extract(year FROM at) AS n, trim(both ' ' FROM card) FROM ${payments} -- FROM nowhere; now()`,
    ],
    [
      sql`SELECT count(*) AS n FROM (SELECT * FROM ${payments}) t WHERE card IS NOT DISTINCT FROM 'from x; now()'`,
    ],
    [sql`FROM ${payments} SELECT n;`],
    [sql`SELECT r AS n FROM range(10) t(r)`],
    [sql`SELECT p.n FROM ${payments} p JOIN ${payments} q ON p.n = q.n`],
  ])('is let through when it is one SELECT over references (%#)', from => {
    expect(sqlProblems(from)).toEqual([])
  })

  it.each([
    [sql`SELECT n FROM payments`, 'SQL_UNDECLARED_TABLE', 'reads "payments"'],
    [sql`SELECT n FROM ${payments} JOIN main.other USING (n)`, 'SQL_UNDECLARED_TABLE', '"main.other"'],
    [sql`SELECT n FROM 'p.parquet'`, 'SQL_UNDECLARED_TABLE', 'which is no reference'],
    [sql`SELECT n FROM ${payments}; DROP TABLE x`, 'SQL_NOT_A_SELECT', 'second statement: "DROP TABLE x"'],
    [sql`DELETE FROM ${payments}`, 'SQL_NOT_A_SELECT', 'begins with "DELETE"'],
    [sql`SELECT n FROM ${payments} WHERE at < now()`, 'SQL_NOT_DETERMINISTIC', 'uses now'],
    [sql`SELECT n FROM ${payments} WHERE at < CURRENT_DATE`, 'SQL_NOT_DETERMINISTIC', 'uses CURRENT_DATE'],
    [sql`SELECT n FROM ${payments} ORDER BY random()`, 'SQL_NOT_DETERMINISTIC', 'uses random'],
  ])('is refused when it is not (%#)', (from, code, message) => {
    expect(sqlProblems(from)).toEqual([[code, expect.stringContaining(message)]])
  })

  it('is looked at in every dialect', () => {
    const both = sql.for({
      duckdb: sql`SELECT n FROM ${payments}`,
      spark: sql`SELECT n FROM ${payments} WHERE at < now()`,
    })
    expect(problemsOf(payments, source('made', { from: both, columns: { n: int64() } }))).toMatchObject([
      { code: 'SQL_NOT_DETERMINISTIC', path: 'from.spark' },
    ])
  })
})

describe('a plan warns', () => {
  const warnings = (...definitions: readonly unknown[]) =>
    new Map(planProject(projectOf(definitions), []).changes.map(change => [change.ref, change.warnings]))
  const assumed = source('assumed', { from: parquet('a'), columns, eventTime: 'at' })
  const newest = (at: 'at' | 'before') =>
    featureView('newest', { entity: card, source: assumed, at, features: a => ({ last_amount: a.amount }) })
  const setOn = (view: ReturnType<typeof newest>) =>
    trainingSet('set', {
      spine: assumed,
      lookups: a => [lookup(view, { card: a.card })],
      label: { name: 'is_large', when: a => ge(a.amount, 5) },
      labelMaturity: '1d',
      split: {},
    })

  it('that leak-safety is assumed, on everything made from such a source', () => {
    const found = warnings(card, assumed, newest('before'), setOn(newest('before')))
    for (const ref of ['featureView:newest', 'trainingSet:set'])
      expect(found.get(ref as never)).toEqual([
        'leak-safety is assumed: known times of assumed are not declared',
      ])
    expect(warnings(...good).get('trainingSet:fraud')).toEqual([])
  })

  it('that a row would see itself', () => {
    const seen = warnings(card, assumed, newest('at'), setOn(newest('at'))).get('trainingSet:set')
    expect(seen?.[0]).toContain('a row would see itself')
    const notSeen = warnings(card, assumed, newest('before'), setOn(newest('before'))).get('trainingSet:set')
    expect(notSeen?.join()).not.toContain('see itself')
  })

  it('that a file is not there, and says what filling a view takes', () => {
    const facts = {
      sizes: new Map([
        ['payments', { bytes: 5_000, rows: 1_000_000, missing: null }],
        ['chargebacks', { bytes: 0, rows: null, missing: 'c.parquet' }],
      ]),
      loads: new Map(),
    }
    const plan = planProject(projectOf(good), [], facts)
    const of = (ref: string) => plan.changes.find(change => change.ref === ref)
    expect(of('source:chargebacks')?.warnings).toEqual([
      'there is no file c.parquet: nothing can be read until it is there',
    ])
    expect(of('featureView:spending')?.impact).toEqual({
      bytes: 5_000,
      rows: 1_000_000,
      seconds: 4,
      onlineBytes: null,
      basis: 'rows by the files, time at an assumed 250 000 rows a second',
      consumers: ['trainingSet:fraud'],
    })
    const load = { read: 900_000, keys: 10, bytes: 800, seconds: 3 }
    const again = planProject(projectOf(good), [], { ...facts, loads: new Map([['spending', load]]) })
    expect(again.changes.find(change => change.ref === 'featureView:spending')?.impact).toMatchObject({
      rows: 900_000,
      seconds: 3,
      onlineBytes: 800,
    })
    expect(plan.id).toBe(planProject(projectOf(good), []).id)
  })
})

it('the operators that take parameters are refused with wrong ones where they are written', () => {
  const view = featureView('odd', {
    entity: card,
    source: payments,
    features: p => ({
      a: topK(p.amount, -1).over('1d'),
      b: quantile(p.amount, 2).over('1d'),
      c: histogram(p.card, { limit: 0.5 }).over('1d'),
      d: count().over('1d'),
      e: mean(p.n).over('1d'),
    }),
  })
  expect(problemsOf(card, payments, view).map(({ code, path }) => [code, path])).toEqual([
    ['BAD_PARAMETER', 'features.a'],
    ['BAD_PARAMETER', 'features.b'],
    ['BAD_PARAMETER', 'features.c'],
  ])
})
