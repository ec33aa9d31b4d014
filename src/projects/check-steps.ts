import type { CheckData } from '../definitions/index.ts'
import type { TrainingSetClosure, ViewClosure } from '../features/index.ts'
import type { StepPlan } from '../pipelines/index.ts'
import { actionStep } from './action-step.ts'
import type { CompileFacts } from './compile-pipelines.ts'

/** Steps whose inputs are checked before they run, by id. */
const reading = new Set(['training-set', 'materialize'])

/**
 * The steps with data checks where definitions have any: of sources before they are read, of views before they are loaded,
 * of a training set before anything is trained on it. A blocking check that fails stops what comes after.
 */
export async function withChecks(
  steps: readonly StepPlan[],
  closure: TrainingSetClosure | ViewClosure,
  facts: CompileFacts,
): Promise<readonly StepPlan[]> {
  const set = 'trainingSet' in closure ? closure.trainingSet : undefined
  const views = set === undefined && closure.views.some(hasChecks)
  const params = {
    now: facts.asOf,
    closure: { sources: closure.sources, views: closure.views },
    versions: await facts.sourceVersions(closure.sources),
  }
  const checked: StepPlan[] = []
  if (views || closure.sources.some(hasChecks))
    checked.push(
      actionStep({
        id: 'check-data',
        title: views ? 'Check sources and feature values' : 'Check the sources',
        action: 'features.check-data',
        code: facts.code,
        params: { ...params, views },
        outputs: { report: 'json' },
      }),
    )
  const ofSet =
    set !== undefined && hasChecks(set)
      ? [setStep(set.name, { checks: set.checks ?? [], params, facts })]
      : []
  const before = checked.map(each => each.id)
  return [
    ...checked,
    ...steps.flatMap(step => {
      if (step.id === 'training-set') return [after(step, before), ...ofSet]
      return [after(step, reading.has(step.id) ? before : trains(step) ? ofSet.map(each => each.id) : [])]
    }),
  ]
}

function hasChecks({ checks }: { readonly checks?: readonly CheckData[] }): boolean {
  return (checks?.length ?? 0) > 0
}

function trains({ body }: StepPlan): boolean {
  return body.kind === 'action' && body.action === 'training.train'
}

function after(step: StepPlan, before: readonly string[]): StepPlan {
  return before.length === 0 ? step : { ...step, after: [...step.after, ...before] }
}

function setStep(
  name: string,
  { checks, params, facts }: { checks: readonly CheckData[]; params: object; facts: CompileFacts },
): StepPlan {
  return actionStep({
    id: 'check-set',
    title: `Check training set ${name}`,
    action: 'features.check-data',
    code: facts.code,
    params: { ...params, setChecks: checks },
    inputs: {
      set: { from: 'training-set', output: 'set' },
      manifest: { from: 'training-set', output: 'manifest' },
    },
    outputs: { report: 'json' },
  })
}
