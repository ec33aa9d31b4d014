// Writes docs/errors.md from the catalogue; test/errors-doc.test.ts checks that it is current.
import { writeFileSync } from 'node:fs'
import { renderErrorsDoc } from '../src/kernel/errors/render.ts'

writeFileSync('docs/errors.md', renderErrorsDoc())
