import pc from 'picocolors'
import { describe, expect, it } from 'vitest'
import type { Plan, PlanChange } from '../../api/catalog.ts'
import type { Run, Step } from '../../api/pipelines.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { errorJson, renderError } from './error.ts'
import { renderPlan } from './plan.ts'
import { nowLine, progressWords, runSummaryLine, stepLines } from './run.ts'
import { formatAgo, formatBytes, formatCount, formatElapsed, formatNumber, plain, table } from './text.ts'

const paint = pc.createColors(false)
const now = Date.parse('2001-05-08T17:00:00Z')

describe('text for people', () => {
  it.each([
    [0, '0.0 s'],
    [400, '0.4 s'],
    [9_940, '9.9 s'],
    [12_400, '12 s'],
    [60_000, '1 min'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 5 min'],
    [273_600_000, '3 d 4 h'],
    [-5, '0.0 s'],
  ])('%d ms is %s', (milliseconds, text) => expect(formatElapsed(milliseconds)).toBe(text))

  it.each([
    [null, 'never'],
    ['2001-05-08T16:59:55Z', 'just now'],
    ['2001-05-08T16:59:10Z', '50 s ago'],
    ['2001-05-08T14:00:00Z', '3 h ago'],
    ['2001-05-01T18:00:00Z', '7 d ago'],
    ['2001-04-01T12:00:00Z', '2001-04-01 12:00 UTC'],
    ['2001-05-09T12:00:00Z', '2001-05-09 12:00 UTC'],
  ])('%s is %s', (timestamp, text) => expect(formatAgo(timestamp, now)).toBe(text))

  it('counts, numbers and bytes', () => {
    expect([0, 999, 1000, 2_977_456].map(formatCount)).toEqual(['0', '999', '1 000', '2 977 456'])
    expect([0.7612345678, 3, 1e-9, -0.5].map(formatNumber)).toEqual(['0.761235', '3', '1e-9', '-0.5'])
    expect([0, 999, 1234, 5_000_000, 7.1e12].map(formatBytes)).toEqual([
      '0 B',
      '999 B',
      '1.23 kB',
      '5 MB',
      '7.1 TB',
    ])
  })

  it('takes what would move the cursor out of the text of others', () => {
    expect(plain('a\u001b[2Jb\u0007c\u009b31md\te\n')).toBe('abc31md\te\n')
    expect(table(['a'], [['x\r\ny'], [`${'z'.repeat(80)}`]])).toBe(`A\nx y\n${'z'.repeat(59)}…\n`)
  })
})

const change = (more: Partial<PlanChange>): PlanChange => ({
  ref: `${more.kind}:${more.name}`,
  kind: 'entity',
  name: 'a',
  action: 'none',
  version: 1,
  breaking: false,
  diff: [],
  affects: [],
  warnings: [],
  location: null,
  ...more,
})

describe('renderPlan', () => {
  const changes = [
    change({
      kind: 'featureView',
      name: 'origin_delays',
      action: 'update',
      version: 4,
      breaking: true,
      diff: ['features.delay_24h.window 24h → 12h'],
      affects: ['trainingSet:late_flights', 'model:late'],
      location: 'definitions/features.ts:12',
    }),
    change({ kind: 'source', name: 'weather', action: 'create', warnings: ['knownAt is assumed'] }),
    change({ kind: 'entity', name: 'airport', action: 'describe', version: 2 }),
    change({ kind: 'onDemand', name: 'old', action: 'delete', version: 3 }),
    change({ kind: 'model', name: 'late' }),
  ]
  const plan: Plan = {
    id: 'p',
    base: 'b',
    project: 'flights',
    changes,
    summary: { create: 1, update: 1, describe: 1, delete: 1, none: 1 },
  }

  it('shows every change with versions, differences, who is affected and warnings', () => {
    expect(renderPlan(plan, paint)).toBe(
      [
        ' ~ update   feature view origin_delays  v3 → v4  breaking  definitions/features.ts:12',
        '     features.delay_24h.window 24h → 12h',
        '     affects training set late_flights, model late',
        ' + create   source weather              v1',
        '     warning: knownAt is assumed',
        ' · describe entity airport              v2',
        ' − delete   on-demand feature old       v3',
        'Plan for flights: 1 to create, 1 to update, 1 to describe anew, 1 to delete, 1 unchanged.',
        '',
      ].join('\n'),
    )
  })

  it('says so when there is nothing to do', () => {
    const nothing: Plan = {
      ...plan,
      changes: [change({})],
      summary: { create: 0, update: 0, describe: 0, delete: 0, none: 1 },
    }
    expect(renderPlan(nothing, paint)).toBe('Nothing to apply: 1 definition unchanged.\n')
  })
})

const step = (more: Partial<Step>): Step => ({
  id: 'train',
  title: 'Train',
  kind: 'action',
  state: 'waiting',
  needs: [],
  key: null,
  reusedFrom: null,
  startedAt: null,
  finishedAt: null,
  progress: null,
  attempts: [],
  outputs: {},
  ...more,
})
const run = (steps: Step[], more: Partial<Run> = {}): Run => ({
  id: 'prn_1',
  pipeline: 'late',
  state: 'running',
  createdAt: '2001-05-08T16:58:00Z',
  startedAt: '2001-05-08T16:58:00Z',
  finishedAt: null,
  stepsDone: 0,
  stepsTotal: steps.length,
  currentStep: null,
  params: {},
  definition: '',
  steps,
  ...more,
})
const progress = {
  done: 1_200_000,
  total: 3_000_000,
  unit: 'rows',
  message: 'joining',
  at: '2001-05-08T17:00:00Z',
}

describe('a followed run', () => {
  const before = run([
    step({ id: 'build', title: 'Build', state: 'running', startedAt: '2001-05-08T16:59:00Z', progress }),
    step({}),
  ])
  const after = run([
    step({
      id: 'build',
      title: 'Build',
      state: 'succeeded',
      startedAt: '2001-05-08T16:59:00Z',
      finishedAt: '2001-05-08T16:59:30Z',
    }),
    step({ state: 'running', startedAt: '2001-05-08T16:59:30Z' }),
  ])

  it('tells each change of state once', () => {
    expect(stepLines(undefined, before, now)).toEqual(['Build: started'])
    expect(stepLines(before, before, now)).toEqual([])
    expect(stepLines(before, after, now)).toEqual(['Build: done in 30 s', 'Train: started'])
    const bad = run([
      step({ state: 'failed', startedAt: '2001-05-08T16:59:30Z', finishedAt: '2001-05-08T16:59:31Z' }),
      step({ id: 'x', title: 'X', state: 'blocked' }),
    ])
    expect(stepLines(undefined, bad, now)).toEqual(['Train: failed after 1.0 s', 'X: blocked'])
  })

  it('says what runs now and how far it is', () => {
    expect(nowLine(before, now)).toBe('Build · 1 min · 1 200 000 of 3 000 000 rows (40 %): joining')
    expect(progressWords({ ...progress, total: null, message: '' })).toBe('1 200 000 rows')
    expect(progressWords({ ...progress, done: 0, total: null })).toBe('joining')
    expect(nowLine(run([step({})]), now)).toBe('')
  })

  it('sums up where the time went', () => {
    const done = run(
      [
        step({ id: 'build', state: 'reused' }),
        step({ state: 'succeeded', startedAt: '2001-05-08T16:58:00Z', finishedAt: '2001-05-08T16:58:20Z' }),
      ],
      { state: 'succeeded', finishedAt: '2001-05-08T16:58:21Z' },
    )
    expect(runSummaryLine(done, now)).toBe(
      'Run prn_1 succeeded: 2 steps, 1 reused, 21 s, most of it: train 20 s.',
    )
  })
})

describe('errors', () => {
  const error = new FettleError('DEFINITIONS_INVALID', '2 problems', {
    hint: 'Mend them.',
    details: {
      requestId: 'req_1',
      problems: [
        { message: 'no split jugde', location: 'definitions/a.ts:12' },
        {
          ref: 'featureView:delays',
          message: 'no column delai',
          location: 'definitions/a.ts:3',
          hint: 'Did you mean delay?',
        },
        { message: 'cycle' },
      ],
    },
  })

  it('show every problem with its place and what to do', () => {
    expect(renderError(error, paint)).toBe(
      'error DEFINITIONS_INVALID: 3 problems in the definitions\n  - cycle\ndefinitions/a.ts\n  definitions/a.ts:3  feature view delays: no column delai\n      Did you mean delay?\n  definitions/a.ts:12  no split jugde\nMend them.\ndocs/errors.md#DEFINITIONS_INVALID · request req_1\n',
    )
    expect(renderError(new TypeError('boom'), paint)).toBe('error boom\n')
  })

  it('are one JSON value for machines', () => {
    expect(JSON.parse(errorJson(error))).toEqual({
      error: {
        code: 'DEFINITIONS_INVALID',
        message: '2 problems',
        hint: 'Mend them.',
        details: { problems: error.details['problems'] },
        requestId: 'req_1',
      },
    })
    expect(JSON.parse(errorJson('text')).error).toMatchObject({ code: 'INTERNAL', message: 'text' })
  })
})
