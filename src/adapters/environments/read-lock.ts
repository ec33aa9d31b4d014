import { readFile } from 'node:fs/promises'
import { sha256Hex } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'

export interface RequirementsLock {
  /** sha256 of the file. */
  readonly hash: string
  /** Versions by package; several, joined by `|`, where they depend on the platform. */
  readonly packages: Readonly<Record<string, string>>
}

/** Reads a requirements lock; ENVIRONMENT_FAILED when it is missing, empty, or has a requirement without hash or exact version. */
export async function readLock(path: string): Promise<RequirementsLock> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new FettleError('ENVIRONMENT_FAILED', `The lock file ${path} cannot be read`, { cause })
  }
  const packages: Record<string, string> = {}
  for (const line of logicalLines(text)) {
    const pinned = /^([A-Za-z0-9._-]+)==([^\s;]+)/.exec(line)
    if (!pinned || !line.includes('--hash=sha256:')) {
      throw new FettleError(
        'ENVIRONMENT_FAILED',
        `"${line.slice(0, 80)}" in ${path} is not pinned to a version and a hash`,
        { details: { errorClass: 'user' } },
      )
    }
    const [, name = '', version = ''] = pinned
    packages[name] = packages[name] === undefined ? version : `${packages[name]}|${version}`
  }
  if (Object.keys(packages).length === 0)
    throw new FettleError('ENVIRONMENT_FAILED', `The lock file ${path} is empty`)
  return { hash: sha256Hex(text), packages }
}

function logicalLines(text: string): string[] {
  const joined = text.replaceAll(/\\\r?\n/g, ' ')
  return joined
    .split(/\r?\n/)
    .map(line => line.replace(/(^|\s)#.*$/, '').trim())
    .filter(line => line !== '')
}
