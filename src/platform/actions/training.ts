import { join } from 'node:path'
import { environmentProvider } from '../../adapters/environments/index.ts'
import { scorerFactory } from '../../adapters/scorers/index.ts'
import { packageRoot } from '../../kernel/package-root.ts'
import { createTrainingActions } from '../../training/index.ts'
import type { StepDependencies } from '../step-actions.ts'
import { clientOf } from './client-of.ts'

/** `training.prepare-environment`, `training.train`, `training.evaluate`. */
export function trainingActions(dependencies: StepDependencies): ReturnType<typeof createTrainingActions> {
  return createTrainingActions({
    environments: environmentProvider,
    environmentsFolder: dependencies.folders.environments,
    pythonFolder: join(packageRoot(), 'python'),
    tracking: context => clientOf(dependencies, context),
    scorers: scorerFactory,
    columns: {
      readColumns: async request => {
        const { createColumnReader } = await import('../../adapters/engines/duckdb/read-columns.ts')
        return createColumnReader().readColumns(request)
      },
    },
  })
}
