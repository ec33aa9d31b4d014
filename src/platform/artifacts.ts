import { type ArtifactCollection, createArtifactCollection } from '../experiments/index.ts'
import { systemClock } from '../kernel/clock.ts'
import { readProjectFile } from '../projects/project-file.ts'
import { foldersOf } from './folders.ts'
import { openMetadataStore, openObjects } from './storage.ts'

/** Does something with a project's stored objects, where it stands; Fettle may run meanwhile. */
export async function withArtifacts<Result>(
  folder: string,
  work: (artifacts: ArtifactCollection) => Promise<Result>,
): Promise<Result> {
  const { providers } = await readProjectFile(folder)
  const folders = foldersOf(folder)
  const uow = await openMetadataStore(providers, folders)
  try {
    await uow.migrate()
    const objects = await openObjects(providers, folders)
    return await work(createArtifactCollection({ uow, clock: systemClock, objects }))
  } finally {
    await uow.close()
  }
}
