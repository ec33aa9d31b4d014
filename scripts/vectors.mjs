// Plays known-answer files against the built program; says what to do where nothing is built.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const built = join(root, 'dist', 'vectors.js')

if (existsSync(built)) {
  await import(pathToFileURL(built).href)
} else {
  process.stderr.write(`Fettle is not built yet: ${built} is missing.\nBuild it: npm run build\n`)
  process.exitCode = 2
}
