import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FettleError } from '../../kernel/errors/index.ts'
import { readYaml, type YamlValue } from '../../registry/index.ts'
import { folderFiles } from './local-files.ts'
import type { Facts, SourceModel, SourceVersion } from './model.ts'

export type Meta = Readonly<Record<string, YamlValue>>

/** Text of a field; nothing where it is absent, null or no text. */
export function metaText(meta: Meta, name: string): string {
  const value = meta[name]
  return typeof value === 'string' ? value : ''
}

/** Names in a folder, sorted; none where there is no folder. */
export async function readFolder(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).sort()
}

/** `meta.yaml` of a folder; undefined where there is none. Throws IMPORT_SOURCE, with the path, when it is not read. */
export async function readMeta(folder: string): Promise<Meta | undefined> {
  const path = join(folder, 'meta.yaml')
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    const meta = readYaml(text)
    return typeof meta === 'object' && meta !== null ? meta : undefined
  } catch (error) {
    throw new FettleError(
      'IMPORT_SOURCE',
      `${path}: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

/** One file per key, whose name may hold slashes. */
export async function readFacts(folder: string): Promise<Facts> {
  const facts: Record<string, string> = {}
  for await (const { path } of folderFiles(folder)) facts[path] = await readFile(join(folder, path), 'utf8')
  return facts
}

export function modelOf(
  meta: Meta,
  parts: { readonly tags: Facts; readonly aliases: Facts; readonly versions: readonly SourceVersion[] },
): SourceModel {
  const created = Number(metaText(meta, 'creation_timestamp'))
  return {
    name: metaText(meta, 'name'),
    description: metaText(meta, 'description'),
    createdMs: created,
    updatedMs: Number(metaText(meta, 'last_updated_timestamp') || created),
    tags: parts.tags,
    aliases: Object.fromEntries(
      Object.entries(parts.aliases).map(([alias, version]) => [alias, Number(version)]),
    ),
    versions: parts.versions.filter(({ stage }) => stage !== 'Deleted_Internal'),
  }
}

const versionStatuses = new Map<string, SourceVersion['status']>([
  ['PENDING_REGISTRATION', 'pending'],
  ['FAILED_REGISTRATION', 'failed'],
])

export async function versionOf(folder: string): Promise<SourceVersion | undefined> {
  const meta = await readMeta(folder)
  if (meta === undefined) return undefined
  const source = metaText(meta, 'source')
  const created = Number(metaText(meta, 'creation_timestamp'))
  return {
    version: Number(metaText(meta, 'version')),
    createdMs: created,
    updatedMs: Number(metaText(meta, 'last_updated_timestamp') || created),
    description: metaText(meta, 'description'),
    source,
    run: metaText(meta, 'run_id') || null,
    loggedModel: metaText(meta, 'model_id') || /^models:\/(m-[0-9a-f]{32})/.exec(source)?.[1] || null,
    runLink: metaText(meta, 'run_link') || null,
    status: versionStatuses.get(metaText(meta, 'status')) ?? 'ready',
    stage: metaText(meta, 'current_stage') || 'None',
    tags: await readFacts(join(folder, 'tags')),
  }
}
