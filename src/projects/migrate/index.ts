import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { FettleError } from '../../kernel/errors/index.ts'
import { feastDefinitions } from './feast-definitions.ts'
import { decodeRegistry, type FeastRegistry } from './feast-schema.ts'
import { featureformDefinitions } from './featureform.ts'
import type { ImportedDefinitions } from './imported.ts'
import { writeDefinitions } from './write-definitions.ts'

/** Definitions made from those of another feature store. */
export interface Migration {
  /** One TypeScript file. */
  readonly text: string
  readonly entities: number
  readonly sources: number
  readonly views: number
  /** What is not in the file, or not as it was. */
  readonly notCarried: readonly { readonly item: string; readonly reason: string }[]
}

/**
 * Reads the file registry of a Feast repository (`data/registry.db`, or what feature_store.yaml names) without Python.
 * Throws USAGE when there is none that can be read.
 */
export async function migrateFeast(repository: string, project: string): Promise<Migration> {
  const path = join(repository, await registryPath(repository))
  let registry: FeastRegistry
  try {
    registry = decodeRegistry(await readFile(path))
  } catch (error) {
    throw new FettleError(
      'USAGE',
      `${path} cannot be read as a Feast registry: ${(error as Error).message}`,
      {
        hint: 'Name the folder of feature_store.yaml, after feast apply with a file registry.',
        cause: error,
      },
    )
  }
  return migration(feastDefinitions(registry, { repository: resolve(repository), project: resolve(project) }))
}

async function registryPath(repository: string): Promise<string> {
  const yaml = await readFile(join(repository, 'feature_store.yaml'), 'utf8').catch(() => '')
  const [, written = ''] = /^registry:[ \t]*['"]?([^'"\n#]*?)['"]?[ \t]*(?:#.*)?$/m.exec(yaml) ?? []
  const [, nested = ''] = /^registry:\s*\n(?:[ \t]+.*\n)*?[ \t]+path:[ \t]*['"]?([^'"\n#]*)/m.exec(yaml) ?? []
  return written || nested.trim() || 'data/registry.db'
}

/** Reads a list of resources by name and variant, as Featureform has them. Throws USAGE when it is none. */
export async function migrateFeatureform(file: string): Promise<Migration> {
  let json: unknown
  try {
    json = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new FettleError('USAGE', `${file} cannot be read as JSON: ${(error as Error).message}`, {
      cause: error,
    })
  }
  return migration(featureformDefinitions(json))
}

function migration(imported: ImportedDefinitions): Migration {
  return {
    text: writeDefinitions(imported),
    entities: imported.entities.length,
    sources: imported.sources.length,
    views: imported.views.length,
    notCarried: imported.notCarried,
  }
}
