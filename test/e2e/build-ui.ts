import { execFile } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const fromHere = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/**
 * Builds the UI as it ships into a folder of its own unless told and returns that folder: what is tested is what is served.
 * In a process of its own, for within a test runner Vite would take React's development build.
 */
export async function buildUi(outDir = mkdtempSync(join(tmpdir(), 'fettle-ui-'))): Promise<string> {
  const vite = fromHere('../../node_modules/vite/bin/vite.js')
  const args = [
    vite,
    'build',
    '--config',
    fromHere('../../src/ui/vite.config.ts'),
    '--outDir',
    outDir,
    '--logLevel',
    'error',
  ]
  await promisify(execFile)(process.execPath, args, { env: { ...process.env, NODE_ENV: 'production' } })
  return outDir
}
