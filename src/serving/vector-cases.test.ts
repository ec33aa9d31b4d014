import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { servingCases } from './vector-cases.ts'

const folder = join(import.meta.dirname, '../../test/vectors/releases')

describe('known answers', () => {
  for (const [name, play] of Object.entries(servingCases)) {
    const { cases } = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as {
      cases: { id: string; in: Record<string, unknown>; out: unknown }[]
    }
    it(`${name} has cases`, () => expect(cases.length).toBeGreaterThan(5))
    for (const each of cases) it(each.id, () => expect(play(each.in)).toEqual(each.out))
  }
})
