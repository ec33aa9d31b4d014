import { resultLimits } from '../../../api/mlflow/limits.ts'
import { invalid } from '../../../api/mlflow/refusals.ts'
import type { TrackingService } from '../../../experiments/index.ts'
import type { MlflowHandlers } from '../handler-types.ts'
import { factsOf } from '../map/facts.ts'
import { loggedModelStatusOf, loggedModelToWire } from '../map/logged-models.ts'
import { pageOf, pageToWire } from '../results.ts'

type Names =
  | 'createLoggedModel'
  | 'getLoggedModel'
  | 'finishLoggedModel'
  | 'deleteLoggedModel'
  | 'searchLoggedModels'
  | 'setLoggedModelTags'
  | 'deleteLoggedModelTag'
  | 'logLoggedModelParams'

export function loggedModelHandlers({ loggedModels }: TrackingService): Pick<MlflowHandlers, Names> {
  return {
    createLoggedModel: async (
      { experiment_id: experiment, source_run_id: run = '', ...request },
      principal,
    ) => {
      const { name, model_type: modelType, params, tags } = request
      const created = await loggedModels.create(
        {
          experiment,
          params: factsOf(params),
          tags: factsOf(tags),
          ...(name === undefined ? {} : { name }),
          ...(modelType === undefined ? {} : { modelType }),
          ...(run === '' ? {} : { sourceRun: run }),
        },
        principal,
      )
      return { model: loggedModelToWire(created) }
    },
    getLoggedModel: async ({ model_id: id }) => ({ model: loggedModelToWire(await loggedModels.get(id)) }),
    finishLoggedModel: async ({ model_id: id, status: name }, principal) => {
      const status = loggedModelStatusOf(name)
      if (status === undefined) throw invalid('status', name, 'a status is wanted')
      return { model: loggedModelToWire(await loggedModels.finish(id, status, principal)) }
    },
    deleteLoggedModel: ({ model_id: id }, principal) => loggedModels.remove(id, principal),
    searchLoggedModels: async ({ experiment_ids: experiments, filter = '', ...request }) => {
      const page = await loggedModels.search({
        ...pageOf(request, resultLimits.loggedModels),
        experiments,
        ...(filter === '' ? {} : { filter }),
        datasets: (request.datasets ?? []).map(({ dataset_name: name, dataset_digest: digest = '' }) => ({
          name,
          ...(digest === '' ? {} : { digest }),
        })),
        orderBy: (request.order_by ?? []).map(({ field_name: field, ascending = true, ...dataset }) => ({
          field,
          ascending,
          ...(dataset.dataset_name === undefined ? {} : { datasetName: dataset.dataset_name }),
          ...(dataset.dataset_digest === undefined ? {} : { datasetDigest: dataset.dataset_digest }),
        })),
      })
      return pageToWire('models', page, loggedModelToWire)
    },
    setLoggedModelTags: async ({ model_id: id, tags }, principal) => {
      await loggedModels.setTags(id, factsOf(tags), principal)
    },
    deleteLoggedModelTag: ({ model_id: id, tag_key: key }, principal) =>
      loggedModels.removeTag(id, key, principal),
    logLoggedModelParams: ({ model_id: id, params }, principal) =>
      loggedModels.logParams(id, factsOf(params), principal),
  }
}
