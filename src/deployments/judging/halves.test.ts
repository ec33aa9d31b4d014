import { describe, expect, it } from 'vitest'
import type { ThresholdSetData } from '../../definitions/index.ts'
import type { JudgedRows } from '../../evaluation/index.ts'
import { parseTimestamp } from '../../kernel/time.ts'
import type { JudgedModel } from '../gate/judge-params.ts'
import { halvesOf, judgingHalves } from './halves.ts'

const count = 1000
const day = 86_400_000_000
const first = Number(parseTimestamp('2026-01-01T00:00:00Z'))

function rowsNamed(hash: string, customers?: number): JudgedRows {
  const entities = {
    codes: Int32Array.from({ length: count }, (_, row) => row % (customers ?? 1)),
    dictionary: Array.from({ length: customers ?? 0 }, (_, each) => `c-${each}`),
  }
  return {
    task: 'binary',
    rows: count,
    hash,
    labels: new Float64Array(count),
    times: Float64Array.from({ length: count }, (_, row) => first + (row * 30 * day) / count),
    columns: {},
    ...(customers === undefined ? {} : { entities }),
  }
}

const chosenOn = (rowSet: string, to: string) =>
  ({ thresholdSet: { basis: { rowSet, from: null, to, maturity: 1 } } as ThresholdSetData }) as JudgedModel

describe('thresholds that are kept', () => {
  it('and were chosen on these rows are judged on their other half', () => {
    const rows = rowsNamed('sha256:aaaa')
    const held = { rows, choosable: count }
    const kept = { thresholds: 'keep' as const, candidate: chosenOn(rows.hash, '2026-01-31T00:00:00Z') }
    expect(judgingHalves(held, kept)).toEqual(halvesOf(held))
  })

  it('and were chosen on others: who chose there does not judge here', () => {
    const rows = rowsNamed('sha256:bbbb', 200)
    const held = { rows, choosable: count }
    const before = halvesOf({ rows: rowsNamed('sha256:aaaa', 200), choosable: count })
    const kept = { thresholds: 'keep' as const, candidate: chosenOn('sha256:aaaa', '2026-01-31T00:00:00Z') }
    const now = judgingHalves(held, kept)
    const chose = new Set([...before.choose].map(row => rows.entities?.codes[row]))
    expect(now.judge.length).toBeGreaterThan(300)
    expect([...now.judge].filter(row => chose.has(rows.entities?.codes[row]))).toEqual([])
    expect([...halvesOf(held).judge].some(row => chose.has(rows.entities?.codes[row]))).toBe(true)
  })

  it('without entities are judged on later rows only, or not at all', () => {
    const held = { rows: rowsNamed('sha256:bbbb'), choosable: count }
    const keep = (to: string) => ({ thresholds: 'keep' as const, candidate: chosenOn('sha256:aaaa', to) })
    const until = Number(parseTimestamp('2026-01-15T00:00:00Z'))
    const { judge } = judgingHalves(held, keep('2026-01-15T00:00:00Z'))
    expect(judge.length).toBeGreaterThan(100)
    expect([...judge].every(row => (held.rows.times?.[row] ?? 0) > until)).toBe(true)
    expect(() => judgingHalves(held, keep('2026-03-01T00:00:00Z'))).toThrowError(
      expect.objectContaining({ code: 'JUDGED_ON_CHOSEN_ROWS' }),
    )
  })
})
