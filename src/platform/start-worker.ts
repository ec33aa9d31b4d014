import { readProjectFile } from '../projects/project-file.ts'
import { supervise } from './children.ts'
import { foldersOf, makeFolders } from './folders.ts'
import { projectPepper } from './project-keys.ts'
import { resolveProviders } from './providers.ts'
import { secretEnvironment } from './role-secret.ts'
import type { WorkerRole } from './worker-role.ts'

export interface WorkerOptions {
  /** The project folder, absolute. */
  readonly folder: string
  /** Of any server of the project's database. */
  readonly url: string
  readonly token: string
  /** Steps at a time. */
  readonly slots: number
  readonly onLine: (line: string) => void
}

export interface RunningWorker {
  /** Claims nothing more; what runs is given ten seconds, then goes back to the queue. */
  stop(): Promise<void>
}

/** Resolves when it asks for work. */
export async function startWorker({
  folder,
  url,
  token,
  slots,
  onLine,
}: WorkerOptions): Promise<RunningWorker> {
  const project = await readProjectFile(folder)
  const folders = foldersOf(folder)
  makeFolders(folders)
  const child = supervise({
    role: 'worker',
    options: { url, folders, slots } satisfies WorkerRole,
    environment: secretEnvironment({
      token,
      project: project.project,
      providers: resolveProviders(project.providers),
      pepper: projectPepper(folders.root),
    }),
    onLine,
    onReady: () => undefined,
  })
  await child.ready
  return { stop: () => child.stop() }
}
