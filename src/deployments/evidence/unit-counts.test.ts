import { describe, expect, it } from 'vitest'
import { unitRatio } from './unit-counts.ts'

const units = { champion: 9000, challenger: 500, control: 500 }

describe('the ratio of units', () => {
  it('is that of the buckets, or a mismatch', () => {
    const facts = { weight: 5, widths: { champion: 9000, challenger: 500, control: 500 } }
    expect(unitRatio(units, facts)).toMatchObject({ state: 'ok', expected: units, counts: units })
    expect(unitRatio({ ...units, challenger: 300 }, facts)?.state).toBe('mismatch')
  })

  it('takes the control arm to be as wide as the challenger, where it answers', () => {
    expect(unitRatio(units, { weight: 5 })?.state).toBe('ok')
    expect(unitRatio({ champion: 9500, challenger: 500, control: 0 }, { weight: 5 })).toMatchObject({
      state: 'ok',
      expected: { champion: 9500, challenger: 500 },
    })
  })

  it('is not measured with few units, and nothing where nothing is drawn', () => {
    const few = { champion: 90, challenger: 5, control: 5 }
    expect(unitRatio(few, { weight: 5 })).toMatchObject({
      state: 'not-measured',
      p: { undefined: 'too-few-units' },
    })
    expect(
      unitRatio(few, { weight: 100, widths: { champion: 0, challenger: 10_000, control: 0 } }),
    ).toBeNull()
  })
})
