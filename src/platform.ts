import type { DevOptions, RunningDev } from './platform/dev.ts'
import type { VectorRuntime } from './vectors/model.ts'

export type { DevOptions, RunningDev } from './platform/dev.ts'

// The composition root: only this file and the folder beside it know adapters.

/** Control plane, worker and serving in one process tree over one folder. */
export async function startDev(options: DevOptions): Promise<RunningDev> {
  return (await import('./platform/dev.ts')).startDev(options)
}

/** Engine and store for the known-answer files of `npm run vectors`. */
export async function vectorRuntime(): Promise<VectorRuntime> {
  return (await import('./platform/vector-runtime.ts')).vectorRuntime
}
