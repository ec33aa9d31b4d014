import type { DevOptions, RunningDev } from './platform/dev.ts'
import type { VectorRuntime } from './vectors/model.ts'

export type { DevOptions, RunningDev } from './platform/dev.ts'

// The composition root: only this file and the folder beside it know adapters.

/** Runs one process role of a running Fettle. */
export async function runRole(role: string, options: unknown): Promise<void> {
  return (await import('./platform/run-role.ts')).runRole(role, options)
}

/** Control plane, worker and serving in one process tree over one folder. */
export async function startDev(options: DevOptions): Promise<RunningDev> {
  return (await import('./platform/dev.ts')).startDev(options)
}

/** Engine and store for the known-answer files of `npm run vectors`. */
export async function vectorRuntime(): Promise<VectorRuntime> {
  return (await import('./platform/vector-runtime.ts')).vectorRuntime
}
