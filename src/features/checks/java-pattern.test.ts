import { describe, expect, it } from 'vitest'
import { translatePattern } from '../../definitions/index.ts'
import { javaPattern } from './java-pattern.ts'

describe('a portable pattern for java.util.regex', () => {
  it.each([
    ['^NL[0-9]+$', '^NL[0-9]+\\z'],
    ['a.b', 'a[^\\n]b'],
    ['[.$&&]\\.\\$', '[.$\\&\\&]\\.\\$'],
    ['\\s\\S[\\s\\v]\\v', '[\\t\\n\\f\\r ][^\\t\\n\\f\\r ][\\t\\n\\f\\r \\x0B]\\x0B'],
    ['\\bé\\x41&', '(?:(?<=\\w)(?!\\w)|(?<!\\w)(?=\\w))é\\x41&'],
    ['[\\]]$', '[\\]]\\z'],
  ])('%s is %s', (portable, java) => {
    expect(translatePattern(portable)).toHaveProperty('source')
    expect(javaPattern(portable)).toBe(java)
  })
})
