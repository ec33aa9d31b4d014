// Writes docs/cli.md and docs/api.md from their tables; test/docs.test.ts checks that they are current.
import { writeFileSync } from 'node:fs'
import { renderCliDoc } from '../src/cli/render/cli-doc.ts'
import { renderApiDoc } from '../src/server/api-doc.ts'

writeFileSync('docs/cli.md', renderCliDoc())
writeFileSync('docs/api.md', renderApiDoc())
