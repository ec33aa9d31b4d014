import { describe, expect, it } from 'vitest'
import { fraud, payments, screen, shop, spending } from '../../../test/support/screened-payments.ts'
import type { DeploymentOptions } from '../deployment.ts'
import {
  checkProject,
  constant,
  deployment,
  fairness,
  type ReasonTableData,
  reason,
  reasons,
} from '../index.ts'

const amount = reason('amount', ['amount'], 'The amount is unusual.')
const usual = reason('usual', ['paid'], 'The shop usually sells cheaper goods.', {
  change: 'Earlier payments in this shop change it.',
})
const table = (changes: Partial<ReasonTableData>): ReasonTableData => ({
  ...reasons({ reviewedBy: 'jo@example.org', version: '2', reasons: [amount, usual] }),
  ...changes,
})

function problemsOf(options: Partial<DeploymentOptions<{ amount: number; shop: string }>>) {
  const live = deployment('live', { model: screen, fallback: constant(0), ...options })
  const definitions = [shop, payments, spending, fraud, screen, live]
  return checkProject({ name: 'shops', definitions, locations: {} }).map(({ code, message, hint }) => ({
    code,
    said: `${message} ${hint}`,
  }))
}

describe('reasons', () => {
  it('a table that covers every input has no problems, and is adverse upwards', () => {
    expect(problemsOf({ reasons: table({}) })).toEqual([])
    expect(table({}).adverse).toBe('up')
    expect(usual.change).toMatch(/Earlier/)
    expect('change' in amount).toBe(false)
  })

  it.each([
    ['an input without', { reasons: [amount] }, 'UNMAPPED_FEATURE', /no reason covers "paid"/],
    [
      'an unknown input',
      { reasons: [amount, usual, reason('x', ['amont'], 'x')] },
      'COLUMN_UNKNOWN',
      /Nearest: amount/,
    ],
    [
      'an input told twice',
      { reasons: [amount, usual, reason('x', ['amount'], 'x')] },
      'BAD_PARAMETER',
      /already counts towards "amount"/,
    ],
    [
      'one code twice',
      { reasons: [amount, usual, reason('usual', [], 'x')] },
      'BAD_PARAMETER',
      /two reasons/,
    ],
    ['no words', { reasons: [amount, { ...usual, sentence: ' ' }] }, 'BAD_PARAMETER', /says nothing/],
    ['no reviewer', { reviewedBy: '' }, 'BAD_PARAMETER', /reviewedBy is empty/],
    ['no version', { version: ' ' }, 'BAD_PARAMETER', /version is empty/],
  ] as const)('%s', (_what, changes, code, said) => {
    const [problem, ...others] = problemsOf({ reasons: table(changes) })
    expect(others).toEqual([])
    expect(problem).toEqual({ code, said: expect.stringMatching(said) })
  })
})

describe('sensitive columns', () => {
  it('are kept beside the inputs', () => {
    expect(problemsOf({ fairness: fairness({ columns: ['gender'], acting: 'burden' }) })).toEqual([])
  })

  it('are refused as inputs', () => {
    const [problem] = problemsOf({ fairness: fairness({ columns: ['amount'] }) })
    expect(problem).toEqual({
      code: 'BAD_PARAMETER',
      said: expect.stringMatching(/is an input of the model/),
    })
  })
})
