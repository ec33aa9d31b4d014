import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** A program that plain Node runs. */
export interface Bundle {
  readonly path: string
  remove(): void
}

/** Bundles TypeScript, whose imports are relative to the repository, in a folder where packages are found. */
export async function bundleSource(contents: string): Promise<Bundle> {
  const folder = mkdtempSync(join(root, 'node_modules', '.fettle-test-'))
  const path = join(folder, 'program.mjs')
  await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    outfile: path,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'error',
  })
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
