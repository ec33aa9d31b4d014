// Bundles the server side into dist/: one file per entry, shared code in chunks, packages left in node_modules.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const out = join(root, 'dist')

const entries = {
  cli: 'src/cli/main.ts',
  platform: 'src/platform.ts',
  role: 'src/platform/role-main.ts',
  'on-demand-worker': 'src/features/on-demand/worker-main.ts',
  definitions: 'src/definitions/language.ts',
  client: 'src/client/index.ts',
  vectors: 'src/vectors/main.ts',
}

const result = await build({
  absWorkingDir: root,
  entryPoints: Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, path])),
  outdir: 'dist',
  bundle: true,
  splitting: true,
  packages: 'external',
  conditions: ['fettle-source'],
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  sourcemap: 'linked',
  chunkNames: 'server/[name]-[hash]',
  metafile: true,
  logLevel: 'warning',
})

// Chunks of former builds go only now, so that a failed build leaves the former one whole.
for (const name of readdirSync(join(out, 'server')))
  if (!(`dist/server/${name}` in result.metafile.outputs)) rmSync(join(out, 'server', name))

const hash = createHash('sha256')
for (const path of Object.keys(result.metafile.inputs).sort())
  hash
    .update(path)
    .update('\0')
    .update(readFileSync(join(root, path)))
writeFileSync(join(out, 'build.json'), `${JSON.stringify({ code: `sha256:${hash.digest('hex')}` })}\n`)
