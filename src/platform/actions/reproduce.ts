import { createColumnReader } from '../../adapters/engines/duckdb/read-columns.ts'
import { scorerFactory } from '../../adapters/scorers/index.ts'
import type { Json } from '../../kernel/canonical.ts'
import type { Action } from '../../pipelines/index.ts'
import { compareAction } from '../../reproduction/index.ts'
import type { StepDependencies } from '../step-actions.ts'
import { openObjects } from '../storage.ts'
import { clientOf } from './client-of.ts'

/** `reproduction.compare`: what a rebuild made against what is registered; the control plane signs and keeps the report. */
export function reproduceAction(dependencies: StepDependencies): Action {
  return async context => {
    const compare = compareAction({
      objects: await openObjects(dependencies.providers, dependencies.folders),
      scorers: scorerFactory,
      columns: createColumnReader(),
      tell: (told, compared) =>
        clientOf(dependencies, told).recordReproduction(compared as unknown as Json) as Promise<Json>,
    })
    return compare(context)
  }
}
