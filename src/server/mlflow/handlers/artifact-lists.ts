import type { ArtifactOwner, TrackingService } from '../../../experiments/index.ts'
import type { MlflowHandlers } from '../handler-types.ts'
import { filled } from '../map/facts.ts'

type Names = 'listArtifacts' | 'listLoggedModelArtifacts'

export function artifactListHandlers({
  runs,
  loggedModels,
  artifacts,
}: TrackingService): Pick<MlflowHandlers, Names> {
  const listed = async (owner: ArtifactOwner, root: string, path: string): Promise<object> => {
    const entries = (await artifacts.list(owner, path)) ?? []
    return { root_uri: root, files: filled(byPath(entries).map(fileToWire)) }
  }
  return {
    listArtifacts: async ({ run_id: id, path = '' }) =>
      listed({ kind: 'run', id }, (await runs.head(id)).artifactLocation, path),
    listLoggedModelArtifacts: async ({ model_id: id, artifact_directory_path: path = '' }) =>
      listed({ kind: 'loggedModel', id }, (await loggedModels.get(id)).artifactLocation, path),
  }
}

export interface Entry {
  readonly path: string
  readonly folder: boolean
  readonly bytes: number | null
}

/** As clients see a folder of theirs, files and folders together. */
export function byPath<E extends Entry>(entries: readonly E[]): E[] {
  return [...entries].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
}

export function fileToWire({ path, folder, bytes }: Entry): object {
  return folder ? { path, is_dir: true } : { path, is_dir: false, file_size: bytes ?? 0 }
}
