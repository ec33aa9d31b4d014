import { expect, it } from 'vitest'
import { codeOnly } from './sql-words.ts'

it.each([
  ["SELECT 'now()' AS a", 'SELECT ? AS a'],
  ["SELECT 'it''s now()', b", 'SELECT ?, b'],
  ["SELECT 'a\\' now()', b", 'SELECT ?, b'],
  ["SELECT r'a\\', now()", 'SELECT ?, now()'],
  ['SELECT "now()", `rand()`', 'SELECT ?, ?'],
  ['SELECT 1 -- now()\nFROM x', 'SELECT 1  \nFROM x'],
  ['SELECT /* now() */ now()', 'SELECT   now()'],
])('%s', (query, code) => {
  expect(codeOnly(query)).toBe(code)
})
