import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../kernel/clock.ts'
import { FettleError, isFettleError } from '../../kernel/errors/index.ts'
import type { ObjectStore } from '../objects.ts'
import type { ControlPlane, Executor, JobHandle, LeasedStep } from '../ports.ts'
import { readJson, writeJson } from './attempt-folder.ts'
import { recoverAttempts } from './recover.ts'
import { runAttempt } from './run-attempt.ts'

export interface WorkerOptions {
  /** Unique among the workers of a server, and the same after a restart. */
  readonly name: string
  readonly control: ControlPlane
  readonly executor: Executor
  readonly objects: ObjectStore
  /** Folder `work` of this Fettle; the worker's own folder below it is named for it. */
  readonly workFolder: string
  readonly logFolder: string
  readonly projectFolder: string
  /** Steps run at once. */
  readonly slots: number
  /** Command line of a process that calls `runStepHost(specPath, actions)`. */
  readonly hostCommand: (specPath: string) => readonly string[]
  /** The worker's environment, of which steps get a small part. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** What every step's process gets besides: secrets that its command line must not show. */
  readonly hostEnvironment?: Readonly<Record<string, string>>
  readonly clock: Clock
  /** Stops the worker: running steps are ended and given back unharmed. */
  readonly signal: AbortSignal
  /** Time between SIGTERM and SIGKILL of a cancelled step; 30 s when left out. */
  readonly graceMs?: number
  /** How long another worker of this name is waited for; 15 s when left out. */
  readonly holderWaitMs?: number
  readonly onFault?: (error: unknown) => void
}

const claimWaitMs = 20_000
const unreachableWaitMs = 200
const holderWaitMs = 15_000
const holderPollMs = 50

/**
 * Claims steps and runs each in a process of its own, until `signal`. Throws FOLDER_IN_USE when a living worker has
 * the name, WORKER_TOKEN_INVALID when the server refuses it.
 */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const workFolder = join(options.workFolder, options.name)
  await mkdir(workFolder, { recursive: true })
  const release = await takeFolder(options, workFolder)
  try {
    await recoverAttempts(options, workFolder)
    await Promise.all(Array.from({ length: options.slots }, () => runSlot(options, workFolder)))
  } finally {
    await release()
  }
}

async function runSlot(options: WorkerOptions, workFolder: string): Promise<void> {
  while (!options.signal.aborted) {
    const lease = await claimStep(options)
    if (lease === undefined) continue
    await runAttempt(options, workFolder, lease).catch(error => options.onFault?.(error))
  }
}

async function claimStep(options: WorkerOptions): Promise<LeasedStep | undefined> {
  try {
    return await options.control.claim(
      { worker: options.name, waitMs: claimWaitMs, instance: randomUUID() },
      options.signal,
    )
  } catch (error) {
    if (isFettleError(error, 'WORKER_TOKEN_INVALID')) throw error
    if (!options.signal.aborted) {
      if (!isFettleError(error, 'SERVER_UNREACHABLE')) options.onFault?.(error)
      await sleep(unreachableWaitMs, undefined, { signal: options.signal }).catch(() => {})
    }
    return undefined
  }
}

/** Two workers of one name would end each other's steps. One that lost its parent is about to end: it is waited for. */
async function takeFolder(options: WorkerOptions, workFolder: string): Promise<() => Promise<void>> {
  const { executor, name, signal } = options
  const path = join(workFolder, 'worker.json')
  for (
    const limit = performance.now() + (options.holderWaitMs ?? holderWaitMs);
    ;
    await sleep(holderPollMs)
  ) {
    const holder = await readJson<JobHandle>(path)
    if (holder === undefined || holder.pid === process.pid || !executor.isAlive(holder)) break
    if (signal.aborted || performance.now() > limit)
      throw new FettleError('FOLDER_IN_USE', `Worker "${name}" already runs as process ${holder.pid}`)
  }
  await writeJson(path, executor.identify(process.pid, name))
  return () => rm(path, { force: true })
}
