import { type MetadataDatabase, openMetadata } from '../adapters/metadata/index.ts'
import { openFilesystemObjects } from '../adapters/objects/filesystem/index.ts'
import type { ObjectStore } from '../pipelines/index.ts'
import type { Providers } from '../projects/index.ts'
import { type Folders, objectCache } from './folders.ts'
import { notThere, resolved } from './provider-names.ts'

/** The metadata store a project's configuration names. Throws METADATA_UNAVAILABLE when it cannot be reached. */
export async function openMetadataStore(
  { metadata }: Pick<Providers, 'metadata'>,
  { metadata: path }: Pick<Folders, 'metadata'>,
): Promise<MetadataDatabase> {
  const name = resolved(metadata)
  if (name === 'sqlite') return openMetadata({ kind: 'sqlite', path })
  if (/^postgres(ql)?:/.test(name)) return openMetadata({ kind: 'postgres', url: name })
  throw notThere(name)
}

/**
 * The object store a project's configuration names. Throws OBJECT_STORE_UNAVAILABLE when it cannot be reached,
 * OBJECT_STORE_MISCONFIGURED when it refuses us.
 */
export async function openObjects(
  { objects }: Pick<Providers, 'objects'>,
  folders: Pick<Folders, 'objects' | 'root'>,
): Promise<ObjectStore> {
  const name = resolved(objects)
  if (name === 'filesystem') return openFilesystemObjects(folders.objects)
  if (!name.startsWith('s3:')) throw notThere(name)
  const { openS3Objects, parseS3Location } = await import('../adapters/objects/s3/index.ts')
  return openS3Objects({ location: parseS3Location(name, process.env), folder: objectCache(folders.root) })
}
