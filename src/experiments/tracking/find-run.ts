import type { FettleError } from '../../kernel/errors/index.ts'
import type { StoredRun, TrackingStore } from './ports.ts'
import { deletedRun, unknownRun } from './refusals.ts'

export function fail(error: FettleError): never {
  throw error
}

export async function findRun(tracking: TrackingStore, id: string): Promise<StoredRun> {
  const [run] = await tracking.runs.find([id])
  if (run === undefined) throw unknownRun(id)
  return run
}

export async function findActiveRun(tracking: TrackingStore, id: string): Promise<StoredRun> {
  const run = await findRun(tracking, id)
  if (run.deleted) throw deletedRun(id)
  return run
}

/** What audit calls a run. */
export function runObject(id: string): string {
  return `experiment-run:${id}`
}
