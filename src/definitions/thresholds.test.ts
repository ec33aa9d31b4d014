import { describe, expect, it } from 'vitest'
import {
  dailyCapacity,
  lowestCost,
  targetActionRate,
  targetFpr,
  targetPrecision,
  threshold,
} from './language.ts'

describe('threshold', () => {
  it('is one number, or a number to start with and a rule', () => {
    expect(threshold('warn', 0.4)).toEqual({ name: 'warn', threshold: 0.4 })
    const ruled = threshold('warn', {
      start: 0.4,
      target: targetFpr(0.1),
      per: 'origin',
      within: ['state'],
      maxStep: 0.1,
      maxRateChange: 0.02,
    })
    expect(ruled).toEqual({
      name: 'warn',
      threshold: 0.4,
      rule: {
        target: { kind: 'fpr', rate: 0.1, delta: 0.05 },
        per: 'origin',
        within: ['state'],
        maxStep: 0.1,
        maxRateChange: 0.02,
      },
    })
    expect([ruled, ruled.rule, ruled.rule?.target, ruled.rule?.within].every(Object.isFrozen)).toBe(true)
  })

  it('takes a confidence as the decimal that is written', () => {
    expect(targetFpr(0.01, { confidence: 0.9 })).toEqual({ kind: 'fpr', rate: 0.01, delta: 0.1 })
    expect(targetPrecision(0.6, { confidence: 0.99 })).toEqual({
      kind: 'precision',
      precision: 0.6,
      delta: 0.01,
    })
  })

  it('has targets without labels, and one in money', () => {
    expect(targetActionRate(0.05)).toEqual({ kind: 'actionRate', rate: 0.05, atMost: false, delta: 0.05 })
    expect(targetActionRate(0.05, { atMost: true })).toMatchObject({ atMost: true })
    expect(dailyCapacity(200)).toEqual({ kind: 'capacity', perDay: 200, delta: 0.05 })
    expect(lowestCost({ falsePositive: 5, falseNegative: 80 })).toEqual({
      ...{ kind: 'cost', falsePositive: 5, falseNegative: 80 },
    })
  })
})
