import { expect, it } from 'vitest'
import { editDistance } from './edit-distance.ts'

it.each([
  ['', '', 0],
  ['kitten', 'sitting', 3],
  ['abc', '', 3],
  ['flaw', 'lawn', 2],
])('from "%s" to "%s" it is %d edits', (left, right, edits) => {
  expect(editDistance('string', [...left], [...right])).toBe(edits)
  expect(editDistance('string', [...right], [...left])).toBe(edits)
})

it('tells +0 from −0, and null from everything', () =>
  expect(editDistance('float64', [0, null], [-0, Number.NaN])).toBe(2))
