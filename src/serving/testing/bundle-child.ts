import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'

/** Bundles child-main.ts and returns the path of the script, in a temporary folder inside the package's module scope. */
export function bundleChild(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-serving-'))
  const outfile = join(folder, 'child.mjs')
  buildSync({
    entryPoints: [join(import.meta.dirname, 'child-main.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    conditions: ['fettle-source'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  })
  return outfile
}
