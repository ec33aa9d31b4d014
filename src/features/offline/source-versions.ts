import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { SourceData } from '../../definitions/model.ts'
import { contentHash } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { SourceVersion } from '../model.ts'

const hashes = new Map<string, string>()

/**
 * Versions of sources (features.md §2.6). Files: the hash of their sorted paths and contents; a file is read again only
 * if its size, modification time or inode changed. SQL: the hash of its text and of what it reads. A database table is
 * unversioned, and so is SQL over one. Throws SOURCE_UNREADABLE.
 */
export async function sourceVersions(
  sources: readonly SourceData[],
  projectFolder: string,
  /** Highest ingest sequence in the journal of a push source; left out: it has no version here. */
  pushed?: (source: string) => bigint,
): Promise<Record<string, SourceVersion>> {
  const versions: Record<string, SourceVersion> = {}
  const visit = async (source: SourceData): Promise<SourceVersion> => {
    if (pushed && source.from.kind === 'push') versions[source.name] ??= `watermark:${pushed(source.name)}`
    versions[source.name] ??= await versionOf(source, projectFolder, async name => {
      const input = sources.find(each => each.name === name)
      return input && input !== source ? visit(input) : 'unversioned'
    })
    return versions[source.name] ?? 'unversioned'
  }
  for (const source of sources) await visit(source)
  return versions
}

async function versionOf(
  source: SourceData,
  folder: string,
  input: (name: string) => Promise<SourceVersion>,
): Promise<SourceVersion> {
  const { from } = source
  if (from.kind === 'parquet' || from.kind === 'csv') return filesVersion(source.name, folder, from.path)
  if (from.kind === 'duckdb') return filesVersion(source.name, folder, from.path)
  if (from.kind === 'postgres' || from.kind === 'push') return 'unversioned'
  const inputs: [string, SourceVersion][] = []
  for (const part of from.parts)
    if (typeof part !== 'string') inputs.push([part.source, await input(part.source)])
  if (inputs.some(([, version]) => version === 'unversioned')) return 'unversioned'
  return `snapshot:${contentHash({ dialect: from.dialect, parts: from.parts, inputs }).slice('sha256:'.length)}`
}

async function filesVersion(name: string, folder: string, pattern: string): Promise<SourceVersion> {
  const paths = await sourceFiles(name, folder, pattern)
  const lines = await Promise.all(
    paths.map(async path => `${relative(folder, path)}\0${await fileHash(path)}\n`),
  )
  return `files:${createHash('sha256').update(lines.sort().join('')).digest('hex')}`
}

/** Paths of the files a source's path or pattern names, sorted; throws SOURCE_UNREADABLE when there are none. */
export async function sourceFiles(name: string, folder: string, pattern: string): Promise<string[]> {
  const path = resolve(folder, pattern)
  if (!/[*?[{]/.test(pattern)) {
    await stat(path).catch(error => {
      throw new FettleError('SOURCE_UNREADABLE', `source "${name}": there is no file ${pattern}`, {
        cause: error,
        details: { source: name, file: pattern },
      })
    })
    return [path]
  }
  const base = resolve(folder, pattern.slice(0, pattern.search(/[*?[{]/)).replace(/[^/]*$/, ''))
  const entries = await readdir(base, { recursive: true, withFileTypes: true }).catch(() => [])
  const found = entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .filter(file => matches(path, file))
  if (found.length === 0)
    throw new FettleError('SOURCE_UNREADABLE', `source "${name}": no file matches ${pattern}`, {
      details: { source: name, file: pattern },
    })
  return found.sort()
}

/** `*` and `?` within a folder's name, `**` across folders. */
function matches(pattern: string, path: string): boolean {
  const expression = pattern
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map(part => wildcards[part] ?? part.replace(/[.+^${}()|[\]\\]/g, '\\$&'))
    .join('')
  return new RegExp(`^${expression}$`).test(path)
}

const wildcards: Readonly<Record<string, string>> = {
  '**/': '(?:.*/)?',
  '**': '.*',
  '*': '[^/]*',
  '?': '[^/]',
}

/** Lower-case hex SHA-256 of a file, remembered while size, modification time and inode stay. */
export async function fileHash(path: string): Promise<string> {
  const { size, mtimeMs, ino } = await stat(path)
  const key = `${path}\0${size}\0${mtimeMs}\0${ino}`
  const known = hashes.get(key)
  if (known !== undefined) return known
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  const hex = hash.digest('hex')
  hashes.set(key, hex)
  return hex
}
