import { resultLimits } from '../../../api/mlflow/limits.ts'
import type { TrackingService } from '../../../experiments/index.ts'
import type { MlflowHandlers } from '../handler-types.ts'
import { viewOf } from '../map/experiments.ts'
import { factsOf, micros } from '../map/facts.ts'
import { formatRunDocument, runInfo, statusOf } from '../map/runs.ts'
import { searchOf } from '../results.ts'

type Names = 'createRun' | 'getRun' | 'updateRun' | 'deleteRun' | 'restoreRun' | 'searchRuns'

export function runHandlers({ runs }: TrackingService): Pick<MlflowHandlers, Names> {
  return {
    createRun: async (
      { experiment_id: experiment, user_id: user = '', run_name: name = '', ...request },
      principal,
    ) => {
      const run = await runs.create(
        {
          experiment,
          user,
          tags: factsOf(request.tags),
          ...(name === '' ? {} : { name }),
          ...(request.start_time === undefined ? {} : { startedAt: micros(request.start_time) }),
        },
        principal,
      )
      return `{"run":${formatRunDocument(run)}}`
    },
    getRun: async ({ run_id: id }) => `{"run":${await runs.document(id)}}`,
    updateRun: async ({ run_id: id, status, end_time: end, run_name: name = '' }, principal) => {
      const change = {
        ...(status === undefined ? {} : { status: statusOf(status) }),
        ...(end === undefined ? {} : { endedAt: micros(end) }),
        ...(name === '' ? {} : { name }),
      }
      return { run_info: runInfo(await runs.update(id, change, principal)) }
    },
    deleteRun: ({ run_id: id }, principal) => runs.remove(id, principal),
    restoreRun: ({ run_id: id }, principal) => runs.restore(id, principal),
    searchRuns: async ({ experiment_ids: experiments = [], run_view_type: view, ...request }) => {
      const query = searchOf(request, resultLimits.runs)
      if (experiments.length === 0) return {}
      const { documents, next } = await runs.search({
        ...query,
        experiments,
        view: viewOf(view),
        grammar: 'mlflow',
      })
      const parts = [
        ...(documents.length === 0 ? [] : [`"runs":[${documents.join(',')}]`]),
        ...(next === undefined ? [] : [`"next_page_token":${JSON.stringify(next)}`]),
      ]
      return `{${parts.join(',')}}`
    },
  }
}
