import { createDuckDBEngine } from '../adapters/engines/duckdb/index.ts'
import { openLmdbStore } from '../adapters/online/lmdb/index.ts'
import { playFolder } from './play-folder.ts'
import { fileLines, totalLine } from './report.ts'

const folder = process.argv[2]
if (folder === undefined) {
  process.stderr.write('usage: npm run vectors -- <folder>\n')
  process.exit(2)
}

const runtime = {
  createEngine: () => createDuckDBEngine({ threads: 2 }),
  openStore: (path: string) => openLmdbStore({ folder: path }),
}
const totals = { passed: 0, failed: 0, notImplemented: 0 }
for await (const file of playFolder(folder, runtime)) {
  for (const line of fileLines(file, totals)) process.stdout.write(`${line}\n`)
}
process.stdout.write(`${totalLine(totals)}\n`)
process.exitCode = totals.failed > 0 ? 1 : 0
