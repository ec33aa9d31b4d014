import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ContractData } from '../../definitions/index.ts'
import { isDefined, newcombeDifference, type Quantity } from '../../kernel/statistics/index.ts'
import type { FairnessColumn } from '../reports/fairness.ts'
import type { JudgedRows } from '../rows.ts'
import type { CodedColumn } from '../slices/coded-column.ts'
import { judgeFairness } from './judge.ts'
import type { FairnessRequest } from './request.ts'

function coded(values: readonly (string | null)[]): CodedColumn {
  const dictionary = [...new Set(values.filter(value => value !== null))]
  return {
    dictionary,
    codes: Int32Array.from(values, value => (value === null ? -1 : dictionary.indexOf(value))),
  }
}

interface Person {
  readonly group: string | null
  readonly label: number
  readonly acts: number
  readonly score?: number
  readonly sex?: string
}

function requestOf(
  people: readonly Person[],
  changes: Partial<FairnessRequest> = {},
): FairnessRequest & { rows: JudgedRows } {
  return {
    rows: {
      task: 'binary',
      rows: people.length,
      hash: 'sha256:rows',
      labels: Float64Array.from(people, ({ label }) => label),
      columns: {
        group: coded(people.map(({ group }) => group)),
        sex: coded(people.map(({ sex }) => sex ?? null)),
      },
    },
    actions: Uint8Array.from(people, ({ acts }) => acts),
    scores: Float64Array.from(people, ({ acts, score }) => score ?? acts),
    fairness: { columns: ['group'] },
    ...changes,
  }
}

const onlyColumn = (request: FairnessRequest): FairnessColumn => {
  const [column] = judgeFairness(request).columns
  if (column === undefined) throw new Error('there is no column')
  return column
}
const groupNamed = (column: FairnessColumn, name: string) => column.groups.find(each => each.group === name)
const disparity = (column: FairnessColumn, metric: string) =>
  column.disparities.find(each => each.metric === metric)

const fairContract = (metric: 'selection_rate' | 'tpr', limit: number, column = 'group'): ContractData => ({
  name: `fair_${metric}`,
  claim: { form: 'fair', metric, column, limit },
  ...{ slices: ['all'], status: 'protected', stage: 'offline' },
})

const counts = JSON.parse(
  readFileSync(new URL('../../../test/data/fairness/counts.json', import.meta.url), 'utf8'),
) as {
  compas: [race: string, sex: string, decile: number, label: number, rows: number][]
  adult: Record<string, Record<'tp' | 'fp' | 'fn' | 'tn', number>>
  german: Record<string, { good: number; rows: number }>
  hmda: Record<string, { denied: number; rows: number }>
}

const compas = (): Person[] =>
  counts.compas.flatMap(([group, sex, decile, label, rows]) =>
    new Array<Person>(rows).fill({
      ...{ group, sex, label, acts: decile >= 5 ? 1 : 0, score: decile / 10 },
    }),
  )

