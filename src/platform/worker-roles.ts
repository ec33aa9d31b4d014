import { createHttpControlPlane } from '../adapters/control-plane/http/index.ts'
import { createProcessExecutor } from '../adapters/executors/process/index.ts'
import { openFilesystemObjects } from '../adapters/objects/filesystem/index.ts'
import { systemClock } from '../kernel/clock.ts'
import { runStepHost, runWorker } from '../pipelines/index.ts'
import { roleCommand } from './build-facts.ts'
import { superviseMe } from './children.ts'
import { type Folders, makeFolders } from './folders.ts'

export interface WorkerRole {
  readonly url: string
  readonly token: string
  readonly folders: Folders
  readonly slots: number
}

/** A worker: claims steps and runs each in a step host. */
export async function workerRole({ url, token, folders, slots }: WorkerRole): Promise<void> {
  makeFolders(folders)
  const abort = new AbortController()
  const me = superviseMe(() => abort.abort())
  const objects = await openFilesystemObjects(folders.objects)
  const running = runWorker({
    name: 'local',
    control: createHttpControlPlane({ url, token }),
    executor: createProcessExecutor(),
    objects,
    workFolder: folders.work,
    logFolder: folders.logs,
    projectFolder: folders.project,
    slots,
    hostCommand: specPath =>
      roleCommand('step-host', { specPath, url, token, folders } satisfies StepHostRole),
    environment: process.env,
    clock: systemClock,
    signal: abort.signal,
    graceMs: 10_000,
    onFault: error => process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`),
  })
  me.ready({})
  await running
  process.exit(0)
}

export interface StepHostRole {
  readonly specPath: string
  readonly url: string
  readonly token: string
  readonly folders: Folders
}

/** The process of one step. */
export async function stepHostRole(role: StepHostRole): Promise<never> {
  const { stepActions } = await import('./step-actions.ts')
  return runStepHost(role.specPath, await stepActions(role))
}
