import type { PipelineRun, StepRecord } from '../pipelines/index.ts'
import { actionOf, jsonOutput } from './manifest.ts'
import type { ReproductionReport, VersionManifest } from './model.ts'

/** How long a step is thought to take: what it took before; null where nobody knows. */
export interface Estimate {
  readonly steps: readonly { readonly name: string; readonly seconds: number | null; readonly from: string }[]
  /** Of what is known. */
  readonly seconds: number
}

/** From the newest rebuild if there was one, else from the run that made the version and those it reused. */
export function estimateOf(
  manifest: VersionManifest,
  runs: ReadonlyMap<string, PipelineRun>,
  last: ReproductionReport | undefined,
): Estimate {
  const python = manifest.environment.lock !== null
  const steps = [
    ...(python
      ? [
          {
            name: 'environment',
            seconds: last?.seconds['environment'] ?? null,
            from: last ? 'last rebuild' : 'not made yet',
          },
        ]
      : []),
    ...manifest.steps.map(({ id }) => ({ name: id, ...tookOf(id, runs, manifest.run) })),
  ]
  return { steps, seconds: steps.reduce((sum, each) => sum + (each.seconds ?? 0), 0) }
}

function tookOf(
  id: string,
  runs: ReadonlyMap<string, PipelineRun>,
  first: string | null,
): { readonly seconds: number | null; readonly from: string } {
  let run = first === null ? undefined : runs.get(first)
  for (let looked = 0; run !== undefined && looked <= runs.size; looked++) {
    const step = run.steps.find(each => each.plan.id === id)
    if (step === undefined) break
    if (step.reusedFrom === null) return { seconds: secondsOf(step), from: run.id }
    run = runs.get(step.reusedFrom)
  }
  return { seconds: null, from: 'the run is not known' }
}

function secondsOf(step: StepRecord): number | null {
  const summary = actionOf(step) === 'training.train' ? jsonOutput(step, 'summary') : undefined
  const { seconds } = (summary ?? {}) as { readonly seconds?: number }
  if (seconds !== undefined) return seconds
  if (step.startedAt === null || step.finishedAt === null) return null
  return Number(step.finishedAt - step.startedAt) / 1e6
}
