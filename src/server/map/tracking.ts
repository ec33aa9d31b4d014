import type {
  LogBatch as WireBatch,
  Experiment as WireExperiment,
  ExperimentRun as WireRun,
} from '../../api/tracking.ts'
import type { LoggedBatch, MetricPoint, TrackedExperiment, TrackedRun } from '../../experiments/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { formatTimestamp, type Micros, parseTimestamp } from '../../kernel/time.ts'
import { withoutUndefined } from './optional.ts'
import { timestampOrNull } from './time.ts'

type WireMetric = WireRun['metrics'][string]

/** NaN and infinities travel by name: JSON has no form for them. */
function metricToWire(value: number): WireMetric {
  if (Number.isFinite(value)) return value
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'
}

export function experimentToWire(
  { id, name, createdAt }: TrackedExperiment,
  statistics?: { readonly runs: number; readonly lastRunAt: Micros | null },
): WireExperiment {
  return {
    ...{ id, name },
    createdAt: formatTimestamp(createdAt),
    runCount: statistics?.runs ?? 0,
    lastRunAt: timestampOrNull(statistics?.lastRunAt ?? null),
  }
}

/** A run that has not begun is shown as running: this form has no word for it. */
export function experimentRunToWire(run: TrackedRun, experiment: string): WireRun {
  return {
    id: run.id,
    experiment,
    name: run.name,
    state: run.status === 'scheduled' ? 'running' : run.status,
    startedAt: formatTimestamp(run.startedAt ?? 0n),
    finishedAt: timestampOrNull(run.endedAt),
    params: { ...run.params },
    metrics: Object.fromEntries(run.metrics.map(({ key, value }) => [key, metricToWire(value)])),
    tags: { ...run.tags },
    pipelineRun: run.pipelineRun,
    trainingSet: run.trainingSet,
  }
}

export function metricPointToWire(point: MetricPoint): { step: number; value: WireMetric; at: string } {
  return { step: point.step, value: metricToWire(point.value), at: formatTimestamp(point.at) }
}

/** A batch as the experiments room takes it. Metrics without a time get `now`, without a step 0. */
export function logBatchFromWire(batch: WireBatch, now: Micros): LoggedBatch {
  return withoutUndefined({
    params: batch.params && toPairs(batch.params),
    tags: batch.tags && toPairs(batch.tags),
    metrics: batch.metrics?.map(({ key, value, step, at }, index) => ({
      key,
      value: Number(value),
      step: step ?? 0,
      at: at === undefined ? now : instant(at, `body.metrics[${index}].at`),
    })),
  })
}

function toPairs(facts: Readonly<Record<string, string>>) {
  return Object.entries(facts).map(([key, value]) => ({ key, value }))
}

/** Microseconds of a timestamp on the wire; BAD_REQUEST names the field. */
export function instant(text: string, field: string): Micros {
  const at = parseTimestamp(text)
  if (at === undefined)
    throw new FettleError(
      'BAD_REQUEST',
      `${field}: an RFC 3339 time with zone is wanted, such as 2001-04-01T12:00:00Z`,
    )
  return at
}
