import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { renderErrorsDoc } from '../src/kernel/errors/render.ts'

it('docs/errors.md is the catalogue (node scripts/run.mjs scripts/errors-doc.ts writes it)', () => {
  expect(readFileSync('docs/errors.md', 'utf8')).toBe(renderErrorsDoc())
})
