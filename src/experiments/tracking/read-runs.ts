import type { Clock } from '../../kernel/clock.ts'
import type { Micros } from '../../kernel/time.ts'
import { livenessOf, type Signs } from './liveness.ts'
import type { MetricPoint, RunHead, RunOutline, TrackedRun } from './model.ts'
import type { StoredRun, StoredSeries, TrackingStore } from './ports.ts'

/** Turns what is stored of runs into runs. */
export interface RunReader {
  head(run: StoredRun): RunHead
  /** In the order given; a handful of queries, however many. */
  outlines(store: TrackingStore, runs: readonly StoredRun[]): Promise<readonly RunOutline[]>
  /** With the latest point of every metric. */
  complete(store: TrackingStore, runs: readonly StoredRun[]): Promise<readonly TrackedRun[]>
}

export function createRunReader({
  clock,
  signs,
  serverStart,
}: {
  readonly clock: Clock
  readonly signs: Signs
  readonly serverStart: Micros
}): RunReader {
  const head = (run: StoredRun): RunHead => ({
    id: run.id,
    experiment: String(run.experiment),
    name: run.name,
    user: run.user,
    status: run.status,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    lifecycle: run.deleted ? 'deleted' : 'active',
    artifactLocation: run.artifactLocation,
    parent: run.parent,
    forkOf: run.forkOf,
    pipelineRun: run.pipelineRun,
    trainingSet: run.trainingSet,
    liveness: livenessOf(run, { now: clock.nowMicros(), since: signs.since(run), serverStart }),
    revision: run.revision,
  })
  const outlines: RunReader['outlines'] = async (store, runs) => {
    if (runs.length === 0) return []
    const refs = runs.map(({ ref }) => ref)
    const [params, tags, datasets, modelInputs, modelOutputs] = await Promise.all([
      store.facts.ofRuns('params', refs),
      store.facts.ofRuns('tags', refs),
      store.inputs.datasetsOf(refs),
      store.inputs.modelInputsOf(refs),
      store.inputs.modelOutputsOf(refs),
    ])
    return runs.map(run => ({
      ...head(run),
      params: params.get(run.ref) ?? {},
      tags: tags.get(run.ref) ?? {},
      datasets: datasets.get(run.ref) ?? [],
      modelInputs: modelInputs.get(run.ref) ?? [],
      modelOutputs: modelOutputs.get(run.ref) ?? [],
    }))
  }
  return {
    head,
    outlines,
    async complete(store, runs) {
      if (runs.length === 0) return []
      const refs = runs.map(({ ref }) => ref)
      const [parts, series] = await Promise.all([outlines(store, runs), store.series.ofRuns(refs)])
      return parts.map((part, at) => ({
        ...part,
        metrics: (series.get(refs[at] ?? 0) ?? []).map(latestPoint),
      }))
    },
  }
}

function latestPoint({ name, latest }: StoredSeries & { readonly name: string }): MetricPoint {
  return { key: name, ...latest }
}