describe('published answers', () => {
  it('COMPAS: false-positive and false-negative rates by race, and demographic parity', () => {
    const column = onlyColumn(requestOf(compas()))
    const rate = (group: string, metric: 'fpr' | 'tpr') => groupNamed(column, group)?.metrics[metric].value
    expect(rate('African-American', 'fpr')).toBeCloseTo(0.4485, 4)
    expect(1 - Number(rate('African-American', 'tpr'))).toBeCloseTo(0.2799, 4)
    expect(rate('Caucasian', 'fpr')).toBeCloseTo(0.2345, 4)
    expect(1 - Number(rate('Caucasian', 'tpr'))).toBeCloseTo(0.4772, 4)
    const two = compas().filter(({ group }) => group === 'African-American' || group === 'Caucasian')
    const parity = disparity(onlyColumn(requestOf(two)), 'selection_rate')
    expect(parity?.difference).toBeCloseTo(0.2402, 4)
    expect(parity?.ratio).toBeCloseTo(0.5916, 4)
    expect(onlyColumn(requestOf(two)).fairlearn['demographic_parity_difference']).toBe(parity?.difference)
  })

  it('COMPAS: a limit of 10 points fails, and the sentence says who is worse off', () => {
    const two = compas().filter(({ group }) => group === 'African-American' || group === 'Caucasian')
    const column = onlyColumn(
      requestOf(two, {
        fairness: { columns: ['group'], acting: 'burden' },
        contracts: [fairContract('selection_rate', 0.1)],
      }),
    )
    expect(disparity(column, 'selection_rate')).toMatchObject({
      verdict: 'fail',
      limit: 0.1,
      sentence:
        'group African-American is worse off: acted on in 58.8 % of cases, against 34.8 % for Caucasian. That is more than the limit of 10 points.',
    })
    expect(column.fourFifths).toMatchObject({ verdict: 'fail', lowest: 'African-American' })
    expect(disparity(column, 'tpr')).toMatchObject({ verdict: null, limit: null })
  })

  it('Adult: Fairlearn’s quickstart by sex', () => {
    const people = Object.entries(counts.adult).flatMap(([group, { tp, fp, fn, tn }]) => [
      ...new Array<Person>(tp).fill({ group, label: 1, acts: 1 }),
      ...new Array<Person>(fp).fill({ group, label: 0, acts: 1 }),
      ...new Array<Person>(fn).fill({ group, label: 1, acts: 0 }),
      ...new Array<Person>(tn).fill({ group, label: 0, acts: 0 }),
    ])
    const column = onlyColumn(requestOf(people))
    const of = (group: string) => groupNamed(column, group)?.metrics
    expect(of('Female')?.accuracy.value).toBeCloseTo(0.9251, 4)
    expect(of('Male')?.accuracy.value).toBeCloseTo(0.80429, 4)
    expect(of('Female')?.selection_rate.value).toBeCloseTo(0.0635, 4)
    expect(of('Male')?.selection_rate.value).toBeCloseTo(0.2136, 4)
  })

  it('German credit and Boston mortgages: rates that differ by age and by race', () => {
    const german = Object.entries(counts.german).flatMap(([group, { good, rows }]) =>
      Array.from({ length: rows }, (_, row): Person => ({ group, label: row < good ? 1 : 0, acts: 1 })),
    )
    const byAge = onlyColumn(requestOf(german))
    expect(byAge.clarify['False']?.['DPL']).toBeCloseTo(0.12855, 6)
    const hmda = Object.entries(counts.hmda).flatMap(([group, { denied, rows }]) =>
      Array.from({ length: rows }, (_, row): Person => ({ group, label: 0, acts: row < denied ? 1 : 0 })),
    )
    const rates = onlyColumn(requestOf(hmda)).groups.map(({ metrics }) => metrics.selection_rate.value)
    expect(rates.map(rate => Number(rate).toFixed(4)).sort()).toEqual(['0.0926', '0.2832'])
  })
})

/** By filtering and counting, one rate at a time. */
function naive(people: readonly Person[], limit: number, least: number) {
  const names = [...new Set(people.map(({ group }) => group))].filter(name => name !== null)
  const rates = names.map(name => {
    const own = people.filter(({ group }) => group === name)
    return { x: own.filter(({ acts }) => acts === 1).length, n: own.length }
  })
  const defined = rates.filter(({ n }) => n >= least)
  const values = defined.map(({ x, n }) => x / n)
  const bound = (a: number, b: number, alpha: number) => {
    const [one, two] = [defined[a], defined[b]]
    const interval = one && two && newcombeDifference(one, two, alpha)
    if (interval === undefined || 'undefined' in interval) throw new Error('both have rows')
    return interval
  }
  const pairs = defined.flatMap((_, a) => defined.flatMap((__, b) => (a < b ? [[a, b] as const] : [])))
  const outside = pairs.some(([a, b]) => {
    const { lower, upper } = bound(a, b, 0.05 / pairs.length)
    return lower > limit || upper < -limit
  })
  const inside = pairs.every(([a, b]) => {
    const { lower, upper } = bound(a, b, 0.05)
    return lower >= -limit && upper <= limit
  })
  const whole = rates.every(({ n }) => n >= least)
  const comparable = defined.length >= 2
  return {
    difference: comparable ? Math.max(...values) - Math.min(...values) : undefined,
    verdict: comparable && outside ? 'fail' : comparable && whole && inside ? 'pass' : 'inconclusive',
  }
}

