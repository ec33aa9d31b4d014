import { describe, expect, it } from 'vitest'
import { readRange } from './send-file.ts'

describe('a range of a file of 10 bytes', () => {
  it.each([
    [undefined, undefined],
    ['bytes=0-3', { start: 0, end: 4 }],
    ['bytes=4-', { start: 4, end: 10 }],
    ['bytes=-3', { start: 7, end: 10 }],
    ['bytes=-30', { start: 0, end: 10 }],
    ['bytes=8-99', { start: 8, end: 10 }],
    ['bytes=10-12', 'unsatisfiable'],
    ['bytes=5-2', 'unsatisfiable'],
    ['bytes=-', undefined],
    ['bytes=0-1,4-5', undefined],
    ['rows=1-2', undefined],
  ] as const)('%s', (header, range) => {
    expect(readRange(header, 10)).toEqual(range)
  })
})
