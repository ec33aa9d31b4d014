import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256Hex } from '../kernel/canonical.ts'
import { packageRoot, packageVersion } from '../kernel/package-root.ts'

/** Hash of the code that steps run: a step of another build is never reused. */
export function buildCode(): string {
  const path = join(packageRoot(), 'dist', 'build.json')
  return existsSync(path)
    ? (JSON.parse(readFileSync(path, 'utf8')) as { code: string }).code
    : `sha256:${sha256Hex(packageVersion())}`
}

export function lockFile(): string {
  return join(packageRoot(), 'python', 'requirements.lock')
}

/** Identity of the Python environment as far as the lock decides it. */
export function lockHash(): string {
  return `sha256:${sha256Hex(readFileSync(lockFile()))}`
}

/** The command line of another role of this Fettle. */
export function roleCommand(role: string, options: unknown): readonly string[] {
  return [
    process.execPath,
    '--no-warnings',
    '--enable-source-maps',
    join(packageRoot(), 'bin', 'fettle'),
    'internal',
    role,
    JSON.stringify(options),
  ]
}
