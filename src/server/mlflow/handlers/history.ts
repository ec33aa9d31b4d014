import { limits, resultLimits } from '../../../api/mlflow/limits.ts'
import { invalid } from '../../../api/mlflow/refusals.ts'
import type { TrackingService } from '../../../experiments/index.ts'
import { FettleError } from '../../../kernel/errors/index.ts'
import type { MlflowHandlers } from '../handler-types.ts'
import { filled } from '../map/facts.ts'
import { metricToWire } from '../map/runs.ts'
import { pageOf, pageToWire, resultsOf } from '../results.ts'

type Names = 'getMetricHistory' | 'getMetricHistoryBulkInterval' | 'getMetricHistoryBulk'

export function historyHandlers({ runs }: TrackingService): Pick<MlflowHandlers, Names> {
  return {
    getMetricHistory: async ({ run_id: run, metric_key: key, ...request }) => {
      const page = await runs.history({ ...pageOf(request, resultLimits.history), run, key })
      return pageToWire('metrics', page, metricToWire)
    },
    getMetricHistoryBulkInterval: async ({
      run_ids,
      metric_key: key,
      start_step: from,
      end_step: to,
      max_results,
    }) => {
      const limit = resultsOf(max_results, resultLimits.bulkInterval)
      checkBounds(from, to)
      const points = await runs.historyAtSteps({
        runs: fewRuns('run_ids', run_ids),
        key,
        limit,
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      })
      return { metrics: filled(points.map(point => ({ ...metricToWire(point), run_id: point.run }))) }
    },
    getMetricHistoryBulk: async ({ run_id, metric_key: key, max_results }) => {
      const limit = resultsOf(max_results, resultLimits.bulk)
      const metrics: object[] = []
      for (const run of [...new Set(fewRuns('run_id', run_id))].sort()) {
        if (metrics.length >= limit) break
        const { items } = await runs.history({ run, key, limit: limit - metrics.length })
        metrics.push(...items.map(point => ({ ...metricToWire(point), run_id: run })))
      }
      return { metrics: filled(metrics) }
    },
  }
}

function fewRuns(name: string, runs: readonly string[]): readonly string[] {
  if (runs.length > limits.bulkRuns)
    throw invalid(name, runs.length, `a request may name at most ${limits.bulkRuns} runs`)
  return runs
}

function checkBounds(from: number | undefined, to: number | undefined): void {
  if ((from === undefined) !== (to === undefined)) {
    throw new FettleError(
      'BAD_REQUEST',
      'If either start_step or end_step is specified, both must be specified.',
    )
  }
  if (from !== undefined && to !== undefined && from > to) {
    throw new FettleError(
      'BAD_REQUEST',
      `end_step must be greater than start_step. Found start_step=${from} and end_step=${to}.`,
    )
  }
}
