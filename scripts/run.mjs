// Bundles one TypeScript file and runs it: node scripts/run.mjs bench/training-set.ts [arguments]
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [file, ...rest] = process.argv.slice(2)
if (!file) {
  console.error('usage: node scripts/run.mjs FILE.ts [arguments]')
  process.exit(2)
}
const folder = join(root, 'dist', 'run')
mkdirSync(folder, { recursive: true })
const outfile = join(folder, `${basename(file, '.ts')}-${process.pid}.mjs`)
await build({
  absWorkingDir: root,
  entryPoints: [resolve(file)],
  outfile,
  bundle: true,
  packages: 'external',
  conditions: ['fettle-source'],
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  sourcemap: 'inline',
  logLevel: 'warning',
})
const child = spawn(process.execPath, ['--enable-source-maps', outfile, ...rest], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
