import { readModelManifest } from '../../evaluation/index.ts'
import { type Action, storeDirectory } from '../../pipelines/index.ts'
import { registerAction } from '../../projects/index.ts'
import type { StepDependencies } from '../step-actions.ts'
import { openObjects } from '../storage.ts'
import { clientOf } from './client-of.ts'

/** `registry.register`: the better candidate becomes a model version and, if it is the best so far, champion. */
export function registerModelAction(dependencies: StepDependencies): Action {
  return async context => {
    const register = registerAction({
      objects: await openObjects(dependencies.providers, dependencies.folders),
      storeDirectory,
      readManifest: readModelManifest,
      registrar: told => {
        const client = clientOf(dependencies, told)
        return {
          registerVersion: async ({ model, ...version }) => client.registerVersion(model, version as never),
          setAlias: change => client.setAlias(change),
          addArtifacts: (run, files) => client.addArtifacts(run, files),
        }
      },
    })
    return register(context)
  }
}
