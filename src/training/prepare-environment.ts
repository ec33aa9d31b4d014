import { basename, join } from 'node:path'
import type { Json } from '../kernel/canonical.ts'
import { isFettleError } from '../kernel/errors/index.ts'
import type { Action, ActionContext } from '../pipelines/index.ts'
import type { TrainingDependencies } from './actions.ts'
import type { EnvironmentRequest, PythonEnvironment } from './ports.ts'

/** Builds the trainers' environment, or finds it built. */
export async function prepareEnvironment(
  context: ActionContext,
  dependencies: TrainingDependencies,
): Promise<PythonEnvironment> {
  return dependencies.environments.ensureEnvironment(requestOf(context, dependencies))
}

function requestOf(
  context: ActionContext,
  { environmentsFolder, pythonFolder }: TrainingDependencies,
): EnvironmentRequest {
  return {
    folder: environmentsFolder,
    lock: join(pythonFolder, 'requirements.lock'),
    onProgress: update => context.progress(update),
    log: line => context.log(line),
    signal: context.signal,
  }
}

/**
 * Action `training.prepare-environment`: output `environment` says what was built, not where. The package files are put
 * into the object store, so that the environment can be made again without a network; `files` says which, or why not.
 */
export function prepareEnvironmentAction(dependencies: TrainingDependencies): Action {
  return async context => {
    const { id, interpreter, platform, lock, packages } = await prepareEnvironment(context, dependencies)
    const files = await keepPackages(context, dependencies)
    const value: Json = { id, interpreter, platform, lock, packages, files }
    return { environment: { kind: 'json', value } }
  }
}

/** Training goes on without them: what cannot be kept is missed when somebody reproduces. */
async function keepPackages(context: ActionContext, dependencies: TrainingDependencies): Promise<Json> {
  try {
    const paths = await dependencies.environments.packageFiles(requestOf(context, dependencies))
    const kept: { path: string; hash: string; bytes: number }[] = []
    for (const path of paths)
      kept.push({ path: basename(path), ...(await dependencies.objects.putFile(path)) })
    return kept
  } catch (error) {
    context.signal.throwIfAborted()
    if (!isFettleError(error)) throw error
    context.log(`The package files are not kept: ${error.message}`)
    return { unavailable: error.message }
  }
}
