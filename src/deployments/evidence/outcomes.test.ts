import { describe, expect, it } from 'vitest'
import { randomFrom } from '../../kernel/statistics/index.ts'
import { armOutcome, type OutcomeUnits, outcomeUnits } from './outcomes.ts'

const kind = { name: 'saved', is: 'outcome', unit: 'minutes', within: '30d' } as const
const number = {
  name: 'saved',
  unit: 'minutes',
  direction: 'up',
  baseline: 1,
  target: 2,
  matters: 0.2,
} as const

/** Units with two decisions each, and an amount for most. */
function arms(effect: number, size = 3000) {
  const random = randomFrom(`outcomes ${effect}`)
  const outcomes: { predictionId: string; kind: string; value: number }[] = []
  const make = (name: string, mean: number): OutcomeUnits => {
    const units = outcomeUnits()
    for (let unit = 0; unit < size; unit++)
      for (const decision of [0, 1]) {
        const predictionId = `${name}-${unit}-${decision}`
        units.add(`${name}-${unit}`, predictionId)
        if (random.unit() < 0.8)
          outcomes.push({ predictionId, kind: 'saved', value: mean + random.unit() - 0.5 })
      }
    return units
  }
  return { own: make('new', 1 + effect), other: make('old', 1), outcomes }
}

const judged = (effect: number, direction: 'up' | 'down' = 'up') =>
  armOutcome({ ...arms(effect), comparison: 'new-against-old', kind, number: { ...number, direction } })

describe('outcomes of arms', () => {
  it('help, harm or are neutral by what matters', () => {
    expect(judged(0.5).verdict).toBe('helping')
    expect(judged(-0.5).verdict).toBe('harming')
    expect(judged(0).verdict).toBe('neutral')
    expect(judged(-0.5, 'down').verdict).toBe('helping')
  })

  it('are sums over a unit: one without an amount has none', () => {
    const { own, other } = arms(0)
    const outcomes = [
      { predictionId: 'new-0-0', kind: 'saved', value: 3 },
      { predictionId: 'new-0-1', kind: 'saved', value: 3 },
      { predictionId: 'new-1-0', kind: 'lost', value: 99 },
      { predictionId: 'nobody', kind: 'saved', value: 99 },
    ]
    const found = armOutcome({ own, other, outcomes, comparison: 'new-against-old', kind, number })
    expect(found.challenger).toEqual({ units: 3000, mean: 6 / 3000 })
    expect(found.champion).toEqual({ units: 3000, mean: 0 })
  })

  it('hold the difference inside the interval in the direction of the number', () => {
    for (const direction of ['up', 'down'] as const) {
      const { difference, interval } = judged(0.5, direction)
      expect(Number(difference)).toBeCloseTo(0.8, 1)
      expect(interval?.lower).toBeLessThan(Number(difference))
      expect(interval?.upper).toBeGreaterThan(Number(difference))
    }
  })

  it('stay unknown where nobody says what matters, or nobody is there', () => {
    const asked = { ...arms(0.5), comparison: 'model-against-holdback', kind } as const
    expect(armOutcome({ ...asked, number: undefined })).toMatchObject({ verdict: 'unknown', interval: null })
    expect(armOutcome({ ...asked, number, other: outcomeUnits() })).toMatchObject({
      verdict: 'unknown',
      difference: { undefined: 'no-units' },
    })
  })

  it('say how many units more would decide', () => {
    const asked = { ...arms(0.1, 200), comparison: 'new-against-old', kind, number } as const
    const { verdict, needed } = armOutcome(asked)
    expect(verdict).toBe('unknown')
    expect(needed).toBeGreaterThan(0)
  })
})
