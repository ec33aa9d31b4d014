import { limits, resultLimits } from '../../../api/mlflow/limits.ts'
import type { TrackingService } from '../../../experiments/index.ts'
import { FettleError } from '../../../kernel/errors/index.ts'
import type { MlflowHandlers } from '../handler-types.ts'
import { experimentToWire, viewOf } from '../map/experiments.ts'
import { factsOf, filled } from '../map/facts.ts'
import { pageToWire, searchOf } from '../results.ts'

type Names =
  | 'createExperiment'
  | 'getExperiment'
  | 'getExperimentByName'
  | 'searchExperiments'
  | 'deleteExperiment'
  | 'restoreExperiment'
  | 'updateExperiment'
  | 'setExperimentTag'
  | 'deleteExperimentTag'
  | 'searchDatasets'

export function experimentHandlers({ experiments, runs }: TrackingService): Pick<MlflowHandlers, Names> {
  return {
    createExperiment: async ({ name, artifact_location: location = '', tags }, principal) => {
      const { id } = await experiments.create(
        { name, tags: factsOf(tags), ...(location === '' ? {} : { artifactLocation: location }) },
        principal,
      )
      return { experiment_id: id }
    },
    getExperiment: async ({ experiment_id: id }) => ({
      experiment: experimentToWire(await experiments.get(id)),
    }),
    getExperimentByName: async ({ experiment_name: name }) => ({
      experiment: experimentToWire(await experiments.getByName(name)),
    }),
    searchExperiments: async ({ view_type: view, ...request }) => {
      const query = { ...searchOf(request, resultLimits.experiments), view: viewOf(view) }
      return pageToWire('experiments', await experiments.search(query), experimentToWire)
    },
    deleteExperiment: ({ experiment_id: id }, principal) => experiments.remove(id, principal),
    restoreExperiment: ({ experiment_id: id }, principal) => experiments.restore(id, principal),
    updateExperiment: ({ experiment_id: id, new_name: name }, principal) =>
      experiments.rename(id, name, principal),
    setExperimentTag: ({ experiment_id: id, key, value = '' }, principal) =>
      experiments.setTag(id, { key, value }, principal),
    deleteExperimentTag: ({ experiment_id: id, key }, principal) => experiments.removeTag(id, key, principal),
    searchDatasets: async ({ experiment_ids: ids = [] }) => {
      if (ids.length === 0)
        throw new FettleError(
          'BAD_REQUEST',
          'SearchDatasets request must specify at least one experiment_id.',
        )
      if (ids.length > limits.datasetExperiments) {
        throw new FettleError(
          'BAD_REQUEST',
          `SearchDatasets request cannot specify more than ${limits.datasetExperiments} experiment_ids. Received ${ids.length} experiment_ids.`,
        )
      }
      const summaries = (await runs.datasets(ids)).map(({ experiment, name, digest, context }) => ({
        experiment_id: experiment,
        name,
        digest,
        ...(context === null ? {} : { context }),
      }))
      return { dataset_summaries: filled(summaries) }
    },
  }
}
