import { belongings, type WireBatch, type WirePoint } from '../../../api/mlflow/read-batch.ts'
import type { LoggedPoint, TrackingService } from '../../../experiments/index.ts'
import type { Principal } from '../../../governance/index.ts'
import type { MlflowHandlers } from '../handler-types.ts'
import { historyTag, withLoggedModel } from '../logged-model-history.ts'
import { micros } from '../map/facts.ts'
import { datasetInputFromWire } from '../map/runs.ts'

type Names = 'logMetric' | 'logParam' | 'setTag' | 'deleteTag' | 'logInputs' | 'logOutputs' | 'logModel'

export function loggingHandlers({ runs }: TrackingService): Pick<MlflowHandlers, Names> {
  const oneAtATime = inTurn()
  return {
    logMetric: ({ run_id: id, key, value, timestamp, step = 0, ...request }, principal) => {
      const point = { key, value, step, at: micros(timestamp), ...belongings(request) }
      return runs.log(id, { metrics: [point] }, principal)
    },
    logParam: ({ run_id: id, key, value = '' }, principal) =>
      runs.log(id, { params: [{ key, value }] }, principal),
    setTag: ({ run_id: id, key, value = '' }, principal) =>
      runs.log(id, { tags: [{ key, value }] }, principal),
    deleteTag: ({ run_id: id, key }, principal) => runs.removeTag(id, key, principal),
    logInputs: ({ run_id: id, datasets = [], models = [] }, principal) => {
      const inputs = {
        datasets: datasets.map(datasetInputFromWire),
        models: models.map(({ model_id: model }) => model),
      }
      return runs.logInputs(id, inputs, principal)
    },
    logOutputs: ({ run_id: id, models }, principal) =>
      runs.logOutputs(
        id,
        models.map(({ model_id: modelId, step = 0 }) => ({ modelId, step })),
        principal,
      ),
    logModel: ({ run_id: id, model_json: json }, principal) =>
      oneAtATime(async () => {
        const { tags } = await runs.get(id)
        const value = withLoggedModel(tags[historyTag], json)
        await runs.log(id, { tags: [{ key: historyTag, value }] }, principal)
      }),
  }
}

/** `runs/log-batch`. */
export function logBatch(
  { runs }: TrackingService,
  { runId, metrics, params, tags }: WireBatch,
  principal: Principal,
): Promise<void> {
  return runs.log(runId, { metrics: metrics.map(pointOf), params, tags }, principal)
}

function pointOf({ key, value, timestamp, step, modelId, dataset }: WirePoint): LoggedPoint {
  const point = { key, value, step, at: micros(timestamp) }
  if (modelId === undefined && dataset === undefined) return point
  return {
    ...point,
    ...(modelId === undefined ? {} : { modelId }),
    ...(dataset === undefined ? {} : { dataset }),
  }
}

/** Runs what it is given one after another: what is read and then written must not change in between. */
function inTurn(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  return work => {
    const result = last.then(work)
    last = result.catch(() => undefined)
    return result
  }
}
