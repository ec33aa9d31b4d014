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

/** The command line of another role of this Fettle. It is public on the machine: no secrets here. */
export function roleCommand(role: string, options: unknown): readonly string[] {
  const script = join(packageRoot(), 'dist', 'role.js')
  return [process.execPath, '--no-warnings', ...sourceMaps(role), script, role, JSON.stringify(options)]
}

/** Stacks name our sources; a step, of which there are many, starts faster without. */
function sourceMaps(role: string): readonly string[] {
  return role === 'step-host' ? [] : ['--enable-source-maps']
}
