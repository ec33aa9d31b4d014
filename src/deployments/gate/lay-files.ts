import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ObjectStore } from '../../pipelines/index.ts'

/** Lays objects down as files below a folder, verified by hash; their paths, in order. */
export async function layFiles(
  objects: Pick<ObjectStore, 'getFile'>,
  files: readonly { readonly path: string; readonly hash: string }[],
  folder: string,
): Promise<readonly string[]> {
  const paths: string[] = []
  for (const { path, hash } of files) {
    const target = join(folder, path)
    await mkdir(dirname(target), { recursive: true })
    await objects.getFile(hash, target)
    paths.push(target)
  }
  return paths
}
