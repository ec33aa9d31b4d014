import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { prepareLog } from '../logs.ts'
import {
  type AttemptFolder,
  type AttemptRecord,
  attemptFolder,
  attemptKey,
  type Outcome,
  readJson,
} from './attempt-folder.ts'
import { deliver } from './deliver.ts'
import { createLogCollector } from './log-collector.ts'
import type { WorkerOptions } from './worker.ts'

/**
 * Clears what an earlier life of this worker left: processes are ended, logs completed, ends that were written down
 * are told, all else is told to be lost so that it is tried again at once.
 */
export async function recoverAttempts(options: WorkerOptions, workFolder: string): Promise<void> {
  const names = (await readdir(workFolder, { withFileTypes: true }))
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name)
  for (const name of names) await recoverAttempt(options, attemptFolder(join(workFolder, name)))
}

async function recoverAttempt(options: WorkerOptions, folder: AttemptFolder): Promise<void> {
  const record = await readJson<AttemptRecord>(folder.record)
  if (record !== undefined) {
    const key = attemptKey(record.lease)
    await options.executor.cancel(record.handle ?? { key, pid: 0, started: '' }, 0)
    await completeLog(options, folder, record).catch(() => {})
    const outcome = (await readJson<Outcome>(folder.outcome)) ?? lost(options.name)
    if (!(await deliver(options.control, record.lease, outcome, options.signal))) return
  }
  await rm(folder.root, { recursive: true, force: true })
}

async function completeLog(
  options: WorkerOptions,
  folder: AttemptFolder,
  { lease }: AttemptRecord,
): Promise<void> {
  const log = await createLogCollector({
    path: await prepareLog(options.logFolder, lease),
    folder,
    clock: options.clock,
  })
  await log.finish()
  await log.system('the worker was restarted; the attempt ended with the one before')
}

function lost(worker: string): Outcome {
  const error = {
    code: 'WORKER_LOST',
    message: `Worker ${worker} was killed while it ran the step`,
    hint: 'The step is tried again by itself.',
    details: { worker },
  }
  return { kind: 'fail', outcome: 'lost', errorClass: 'infra', error }
}