describe('against a naive count', () => {
  it('difference and verdict of selection rates agree', () => {
    const person = fc.record({
      group: fc.constantFrom('a', 'b', 'c', null),
      label: fc.constantFrom(0, 1),
      acts: fc.constantFrom(0, 1),
    })
    const cell = fc.tuple(person, fc.integer({ min: 1, max: 150 }))
    const seen = new Set<string>()
    fc.assert(
      fc.property(
        fc.array(cell, { minLength: 1, maxLength: 12 }),
        fc.constantFrom(0.05, 0.2, 0.5),
        fc.constantFrom(1, 30),
        (cells, limit, minDenominator) => {
          const people = cells.flatMap(([one, times]) => new Array<Person>(times).fill(one))
          if (people.every(({ group }) => group === null)) return
          const column = onlyColumn(
            requestOf(people, {
              fairness: { columns: ['group'], minDenominator },
              contracts: [fairContract('selection_rate', limit)],
            }),
          )
          const found = disparity(column, 'selection_rate')
          const wanted = naive(people, limit, minDenominator)
          seen.add(wanted.verdict)
          expect(found?.verdict).toBe(wanted.verdict)
          if (wanted.difference === undefined)
            expect(found?.difference).toEqual({ undefined: 'fewer-than-two-groups' })
          else expect(found?.difference).toBeCloseTo(wanted.difference, 12)
        },
      ),
      { numRuns: 400 },
    )
    expect([...seen].sort()).toEqual(['fail', 'inconclusive', 'pass'])
  })
})

describe('groups', () => {
  const some = (group: string | null, rows: number): Person[] =>
    Array.from({ length: rows }, (_, row) => ({ group, label: row % 2, acts: row % 3 === 0 ? 1 : 0 }))

  it('10 000 values become the 50 largest and (other), beside (missing)', () => {
    const people = Array.from({ length: 10_000 }, (_, value) => some(`v${value}`, value < 60 ? 40 : 1)).flat()
    const column = onlyColumn(requestOf([...people, ...some(null, 35)]))
    expect(column.groups).toHaveLength(52)
    expect(groupNamed(column, '(other)')?.rows).toBe(10 * 40 + 9_940)
    expect(groupNamed(column, '(missing)')?.rows).toBe(35)
  })

  it('one row is too few; a column nobody has is no attribute', () => {
    const column = onlyColumn(requestOf([...some('a', 60), ...some('b', 1)]))
    expect(groupNamed(column, 'b')?.metrics.selection_rate).toEqual({
      value: { undefined: 'too-few' },
      interval: null,
    })
    expect(disparity(column, 'selection_rate')?.difference).toEqual({ undefined: 'fewer-than-two-groups' })
    for (const name of ['sex', 'faith'])
      expect(onlyColumn(requestOf(some('a', 60), { fairness: { columns: [name] } }))).toMatchObject({
        undefined: 'no-attribute',
        groups: [],
      })
  })

  it('a cross of two, by both values; more than 50 cells are folded', () => {
    const people = compas()
    const report = judgeFairness(
      requestOf(people, { fairness: { columns: ['group', 'sex'], crosses: [['group', 'sex']] } }),
    )
    expect(report.columns.map(({ column }) => column)).toEqual(['group', 'sex', 'group × sex'])
    const women = people.filter(({ group, sex }) => group === 'Caucasian' && sex === 'Female')
    const cell = report.columns[2]?.groups.find(({ group }) => group === 'Caucasian × Female')
    expect(cell?.rows).toBe(women.length)
    const wide = Array.from({ length: 100 }, (_, value) =>
      some(`v${value % 10}`, 31).map(person => ({ ...person, sex: `s${Math.floor(value / 10)}` })),
    ).flat()
    const [crossed] = judgeFairness(
      requestOf(wide, { fairness: { columns: [], crosses: [['group', 'sex']] } }),
    ).columns
    expect(crossed?.groups).toHaveLength(51)
    expect(crossed?.groups.reduce((sum, { rows }) => sum + rows, 0)).toBe(wide.length)
  })

  it('a batch without labels or without actions has only what can be known', () => {
    const unlabelled = some('a', 60)
      .concat(some('b', 60))
      .map(person => ({ ...person, label: Number.NaN }))
    const metrics = groupNamed(onlyColumn(requestOf(unlabelled)), 'a')?.metrics
    expect(metrics?.selection_rate.value).toBeCloseTo(1 / 3, 12)
    expect(metrics?.tpr.value).toEqual({ undefined: 'no-positives' })
    expect(metrics?.base_rate.value).toEqual({ undefined: 'no-rows' })
    expect(metrics?.label_mean.value).toEqual({ undefined: 'no-rows' })
    const inert = onlyColumn(requestOf(some('a', 60).concat(some('b', 60)), { actions: undefined }))
    expect(groupNamed(inert, 'b')?.metrics.fpr.value).toEqual({ undefined: 'nothing-acts' })
    expect(inert.fourFifths).toMatchObject({ verdict: null, reason: 'fewer-than-two-groups' })
    expect(inert.fairlearn).toEqual({})
    expect(groupNamed(inert, 'b')?.metrics.label_mean.value).toBe(0.5)
  })

  it('regression: rates of true and false are not defined, means are', () => {
    const request = requestOf(some('a', 60).concat(some('b', 60)))
    const column = onlyColumn({ ...request, rows: { ...request.rows, task: 'regression' } })
    const metrics = groupNamed(column, 'a')?.metrics
    const value = (quantity: Quantity | undefined) => quantity
    expect(value(metrics?.tpr.value)).toEqual({ undefined: 'not-binary' })
    expect(value(metrics?.base_rate.value)).toEqual({ undefined: 'not-binary' })
    expect(isDefined(metrics?.selection_rate.value ?? { undefined: '' })).toBe(true)
    expect(metrics?.label_mean.value).toBe(0.5)
  })

  it('numbers that JSON cannot hold are said to be what they are', () => {
    const nobody = some('a', 40)
      .concat(some('b', 40))
      .map(person => ({ ...person, acts: 0 }))
    const column = onlyColumn(requestOf(nobody))
    expect(column.fairlearn['demographic_parity_ratio']).toEqual({ undefined: 'nan' })
    expect(disparity(column, 'selection_rate')?.ratio).toEqual({ undefined: 'highest-is-zero' })
    expect(JSON.parse(JSON.stringify(column))).toEqual(column)
  })
})

