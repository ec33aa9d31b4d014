import { describe, expect, it } from 'vitest'
import { answerDifference } from './answer-difference.ts'

const exact = { abs: 0, rel: 0 }

describe('the difference of an answer', () => {
  it('takes numbers within the wider of both bounds', () => {
    const tolerance = { abs: 1e-3, rel: 1e-2 }
    expect(answerDifference(100.9, 100, { tolerance })).toBeUndefined()
    expect(answerDifference(0.0009, 0, { tolerance })).toBeUndefined()
    expect(answerDifference(101.1, 100, { tolerance })).toBe('answer is 101.1, expected 100')
    expect(answerDifference(Number.NaN, 100, { tolerance })).toBe('answer is NaN, expected 100')
  })

  it('names the place of the first difference', () => {
    const wanted = { rows: [{ n: 1 }, { n: 2 }], kind: 'a' }
    const found = { rows: [{ n: 1, more: true }, { n: 3 }], kind: 'b' }
    expect(answerDifference(found, wanted, { tolerance: exact })).toBe('answer.rows[1].n is 3, expected 2')
    expect(answerDifference({ kind: 'a' }, wanted, { tolerance: exact })).toBe(
      'answer.rows is absent, expected [{"n":1},{"n":2}]',
    )
  })

  it('takes any number below a bound, where numbers are bounds', () => {
    const bound = { tolerance: exact, atMost: true }
    expect(answerDifference({ error: 0.01, n: 3 }, { error: 0.02, n: 3 }, bound)).toBeUndefined()
    expect(answerDifference({ error: 0.03 }, { error: 0.02 }, bound)).toBe(
      'answer.error is 0.03, expected 0.02',
    )
    expect(answerDifference({ error: Number.NaN }, { error: 0.02 }, bound)).toBeDefined()
  })

  it('takes no number in place of a reason, and names for what JSON has no number for', () => {
    expect(answerDifference(0, { undefined: 'no-rows' }, { tolerance: exact })).toBeDefined()
    expect(answerDifference({ undefined: 'no-rows' }, 0, { tolerance: exact })).toBeDefined()
    expect(answerDifference([Number.NaN, -Infinity], ['NaN', '-Infinity'], { tolerance: exact })).toBe(
      undefined,
    )
    expect(answerDifference([Infinity], ['-Infinity'], { tolerance: exact })).toBeDefined()
    expect(answerDifference(null, 0, { tolerance: exact })).toBeDefined()
  })
})
