import { describe, expect, it } from 'vitest'
import { bucketOf } from '../kernel/assignment.ts'
import { splitHalves } from './halves.ts'

const hash = `sha256:${'0123456789abcdef'.repeat(4)}`

describe('halves', () => {
  it('keep the rows of an entity together and miss none', () => {
    const rows = 5000
    const codes = Int32Array.from({ length: rows }, (_, row) => (row % 7 === 0 ? -1 : row % 90))
    const dictionary = Array.from({ length: 90 }, (_, code) => `customer ${code}`)
    const { choose, judge } = splitHalves({ rows, hash, entities: { codes, dictionary } })
    expect([...choose, ...judge].sort((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, row) => row))
    const salt = 'split-0123456789abcdef'
    for (const row of choose) {
      const code = codes[row] ?? -1
      expect(bucketOf(salt, code < 0 ? String(row) : `customer ${code}`)).toBeLessThan(5000)
    }
    expect(choose.length / rows).toBeGreaterThan(0.35)
    expect(judge.length / rows).toBeGreaterThan(0.35)
  })

  it('judge on every row that is later than the fit, and on rows of unknown time as on others', () => {
    const rows = 1000
    const times = Float64Array.from({ length: rows }, (_, row) => (row === 999 ? Number.NaN : row))
    const { choose } = splitHalves({ rows, hash, times }, { fittedUntil: 500 })
    const all = splitHalves({ rows, hash })
    expect([...choose]).toEqual([...all.choose].filter(row => row < 500 || row === 999))
  })
})
