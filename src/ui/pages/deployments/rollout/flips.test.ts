import { describe, expect, it } from 'vitest'
import { type Flip, filterFlips, flipsToCsv, rightOf } from './flips.ts'

const flip = (champion: boolean, challenger: boolean, label: number | null, slice = 'a'): Flip => ({
  ...{ predictionId: 'prd_1', shadowId: 'prd_2', at: '2026-01-01T00:00:00.000000Z', label },
  names: { origin: '=SEA', note: 'x,"y"', gap: null },
  slices: [slice],
  champion: { score: 0.2, acts: champion },
  challenger: { score: 0.7, acts: challenger },
})

describe('flips', () => {
  it('say who was right only where they differ and a label came', () => {
    expect(rightOf(flip(false, true, 1))).toBe('challenger')
    expect(rightOf(flip(false, true, 0))).toBe('champion')
    expect(rightOf(flip(true, false, 0))).toBe('challenger')
    expect(rightOf(flip(true, false, null))).toBe('unknown')
    expect(rightOf(flip(true, true, 1))).toBe('unknown')
  })
  it('are narrowed by slice, way and who was right', () => {
    const all = [flip(false, true, 1), flip(true, false, 1, 'b'), flip(true, true, 1)]
    expect(filterFlips(all, {})).toHaveLength(3)
    expect(filterFlips(all, { slice: 'b' })).toEqual([all[1]])
    expect(filterFlips(all, { way: 'challenger', who: 'challenger' })).toEqual([all[0]])
    expect(filterFlips(all, { way: 'neither', who: 'champion' })).toEqual([])
  })
  it('are written as CSV that no spreadsheet computes', () => {
    const [head, row, ...rest] = flipsToCsv([flip(false, true, null)]).split('\r\n')
    expect(head).toMatch(/,slices,origin,note,gap$/)
    expect(row).toContain(`,'=SEA,"x,""y""",`)
    expect(row).toMatch(/,,unknown,a,/)
    expect(rest).toEqual([''])
  })
})
