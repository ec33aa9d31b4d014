import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonNumber, parseLossless } from './lossless.ts'
import { parseBody, parseJson } from './parse-body.ts'

function plain(value: unknown): unknown {
  if (value instanceof JsonNumber) return Number(value.text)
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]))
}

describe('bodies', () => {
  it('the lossless parser agrees with JSON.parse on JSON', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), text => {
        expect(plain(parseLossless(text))).toEqual(plain(JSON.parse(text)))
      }),
    )
  })

  it('refuses what JSON.parse refuses', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 20, unit: fc.constantFrom(...'{}[]",:01eE.-+ntfu\\ '.split('')) }),
        text => {
          let refused = false
          try {
            JSON.parse(text)
          } catch {
            refused = true
          }
          if (refused) expect(() => parseLossless(text)).toThrow()
          else expect(plain(parseLossless(text))).toEqual(plain(JSON.parse(text)))
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('keeps 2^53 + 1', () => {
    const value = parseJson('{"x":9007199254740993}', { integers: true }) as { x: JsonNumber }
    expect(value.x.text).toBe('9007199254740993')
  })

  const bad: [string, string | Buffer, string][] = [
    ['empty', '', 'BAD_JSON'],
    ['text', 'hello', 'BAD_JSON'],
    ['two values', '{} {}', 'BAD_JSON'],
    ['truncated', '{"rows":[{"a"', 'BAD_JSON'],
    ['10 000 open brackets', '['.repeat(10_000), 'TOO_DEEP'],
    ['deep but closed', '['.repeat(33) + ']'.repeat(33), 'TOO_DEEP'],
    ['deep objects', `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`, 'TOO_DEEP'],
    ['byte-order mark', '\ufeff{}', 'BAD_JSON'],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'BAD_UTF8'],
    ['a number of 65 characters', `[${'1'.repeat(65)}]`, 'BAD_JSON'],
  ]
  for (const [name, body, code] of bad) {
    it(`${name}: ${code}`, () => {
      expect(() => parseBody(Buffer.from(body as string), { integers: false })).toThrow(
        expect.objectContaining({ code }),
      )
    })
  }

  it('32 levels are accepted, brackets in strings do not count, the last of equal keys wins', () => {
    expect(() => parseJson('['.repeat(32) + ']'.repeat(32), { integers: false })).not.toThrow()
    expect(parseJson(JSON.stringify({ a: '['.repeat(99) }), { integers: false })).toEqual({
      a: '['.repeat(99),
    })
    expect(parseJson('{"a":1,"a":2}', { integers: false })).toEqual({ a: 2 })
    expect(plain(parseJson('{"a":1,"a":9007199254740993}', { integers: true }))).toEqual({
      a: 9007199254740992,
    })
  })
})
