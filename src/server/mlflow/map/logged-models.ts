import type { LoggedModelStatusName } from '../../../api/mlflow/enums.ts'
import type { LoggedModel, LoggedModelStatus } from '../../../experiments/index.ts'
import { filled, millis, pairsOf } from './facts.ts'
import { metricToWire } from './runs.ts'

const statusNames = {
  pending: 'LOGGED_MODEL_PENDING',
  ready: 'LOGGED_MODEL_READY',
  upload_failed: 'LOGGED_MODEL_UPLOAD_FAILED',
} as const satisfies Record<LoggedModelStatus, LoggedModelStatusName>

/** Undefined for the name that stands for no status. */
export function loggedModelStatusOf(name: LoggedModelStatusName): LoggedModelStatus | undefined {
  return (Object.keys(statusNames) as LoggedModelStatus[]).find(status => statusNames[status] === name)
}

export function loggedModelToWire(model: LoggedModel): object {
  return {
    info: {
      model_id: model.id,
      experiment_id: model.experiment,
      name: model.name,
      creation_timestamp_ms: millis(model.createdAt),
      last_updated_timestamp_ms: millis(model.updatedAt),
      artifact_uri: model.artifactLocation,
      status: statusNames[model.status],
      model_type: model.modelType,
      source_run_id: model.sourceRun ?? '',
      tags: filled(pairsOf(model.tags)),
    },
    data: {
      params: filled(pairsOf(model.params)),
      metrics: filled(
        model.metrics.map(point => ({
          ...metricToWire(point),
          model_id: model.id,
          run_id: point.run,
          dataset_name: point.dataset?.name,
          dataset_digest: point.dataset?.digest,
        })),
      ),
    },
  }
}
