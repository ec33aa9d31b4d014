import fc from 'fast-check'
import { expect, it } from 'vitest'
import { mayLoseDigits } from './may-lose-digits.ts'

/** The same said plainly. */
const always = /[0-9.eE+-]{65}|[eE][+-]?[0-9]{3}/
const whole = /[0-9.eE+-]{65}|[eE][+-]?[0-9]{2}|[0-9][0-9.]{15}/

it('sees whatever the plain patterns see', () => {
  const numbers = fc.string({
    maxLength: 90,
    unit: fc.constantFrom(...'00123456789..eE+-'.split(''), ',', 'x', 'é'),
  })
  fc.assert(
    fc.property(fc.array(numbers, { maxLength: 4 }), parts => {
      const text = parts.join('"')
      if (always.test(text)) expect(mayLoseDigits(text, false)).toBe(true)
      if (whole.test(text)) expect(mayLoseDigits(text, true)).toBe(true)
    }),
    { numRuns: 3000 },
  )
})

it('leaves ordinary numbers to JSON.parse', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: 1e-90, max: 1e90 }), number => {
      expect(mayLoseDigits(`[${number}]`, false)).toBe(false)
    }),
  )
  expect(mayLoseDigits('{"feature_12":900719925474099,"x":1e5}', true)).toBe(false)
  expect(mayLoseDigits('[9007199254740993]', true)).toBe(true)
  expect(mayLoseDigits('[1e400]', false)).toBe(true)
})
