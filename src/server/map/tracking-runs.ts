import type * as wire from '../../api/tracking-runs.ts'
import type {
  ComparedRows,
  Comparison,
  RunHead,
  RunOutline,
  SeriesSummary,
  TrackedExperiment,
} from '../../experiments/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import { timestampOrNull } from './time.ts'
import { metricPointToWire } from './tracking.ts'

export function trackedExperimentToWire(
  experiment: TrackedExperiment,
): Omit<wire.TrackedExperiment, 'runCount' | 'lastRunAt'> {
  const { id, name, owner, lifecycle, createdAt, updatedAt, tags } = experiment
  return {
    id,
    name,
    owner,
    lifecycle,
    createdAt: formatTimestamp(createdAt),
    updatedAt: formatTimestamp(updatedAt),
    tags: { ...tags },
  }
}

export function runHeadToWire(run: RunHead): wire.RunHead {
  const { id, experiment, name, user, status, lifecycle, parent, pipelineRun, trainingSet } = run
  return {
    id,
    experiment,
    name,
    user,
    status,
    lifecycle,
    parent,
    pipelineRun,
    trainingSet,
    startedAt: timestampOrNull(run.startedAt),
    endedAt: timestampOrNull(run.endedAt),
    forkOf: run.forkOf === null ? null : { ...run.forkOf },
    liveness: {
      state: run.liveness.state,
      inferred: run.liveness.inferred,
      since: timestampOrNull(run.liveness.since),
    },
  }
}

export function runRowToWire(
  row: RunHead & { readonly values: readonly (string | number | null)[] },
): wire.RunRow {
  return { ...runHeadToWire(row), values: row.values.map(cellToWire) }
}

function cellToWire(value: string | number | null): string | number | null {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}

/** What a run's models are called, from the registry of logged models. */
export type ModelNames = ReadonlyMap<string, { readonly name: string; readonly status: string }>

export function trackedRunToWire(
  run: RunOutline,
  {
    experimentName,
    metricCount,
    models,
  }: { readonly experimentName: string; readonly metricCount: number; readonly models: ModelNames },
): wire.TrackedRun {
  return {
    ...runHeadToWire(run),
    experimentName,
    tags: { ...run.tags },
    params: { ...run.params },
    metricCount,
    datasets: run.datasets.map(({ name, digest, sourceType, source, tags }) => ({
      name,
      digest,
      sourceType,
      source,
      context: tags['mlflow.data.context'] ?? null,
    })),
    modelInputs: [...run.modelInputs],
    modelOutputs: run.modelOutputs.map(({ modelId, step }) => ({
      modelId,
      step,
      name: models.get(modelId)?.name ?? modelId,
      status: models.get(modelId)?.status ?? 'unknown',
    })),
    revision: run.revision,
  }
}

export function summaryToWire({
  key,
  count,
  first,
  latest,
  least,
  greatest,
}: SeriesSummary): wire.SeriesSummary {
  return {
    key,
    count,
    first: metricPointToWire(first),
    latest: metricPointToWire(latest),
    least: least === null ? null : metricPointToWire(least),
    greatest: greatest === null ? null : metricPointToWire(greatest),
  }
}

export function comparisonToWire({ runs, params, metrics, tags, origin }: Comparison): wire.Comparison {
  return {
    runs: runs.map(runHeadToWire),
    params: rowsToWire(params),
    metrics: rowsToWire(metrics),
    tags: rowsToWire(tags),
    origin: rowsToWire(origin),
  }
}

function rowsToWire({ rows, ...counts }: ComparedRows): wire.ComparedRows {
  return { ...counts, rows: rows.map(({ key, values }) => ({ key, values: [...values] })) }
}
