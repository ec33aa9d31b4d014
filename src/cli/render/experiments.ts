import type { Experiment, ExperimentRun } from '../../api/tracking.ts'
import { formatAgo, formatNumber, table } from './text.ts'

export function renderExperiments(experiments: readonly Experiment[], now: number): string {
  if (experiments.length === 0) return 'No experiments yet. Train a model: fettle run PIPELINE\n'
  return table(
    ['experiment', 'runs', 'last run'],
    experiments.map(({ name, runCount, lastRunAt }) => [name, String(runCount), formatAgo(lastRunAt, now)]),
  )
}

/** Tracked runs of one experiment with their first metrics. */
export function renderExperimentRuns(runs: readonly ExperimentRun[], now: number): string {
  if (runs.length === 0) return 'This experiment has no runs yet.\n'
  return table(
    ['run', 'name', 'state', 'started', 'metrics'],
    runs.map(({ id, name, state, startedAt, metrics }) => [
      id,
      name,
      state,
      formatAgo(startedAt, now),
      Object.entries(metrics)
        .slice(0, 3)
        .map(([key, value]) => `${key} ${typeof value === 'number' ? formatNumber(value) : value}`)
        .join(', '),
    ]),
  )
}
