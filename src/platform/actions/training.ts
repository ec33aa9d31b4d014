import { join } from 'node:path'
import { environmentProvider } from '../../adapters/environments/index.ts'
import { scorerFactory } from '../../adapters/scorers/index.ts'
import { packageRoot } from '../../kernel/package-root.ts'
import { createTrainingActions } from '../../training/index.ts'
import type { StepDependencies } from '../step-actions.ts'
import { openObjects } from '../storage.ts'
import { clientOf } from './client-of.ts'

/** `training.prepare-environment`, `training.train`, `training.evaluate`. */
export async function trainingActions(
  dependencies: StepDependencies,
): Promise<ReturnType<typeof createTrainingActions>> {
  return createTrainingActions({
    environments: environmentProvider,
    environmentsFolder: dependencies.folders.environments,
    pythonFolder: join(packageRoot(), 'python'),
    tracking: context => clientOf(dependencies, context),
    scorers: scorerFactory,
    objects: await openObjects(dependencies.providers, dependencies.folders),
    columns: {
      readColumns: async request => {
        const { createColumnReader } = await import('../../adapters/engines/duckdb/read-columns.ts')
        return createColumnReader().readColumns(request)
      },
    },
  })
}
