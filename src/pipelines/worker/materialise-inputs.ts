import { link, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ActionInput } from '../actions.ts'
import type { Artifact } from '../model.ts'
import type { ObjectStore } from '../objects.ts'

/** Puts every input below `folder`: hard links where the store is on the same disk, copies elsewhere. */
export async function materialiseInputs(
  objects: ObjectStore,
  folder: string,
  inputs: Readonly<Record<string, Artifact>>,
): Promise<Record<string, ActionInput>> {
  const result: Record<string, ActionInput> = {}
  for (const [name, artifact] of Object.entries(inputs))
    result[name] = await materialise(objects, join(folder, name), artifact)
  return result
}

async function materialise(objects: ObjectStore, path: string, artifact: Artifact): Promise<ActionInput> {
  if (artifact.kind === 'json') return { kind: 'json', value: artifact.value, hash: artifact.hash }
  if (artifact.kind === 'file') {
    await place(objects, artifact.hash, path)
    return { kind: 'file', path, hash: artifact.hash }
  }
  await mkdir(path, { recursive: true })
  for (const file of artifact.files) {
    const target = join(path, file.path)
    await mkdir(dirname(target), { recursive: true })
    await place(objects, file.hash, target)
  }
  return { kind: 'directory', path, hash: artifact.hash }
}

async function place(objects: ObjectStore, hash: string, path: string): Promise<void> {
  const local = objects.localPath(hash)
  if (local === undefined) return objects.getFile(hash, path)
  await link(local, path).catch(() => objects.getFile(hash, path))
}
