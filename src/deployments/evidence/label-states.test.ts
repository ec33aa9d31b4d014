import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { labelRows, maturityAge } from './label-states.ts'
import { type RowTable, rowTable } from './row-table.ts'

function tableOf(rows: readonly { readonly at: number; readonly acted: boolean }[]): RowTable {
  const table = rowTable({ task: 'binary', columns: [], numeric: new Set(), limit: 1e6 })
  for (const [index, { at, acted }] of rows.entries()) {
    const said = { score: 0.5, acted }
    table.add({
      id: `p${index}`,
      at,
      entity: `e${index}`,
      arm: 0,
      champion: said,
      challenger: said,
      fields: {},
    })
  }
  return table
}

const label = (row: number, value: number) => ({
  ...{ predictionId: `p${row}`, value },
  ...{ eventTime: 0n, knownTime: 0n },
})
const delays = Float64Array.from({ length: 100 }, (_, at) => at + 1)

describe('labels of rows', () => {
  it('are judged from the age on at which the declared share is known', () => {
    const table = tableOf([0, 9, 10, 11, 100].map(at => ({ at, acted: false })))
    const found = labelRows(
      table,
      [0, 1, 2, 4].map(row => label(row, 1)),
      { now: 100, delays, maturity: 0.9 },
    )
    expect([...found.labels]).toEqual([1, 1, 1, Number.NaN, Number.NaN])
    expect([...found.unlabelled]).toEqual([0, 0, 0, 3, 3])
    expect([...found.known]).toEqual([1, 1, 1, Number.NaN, 1])
    expect(found.matured).toMatchObject({ rows: 5, labelled: 4 })
    expect(found.matured.share).toBeCloseTo((1 + 0.91 + 0.9 + 0.89 + 0) / 5, 12)
  })

  it('that never come with an action are unobservable, not negative', () => {
    const rows = Array.from({ length: 200 }, (_, at) => ({ at: 0, acted: at < 100 }))
    const of = (joined: readonly number[]) =>
      labelRows(
        tableOf(rows),
        joined.map(row => label(row, 0)),
        { now: 1e6, delays, maturity: 0.9 },
      )
    const passed = Array.from({ length: 100 }, (_, at) => 100 + at)
    expect(of(passed).unlabelled[0]).toBe(2)
    expect(of([...passed, ...passed.map(row => row - 100)]).unlabelled[0]).toBe(0)
    expect(of(passed.flatMap(row => (row % 3 === 0 ? [row, row - 100] : []))).unlabelled[0]).toBe(1)
  })

  it('are left out where as many as ever have none, and late where more have none', () => {
    const rows = Array.from({ length: 100 }, () => ({ at: 0, acted: false }))
    const of = (count: number) =>
      labelRows(
        tableOf(rows),
        Array.from({ length: count }, (_, row) => label(row, 0)),
        { now: 1e6, delays: Float64Array.from([1, 2, 3, Number.NaN]), maturity: 0.9 },
      )
    expect(of(75)).toMatchObject({ late: false })
    expect(of(75).unlabelled[99]).toBe(3)
    expect(of(66)).toMatchObject({ late: true })
    expect(of(66).unlabelled[99]).toBe(1)
  })

  it('of a deployment whose labels have never been seen are all too young', () => {
    const found = labelRows(tableOf([{ at: 0, acted: false }]), [label(0, 1)], {
      ...{ now: 1e9, delays: Float64Array.from([Number.NaN]), maturity: 0.9 },
    })
    expect(found.unlabelled[0]).toBe(3)
    expect(found.matured.share).toEqual({ undefined: 'no-labels' })
  })

  it('mature at the least age that gives the share', () => {
    const times = fc.array(fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant(Number.NaN)), {
      maxLength: 30,
    })
    fc.assert(
      fc.property(times, fc.double({ min: 0.01, max: 1, noNaN: true }), (known, share) => {
        const eventual = known.filter(delay => !Number.isNaN(delay))
        const age = maturityAge(Float64Array.from(known), share)
        const by = (limit: number) => eventual.filter(delay => delay <= limit).length / eventual.length
        if (eventual.length === 0) expect(age).toBe(Number.POSITIVE_INFINITY)
        else {
          expect(by(age)).toBeGreaterThanOrEqual(share)
          expect(eventual.filter(delay => delay < age).every(delay => by(delay) < share)).toBe(true)
        }
      }),
    )
  })
})
