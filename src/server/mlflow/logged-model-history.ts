import { invalid } from '../../api/mlflow/refusals.ts'
import { FettleError } from '../../kernel/errors/index.ts'

/** The tag in which 2.x clients look for the models of a run. */
export const historyTag = 'mlflow.log-model.history'

/** Code points a run tag may hold; what is longer is cut, and cut JSON is none. */
const tagLength = 8000
const needed = ['artifact_path', 'utc_time_created', 'flavors'] as const

/**
 * The value of the tag after one more model, given as JSON. When the tag cannot hold all, the oldest are left out. Throws
 * BAD_REQUEST for what describes no model.
 */
export function withLoggedModel(history: string | undefined, modelJson: string): string {
  const model = modelOf(modelJson)
  const models = [...earlier(history), model]
  let value = JSON.stringify(models)
  while (models.length > 1 && [...value].length > tagLength) {
    models.shift()
    value = JSON.stringify(models)
  }
  if ([...value].length > tagLength)
    throw invalid('model_json', modelJson, `a model's description may hold at most ${tagLength} characters`)
  return value
}

function modelOf(json: string): object {
  let model: unknown
  try {
    model = JSON.parse(json)
  } catch {
    throw new FettleError('BAD_REQUEST', "Malformed model info: parameter 'model_json' is not valid JSON")
  }
  if (typeof model !== 'object' || model === null || Array.isArray(model))
    throw new FettleError(
      'BAD_REQUEST',
      "Malformed model info: parameter 'model_json' must hold a JSON object",
    )
  const absent = needed.filter(field => !Object.hasOwn(model, field))
  if (absent.length > 0)
    throw new FettleError('BAD_REQUEST', `Model json is missing mandatory fields: ${absent.join(', ')}`)
  return model
}

function earlier(history: string | undefined): unknown[] {
  try {
    const models: unknown = JSON.parse(history ?? '[]')
    return Array.isArray(models) ? models : []
  } catch {
    return []
  }
}
