import type { TrainingSetManifest } from '../features/index.ts'
import type { Json } from '../kernel/canonical.ts'
import { formatTimestamp } from '../kernel/time.ts'
import type { PipelineRun, StepRecord } from '../pipelines/index.ts'
import type { TrainSummary } from '../training/index.ts'
import { known, unavailable } from './known.ts'
import { actionOf, jsonOutput } from './manifest.ts'
import type { RunOrigin } from './model.ts'

/** The manifest of a pipeline run that has ended (tracking.md §8.1), part by part over all its steps. */
export function runManifest(run: PipelineRun, origin: RunOrigin | undefined): Json {
  const { plan, steps } = run
  const eachStep = (read: (step: StepRecord) => Json): Json =>
    Object.fromEntries(steps.map(step => [step.plan.id, read(step)]))
  const trained = steps.filter(step => actionOf(step) === 'training.train')
  return {
    schema: 1,
    subject: { run: run.id, pipeline: plan.pipeline, model: plan.model, definition: plan.definition },
    data: setsOf(steps),
    code: {
      ...(origin === undefined
        ? { origin: unavailable('the run was started before this was recorded') }
        : (origin as unknown as { readonly [name: string]: Json })),
      steps: eachStep(step => ({ code: step.plan.code, body: step.plan.body as unknown as Json })),
    },
    environment: {
      steps: eachStep(step => step.plan.environment),
      trained: trained.length === 0 ? unavailable('nothing was trained') : environmentsOf(trained),
    },
    randomness: { seed: plan.seed, order: 'rows in the order of __row' },
    parameters: { run: plan.params, steps: eachStep(step => step.plan.params) },
    outputs: {
      state: run.state,
      finished: run.finishedAt === null ? unavailable('it has not ended') : formatTimestamp(run.finishedAt),
      steps: eachStep(({ state, reusedFrom, key, outputs }) => ({
        state,
        reusedFrom,
        key,
        outputs: Object.fromEntries(
          Object.entries(outputs).map(([name, { kind, hash, bytes }]) => [name, { kind, hash, bytes }]),
        ),
      })),
    },
    retention: {
      until: unavailable('nothing is collected yet: what runs made is kept for ever'),
      holders: [],
    },
  }
}

function setsOf(steps: readonly StepRecord[]): Json {
  const sets = steps.flatMap(step => {
    const set = jsonOutput(step, 'manifest') as unknown as TrainingSetManifest | undefined
    if (actionOf(step) !== 'features.build-training-set' || set === undefined) return []
    const { id, name, checksum, rows, asOf, engine, sources, definition, files } = set
    return [{ id, name, checksum, rows, asOf, engine, sources, definition, files }]
  })
  return sets.length === 0 ? unavailable('no training set was built') : (sets as unknown as Json)
}

function environmentsOf(trained: readonly StepRecord[]): Json {
  return Object.fromEntries(
    trained.map(step => {
      const summary = jsonOutput(step, 'summary') as unknown as TrainSummary | undefined
      if (summary === undefined) return [step.plan.id, unavailable('the step did not succeed')]
      const { environment, machine, threads, switches } = summary
      const why = 'it was trained before this was recorded'
      return [
        step.plan.id,
        {
          environment,
          machine: known(machine as unknown as Json | undefined, why),
          threads: known(threads, why),
          switches: known(switches, why),
        },
      ]
    }),
  )
}
