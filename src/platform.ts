import { FettleError } from './kernel/errors/index.ts'
import type { DevOptions, RunningDev } from './platform/dev.ts'
import type { FrontRole } from './platform/serving-roles.ts'
import type { StepHostRole, WorkerRole } from './platform/worker-roles.ts'
import type { ScorerRequest } from './serving/index.ts'

export type { DevOptions, RunningDev } from './platform/dev.ts'

/**
 * The composition root: the only place (with the folder beside it) that knows adapters. Each role is loaded when
 * it is asked for, so that a scorer does not load a database and a step does not load a web server.
 */
export async function runRole(role: string, options: unknown): Promise<void> {
  switch (role) {
    case 'worker':
      return (await import('./platform/worker-roles.ts')).workerRole(options as WorkerRole)
    case 'step-host':
      return (await import('./platform/worker-roles.ts')).stepHostRole(options as StepHostRole)
    case 'front':
      return (await import('./platform/serving-roles.ts')).frontRole(options as FrontRole)
    case 'scorer':
      return (await import('./platform/serving-roles.ts')).scorerRole(options as ScorerRequest)
    default:
      throw new FettleError('USAGE', `there is no role "${role}"`)
  }
}

/** Control plane, worker and serving in one process tree over one folder. */
export async function startDev(options: DevOptions): Promise<RunningDev> {
  return (await import('./platform/dev.ts')).startDev(options)
}
