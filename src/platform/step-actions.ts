import type { Action, ActionContext } from '../pipelines/index.ts'
import type { Folders } from './folders.ts'
import type { RoleSecrets } from './role-secret.ts'

/** What the step bodies share. */
export interface StepDependencies extends RoleSecrets {
  readonly url: string
  readonly folders: Folders
}

type ActionFactory = (dependencies: StepDependencies) => Action

/** Bodies load when they are called: most of a short step is the loading of what it does not need. */
const factories: Readonly<Record<string, () => Promise<ActionFactory>>> = {
  'features.build-training-set': async () =>
    (await import('./actions/build-training-set.ts')).buildTrainingSetAction,
  'features.check-data': async () => (await import('./actions/check-data.ts')).checkDataAction,
  'features.materialize': async () => (await import('./actions/materialize.ts')).materializeAction,
  'features.skew': async () => (await import('./actions/skew.ts')).skewAction,
  'training.prepare-environment': training('training.prepare-environment'),
  'training.train': training('training.train'),
  'training.evaluate': training('training.evaluate'),
  'reproduction.compare': async () => (await import('./actions/reproduce.ts')).reproduceAction,
  'release.prepare': async () => (await import('./actions/release-prepare.ts')).prepareReleaseAction,
  'release.judge': async () => (await import('./actions/judge.ts')).judgeReleaseAction,
  'release.verify': async () => (await import('./actions/release-verify.ts')).verifyReleaseAction,
  'release.conclude': async () => (await import('./actions/release-conclude.ts')).concludeReleaseAction,
  'batch.backfill': async () => (await import('./actions/batch-backfill.ts')).batchBackfillAction,
  'batch.score': async () => (await import('./actions/batch-score.ts')).batchScoreAction,
  'thresholds.suggest': async () => (await import('./actions/thresholds.ts')).suggestAction,
  'registry.register': async () => (await import('./actions/register.ts')).registerModelAction,
}

function training(name: 'training.prepare-environment' | 'training.train' | 'training.evaluate') {
  return async (): Promise<ActionFactory> => {
    const { trainingActions } = await import('./actions/training.ts')
    return dependencies => async context => (await trainingActions(dependencies))[name](context)
  }
}

/** Every step body by name. They run in the step's own process and tell the control plane what they did. */
export function stepActions(dependencies: StepDependencies): Readonly<Record<string, Action>> {
  return Object.fromEntries(
    Object.entries(factories).map(([name, load]) => [
      name,
      async (context: ActionContext) => (await load())(dependencies)(context),
    ]),
  )
}
