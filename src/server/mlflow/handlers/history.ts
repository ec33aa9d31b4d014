import { limits, resultLimits } from '../../../api/mlflow/limits.ts'
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
      const { greatest } = resultLimits.history
      const most = { ...request, max_results: Math.min(request.max_results ?? greatest, greatest) }
      const page = await runs.history({ ...pageOf(most, resultLimits.history), run, key })
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
        runs: fewRuns(
          run_ids,
          `GetMetricHistoryBulkInterval request must specify at most ${limits.bulkRuns} run_ids.`,
        ),
        key,
        limit,
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      })
      return { metrics: filled(points.map(point => ({ ...metricToWire(point), run_id: point.run }))) }
    },
    getMetricHistoryBulk: async ({ run_id = [], metric_key: key = '', max_results }) => {
      if (run_id.length === 0) throw refused('GetMetricHistoryBulk request must specify at least one run_id.')
      if (key === '') throw refused('GetMetricHistoryBulk request must specify a metric_key.')
      const limit = resultsOf(max_results, resultLimits.bulk)
      const metrics: object[] = []
      const few = `GetMetricHistoryBulk request cannot specify more than ${limits.bulkRuns} run_ids.`
      for (const run of [...new Set(fewRuns(run_id, few))].sort()) {
        if (metrics.length >= limit) break
        const { items } = await runs.history({ run, key, limit: limit - metrics.length })
        metrics.push(...items.map(point => ({ ...metricToWire(point), run_id: run })))
      }
      return { metrics: filled(metrics) }
    },
  }
}

function fewRuns(runs: readonly string[], rule: string): readonly string[] {
  if (runs.length > limits.bulkRuns) throw refused(`${rule} Received ${runs.length} run_ids.`)
  return runs
}

function refused(message: string): FettleError {
  return new FettleError('BAD_REQUEST', message)
}

function checkBounds(from: number | undefined, to: number | undefined): void {
  if ((from === undefined) !== (to === undefined)) {
    throw refused('If either start step or end step are specified, both must be specified.')
  }
  if (from !== undefined && to !== undefined && from > to) {
    throw refused(`end_step must be greater than start_step. Found start_step=${from} and end_step=${to}.`)
  }
}
