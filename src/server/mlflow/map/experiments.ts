import type { ViewTypeName } from '../../../api/mlflow/enums.ts'
import type { LifecycleView, TrackedExperiment } from '../../../experiments/index.ts'
import { filled, millis, pairsOf } from './facts.ts'

const views = { ACTIVE_ONLY: 'active', DELETED_ONLY: 'deleted', ALL: 'all' } as const satisfies Record<
  ViewTypeName,
  LifecycleView
>

export function viewOf(name: ViewTypeName = 'ACTIVE_ONLY'): LifecycleView {
  return views[name]
}

export function experimentToWire(experiment: TrackedExperiment): object {
  return {
    experiment_id: experiment.id,
    name: experiment.name,
    artifact_location: experiment.artifactLocation,
    lifecycle_stage: experiment.lifecycle,
    creation_time: millis(experiment.createdAt),
    last_update_time: millis(experiment.updatedAt),
    tags: filled(pairsOf(experiment.tags)),
  }
}
