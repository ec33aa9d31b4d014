import { createColumnReader } from '../../adapters/engines/duckdb/read-columns.ts'
import { scorerFactory } from '../../adapters/scorers/index.ts'
import { judgeAction } from '../../deployments/index.ts'
import type { Action } from '../../pipelines/index.ts'
import type { StepDependencies } from '../step-actions.ts'
import { openObjects } from '../storage.ts'

/** `release.judge`: what the held-out rows say of a candidate. */
export function judgeReleaseAction(dependencies: StepDependencies): Action {
  return async context =>
    judgeAction({
      objects: await openObjects(dependencies.providers, dependencies.folders),
      scorers: scorerFactory,
      columns: createColumnReader(),
    })(context)
}