it('rows that chose the threshold are left out', () => {
  const half = Array.from(
    { length: 200 },
    (_, row): Person => ({
      ...{ group: row % 2 === 0 ? 'a' : 'b', label: 1, acts: row < 100 ? 1 : 0 },
    }),
  )
  const features = { row: Float64Array.from(half.keys()) }
  const judge = Int32Array.from(half.keys()).filter(row => row >= 100)
  const column = onlyColumn(requestOf(half, { judge, features }))
  expect(groupNamed(column, 'a')).toMatchObject({ rows: 50, metrics: { selection_rate: { value: 0 } } })
  expect(column.proxies).toEqual([])
})

describe('proxies', () => {
  it('lists features by which a group can be told, strongest first', () => {
    const people = Array.from(
      { length: 200 },
      (_, row): Person => ({
        ...{ group: row % 2 === 0 ? 'a' : 'b', label: row % 3 === 0 ? 1 : 0, acts: row % 5 === 0 ? 1 : 0 },
      }),
    )
    const from = (value: (row: number) => number) => Float64Array.from(people, (_, row) => value(row))
    const column = onlyColumn(
      requestOf(people, {
        features: {
          telling: from(row => (row % 2 === 0 ? 0 : 1)),
          blurred: from(row => (row % 2 === 0 ? 0 : 30) + (row % 40)),
          noise: from(row => (row * 7919) % 101),
          constant: from(() => 1),
          gone: from(() => Number.NaN),
        },
      }),
    )
    expect(column.proxies.map(({ feature, group }) => `${feature} ${group}`)).toEqual([
      'telling a',
      'telling b',
      'blurred a',
      'blurred b',
    ])
    const pairs = people.flatMap((one, i) =>
      people.flatMap((two, j) => (one.group === 'b' && two.group === 'a' ? [[i, j] as const] : [])),
    )
    const blurred = (row: number) => (row % 2 === 0 ? 0 : 30) + (row % 40)
    const wins = pairs.reduce(
      (sum, [i, j]) => sum + (blurred(i) > blurred(j) ? 1 : blurred(i) === blurred(j) ? 0.5 : 0),
      0,
    )
    expect(column.proxies[2]?.auc).toBeCloseTo(wins / pairs.length, 12)
  })
})
