import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { packageRoot } from '../../kernel/package-root.ts'

const bundled = new Map<string, string>()

/** Script that is a front on the fakes: `<servingFolder> <scorer script>`. It is gone with this process. */
export const bundleFront = (): string => bundle('front-main')

/** Script that is a scorer on the fakes: `<request>`. It is gone with this process. */
export const bundleScorer = (): string => bundle('scorer-main')

function bundle(name: string): string {
  const known = bundled.get(name)
  if (known !== undefined) return known
  const folder = mkdtempSync(join(tmpdir(), 'fettle-serving-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const outfile = join(folder, `${name}.mjs`)
  bundled.set(name, outfile)
  buildSync({
    entryPoints: [join(packageRoot(), 'src/serving/testing', `${name}.ts`)],
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
