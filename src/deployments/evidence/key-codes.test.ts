import fc from 'fast-check'
import { expect, it } from 'vitest'
import { keyCodes } from './key-codes.ts'

it('numbers keys as a map of their texts does, and forgets those it is told to', () => {
  const keys = fc.array(fc.string({ maxLength: 3 }), { maxLength: 800, size: 'max' })
  fc.assert(
    fc.property(keys, keys, fc.nat(6), (first, second, modulus) => {
      const codes = keyCodes()
      const naive = new Map<string, number>()
      const add = (key: string): void => {
        if (!naive.has(key)) naive.set(key, naive.size)
        expect(codes.code(key)).toBe(naive.get(key))
      }
      first.forEach(add)
      codes.keep(Uint8Array.from({ length: naive.size }, (_, code) => Number(code % (modulus + 1) === 0)))
      const kept = [...naive].filter(([, code]) => code % (modulus + 1) === 0)
      naive.clear()
      for (const [place, [key]] of kept.entries()) naive.set(key, place)
      for (const key of first) expect(codes.find(key)).toBe(naive.get(key) ?? -1)
      second.forEach(add)
      expect(codes.size).toBe(naive.size)
    }),
    { numRuns: 15 },
  )
})
