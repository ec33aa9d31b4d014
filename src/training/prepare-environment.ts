import { join } from 'node:path'
import type { Json } from '../kernel/canonical.ts'
import type { Action, ActionContext } from '../pipelines/index.ts'
import type { TrainingDependencies } from './actions.ts'
import type { PythonEnvironment } from './ports.ts'

/** Builds the trainers' environment, or finds it built. */
export async function prepareEnvironment(
  context: ActionContext,
  dependencies: TrainingDependencies,
): Promise<PythonEnvironment> {
  return dependencies.environments.ensureEnvironment({
    folder: dependencies.environmentsFolder,
    lock: join(dependencies.pythonFolder, 'requirements.lock'),
    onProgress: update => context.progress(update),
    log: line => context.log(line),
    signal: context.signal,
  })
}

/** Action `training.prepare-environment`: output `environment` says what was built, not where. */
export function prepareEnvironmentAction(dependencies: TrainingDependencies): Action {
  return async context => {
    const { id, interpreter, platform, lock, packages } = await prepareEnvironment(context, dependencies)
    const value: Json = { id, interpreter, platform, lock, packages }
    return { environment: { kind: 'json', value } }
  }
}
