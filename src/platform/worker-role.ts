import { createHttpControlPlane } from '../adapters/control-plane/http/index.ts'
import { createProcessExecutor } from '../adapters/executors/process/index.ts'
import { systemClock } from '../kernel/clock.ts'
import { messageOf } from '../kernel/message-of.ts'
import { runWorker } from '../pipelines/index.ts'
import { roleCommand } from './build-facts.ts'
import { superviseMe } from './children.ts'
import { type Folders, makeFolders } from './folders.ts'
import { secretEnvironment, takeSecrets } from './role-secret.ts'
import type { StepHostRole } from './step-role.ts'
import { openObjects } from './storage.ts'

export interface WorkerRole {
  readonly url: string
  readonly folders: Folders
  readonly slots: number
}

/** A worker: claims steps and runs each in a step host. Needs the secrets of the running Fettle in its environment. */
export async function workerRole({ url, folders, slots }: WorkerRole): Promise<void> {
  const secrets = takeSecrets()
  makeFolders(folders)
  const abort = new AbortController()
  const me = superviseMe(() => abort.abort())
  const objects = await openObjects(secrets.providers, folders)
  const running = runWorker({
    name: 'local',
    control: createHttpControlPlane({ url, token: secrets.token }),
    executor: createProcessExecutor(),
    objects,
    workFolder: folders.work,
    logFolder: folders.logs,
    projectFolder: folders.project,
    slots,
    hostCommand: specPath => roleCommand('step-host', { specPath, url, folders } satisfies StepHostRole),
    hostEnvironment: secretEnvironment(secrets),
    environment: process.env,
    clock: systemClock,
    signal: abort.signal,
    graceMs: 10_000,
    onFault: error => process.stderr.write(`${messageOf(error)}\n`),
  })
  me.ready({})
  await running
  process.exit(0)
}
