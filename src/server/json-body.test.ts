import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FettleError } from '../kernel/errors/index.ts'
import { findJsonError, parseJsonBody } from './json-body.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

function refusal(body: Uint8Array): FettleError {
  try {
    parseJsonBody(body)
  } catch (error) {
    if (error instanceof FettleError) return error
  }
  throw new Error('the body was not refused')
}

describe('parseJsonBody', () => {
  it('gives what JSON.parse gives for every JSON value', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), text => {
        expect(parseJsonBody(bytes(text))).toEqual(JSON.parse(text))
        expect(findJsonError(text)).toBe(text.length)
      }),
    )
  })

  it('finds no error only where JSON.parse finds none', () => {
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 4 }),
        fc.nat(),
        fc.constantFrom('x', '}', ']', ',', '"', '\\', '\u0001'),
        (text, at, wrong) => {
          const cut = at % (text.length + 1)
          const damaged = text.slice(0, cut) + wrong + text.slice(cut)
          const valid = (() => {
            try {
              JSON.parse(damaged)
              return true
            } catch {
              return false
            }
          })()
          const found = findJsonError(damaged)
          if (valid) expect(found).toBe(damaged.length)
          else {
            expect(found).toBeLessThanOrEqual(damaged.length)
          }
        },
      ),
    )
  })

  it.each([
    ['{"a": tru}', 6],
    ['{"a" 1}', 5],
    ['[1,]', 3],
    ['{"ä": x}', 7],
    ['[1] 2', 4],
    ['01', 1],
    ['{"a":1', 6],
    ['NaN', 0],
  ])('%s: the first wrong byte is %d', (text, offset) => {
    expect(refusal(bytes(text))).toMatchObject({ code: 'BAD_JSON', details: { offset } })
  })

  it('takes no body as undefined', () => {
    expect(parseJsonBody(bytes(''))).toBeUndefined()
  })

  it('refuses bytes that are not UTF-8, and a byte-order mark', () => {
    expect(refusal(new Uint8Array([0x22, 0x61, 0xff, 0x22]))).toMatchObject({
      code: 'BAD_JSON',
      details: { offset: 2 },
    })
    expect(refusal(bytes('\ufeff{}'))).toMatchObject({ code: 'BAD_JSON', details: { offset: 0 } })
  })

  it('takes 32 levels and refuses 33; brackets in texts are no levels', () => {
    expect(parseJsonBody(bytes('['.repeat(32) + ']'.repeat(32)))).toBeDefined()
    expect(refusal(bytes('['.repeat(33) + ']'.repeat(33)))).toMatchObject({ code: 'TOO_DEEP' })
    expect(parseJsonBody(bytes(JSON.stringify('['.repeat(99))))).toBe('['.repeat(99))
  })
})
