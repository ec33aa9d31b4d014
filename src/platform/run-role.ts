import { FettleError } from '../kernel/errors/index.ts'
import type { ScorerRequest } from '../serving/index.ts'
import type { WorkerJob } from './batch/worker-job.ts'
import type { MeasureRole } from './gate/measure-scorer.ts'
import type { GateFrontRole } from './gate-front-role.ts'
import type { MaterializeRole } from './materialize-role.ts'
import type { FrontRole } from './serving-roles.ts'
import type { StepHostRole } from './step-role.ts'
import type { WorkerRole } from './worker-role.ts'

/** Each role is loaded when it is asked for: a scorer loads no database, a step no web server. */
export async function runRole(role: string, options: unknown): Promise<void> {
  switch (role) {
    case 'worker':
      return (await import('./worker-role.ts')).workerRole(options as WorkerRole)
    case 'step-host':
      return (await import('./step-role.ts')).stepHostRole(options as StepHostRole)
    case 'front':
      return (await import('./serving-roles.ts')).frontRole(options as FrontRole)
    case 'gate-front':
      return (await import('./gate-front-role.ts')).gateFrontRole(options as GateFrontRole)
    case 'materialize':
      return (await import('./materialize-role.ts')).materializeRole(options as MaterializeRole)
    case 'preview':
      return (await import('./preview-role.ts')).previewRole()
    case 'batch':
      return (await import('./batch/batch-role.ts')).batchRole(options as WorkerJob)
    case 'measure-scorer':
      return (await import('./gate/measure-scorer.ts')).measureScorerRole(options as MeasureRole)
    case 'scorer':
      return (await import('./scorer-role.ts')).scorerRole(options as ScorerRequest)
    default:
      throw new FettleError('USAGE', `there is no role "${role}"`)
  }
}
