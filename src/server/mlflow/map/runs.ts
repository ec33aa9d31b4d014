import type { RunStatusName } from '../../../api/mlflow/enums.ts'
import type { DatasetInput, MetricPoint, RunHead, RunStatus, TrackedRun } from '../../../experiments/index.ts'
import { factsOf, filled, millis, pairsOf, set, wireDouble } from './facts.ts'

const statusNames = {
  scheduled: 'SCHEDULED',
  running: 'RUNNING',
  finished: 'FINISHED',
  failed: 'FAILED',
  killed: 'KILLED',
} as const satisfies Record<RunStatus, RunStatusName>

export function statusOf(name: RunStatusName): RunStatus {
  return name.toLowerCase() as Lowercase<RunStatusName>
}

/** The document of a run as answers hold it: JSON text, joined into searches as it is. */
export function formatRunDocument(run: TrackedRun): string {
  return JSON.stringify({
    info: runInfo(run),
    data: {
      metrics: filled(run.metrics.map(metricToWire)),
      params: filled(pairsOf(run.params)),
      tags: filled(pairsOf(run.tags)),
    },
    inputs: {
      dataset_inputs: filled(run.datasets.map(datasetInputToWire)),
      model_inputs: filled(run.modelInputs.map(id => ({ model_id: id }))),
    },
    outputs: {
      model_outputs: filled(run.modelOutputs.map(({ modelId, step }) => ({ model_id: modelId, step }))),
    },
  })
}

export function runInfo(run: RunHead): object {
  return {
    run_id: run.id,
    run_uuid: run.id,
    run_name: run.name,
    experiment_id: run.experiment,
    user_id: run.user,
    status: statusNames[run.status],
    start_time: run.startedAt === null ? 0 : millis(run.startedAt),
    ...(run.endedAt === null || run.endedAt === 0n ? {} : { end_time: millis(run.endedAt) }),
    artifact_uri: run.artifactLocation,
    lifecycle_stage: run.lifecycle,
  }
}

export function metricToWire({ key, value, at, step }: MetricPoint): {
  readonly key: string
  readonly value: number | 'NaN'
  readonly timestamp: number
  readonly step: number
} {
  return { key, value: wireDouble(value), timestamp: millis(at), step }
}

function datasetInputToWire({
  tags,
  name,
  digest,
  sourceType,
  source,
  schema,
  profile,
}: DatasetInput): object {
  return {
    tags: filled(pairsOf(tags)),
    dataset: {
      name,
      digest,
      source_type: sourceType,
      source,
      schema: set(schema),
      profile: set(profile),
    },
  }
}

interface WireDatasetInput {
  readonly dataset: {
    readonly name: string
    readonly digest: string
    readonly source_type: string
    readonly source: string
    readonly schema?: string
    readonly profile?: string
  }
  readonly tags?: readonly { readonly key: string; readonly value?: string }[]
}

export function datasetInputFromWire({ dataset, tags }: WireDatasetInput): DatasetInput {
  const { name, digest, source_type: sourceType, source, schema = null, profile = null } = dataset
  return { name, digest, sourceType, source, schema, profile, tags: factsOf(tags) }
}
