import { describe, expect, it } from 'vitest'
import { bucketOf, type KeyType, keyText } from './assignment.ts'
import { sha256Hex } from './canonical.ts'

describe('a bucket', () => {
  it('is the first 16 hex digits of the hash of salt and parts, mod 10 000', () => {
    for (const parts of [['c-1'], ['DE', '4711'], [''], ['🛫', 'Zu\u0308rich']]) {
      const word = BigInt(`0x${sha256Hex(['late-2026w47', ...parts].join('\u001f')).slice(0, 16)}`)
      expect(bucketOf('late-2026w47', ...parts)).toBe(Number(word % 10_000n))
    }
  })

  it('spreads keys evenly', () => {
    const counts = new Array<number>(100).fill(0)
    for (let key = 0; key < 100_000; key++) {
      const group = Math.floor(bucketOf('even', `k${key}`) / 100)
      counts[group] = (counts[group] ?? 0) + 1
    }
    const chi = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)
    // χ² of 99 degrees of freedom exceeds 148.2 with probability 0.001.
    expect(chi).toBeLessThan(148.2)
  })

  it.each(['', 'Upper', 'with space', 'é', 'x'.repeat(97)])('refuses the salt %j', salt => {
    expect(() => bucketOf(salt, 'a')).toThrow('is no salt')
  })
})

describe('the text of a key', () => {
  it.each<[unknown, KeyType, string]>([
    ['c-1', 'string', 'c-1'],
    ['', 'string', ''],
    [-9223372036854775808n, 'int64', '-9223372036854775808'],
    [42, 'int64', '42'],
    [-0, 'int64', '0'],
    ['7', 'int64', '7'],
    [true, 'bool', 'true'],
    ['2026-11-21', 'date', '2026-11-21'],
    ['0B9E6C1C-3F0E-4D64-8C8E-0D3C5B5D8A11', 'uuid', '0b9e6c1c-3f0e-4d64-8c8e-0d3c5b5d8a11'],
  ])('%s as %s is %s', (value, type, text) => expect(keyText(value, type)).toBe(text))

  it.each<[unknown, KeyType]>([
    [1.5, 'int64'],
    [2 ** 60, 'int64'],
    [9223372036854775808n, 'int64'],
    ['007', 'int64'],
    ['-0', 'int64'],
    [1, 'bool'],
    [1, 'string'],
    [null, 'string'],
    ['\ud83d', 'string'],
    ['21.11.2026', 'date'],
    ['c-1', 'uuid'],
  ])('%s is none of type %s', (value, type) =>
    expect(() => keyText(value, type)).toThrow('is no key of type'),
  )
})
