import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvLine, parseCsv } from './csv.ts'

test('cells with quotes, commas and line ends', () => {
  expect(parseCsv('\uFEFFa,b\r\n"x, ""y""\nz",2\r\n\r\n3,')).toEqual([
    ['a', 'b'],
    ['x, "y"\nz', '2'],
    ['3', ''],
  ])
  expect(parseCsv('')).toEqual([])
})

test('what is written is read back', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', '1', '"', ',', '\n', ' ', 'é', '\r\n') })
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell)), rows => {
      expect(parseCsv(rows.map(csvLine).join(''))).toEqual(rows)
    }),
  )
})

test('no cell is a formula', () => {
  expect(csvLine(['=1+1', '-2.5', '-x', '@a'])).toBe("'=1+1,-2.5,'-x,'@a\r\n")
})
