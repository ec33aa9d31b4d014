import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { FettleError } from '../kernel/errors/index.ts'
import type { ModelFormat } from '../registry/index.ts'
import type { LinearModel } from './linear/model.ts'
import { rawLinearScore } from './linear/model.ts'
import { toFloat32 } from './link.ts'
import { readLinear, readTrees } from './model-files.ts'
import type { Explainer, Explanation } from './ports.ts'
import type { TreeEnsemble } from './trees/model.ts'
import { rawTreeScores } from './trees/score.ts'
import { treeShap } from './trees/tree-shap.ts'

/**
 * The explainer of a model folder: trees.json by path-dependent TreeSHAP, linear.json in closed form.
 * Undefined for an ONNX model without trees.json. MODEL_UNREADABLE and MISSING_COVER as the files deserve.
 */
export async function openExplainer(folder: string, format: ModelFormat): Promise<Explainer | undefined> {
  if (format === 'linear') return linearExplainer(await readLinear(folder))
  const present = await access(join(folder, 'trees.json')).then(
    () => true,
    () => false,
  )
  return present ? treeExplainer(await readTrees(folder)) : undefined
}

export function treeExplainer(ensemble: TreeEnsemble): Explainer {
  const shap = treeShap(ensemble)
  return {
    explain(vector) {
      checkLength(vector, ensemble.features)
      const values = toFloat32(vector)
      const rawScore = rawTreeScores(ensemble, values, 1)[0] ?? 0
      return checkedSum({ baseline: shap.base, contributions: shap.explain(values), rawScore })
    },
  }
}

/** φ = weight · (x − mean), with the imputed value where x is missing; the baseline is the score at the means. */
function linearExplainer(model: LinearModel): Explainer {
  const baseline = rawLinearScore(model, Float64Array.from(model.means), 0)
  return {
    explain(vector) {
      checkLength(vector, model.weights.length)
      const values = toFloat32(vector)
      const contributions = Float64Array.from(model.weights, (weight, input) => {
        const value = values[input] ?? Number.NaN
        return (
          weight *
          ((Number.isNaN(value) ? (model.imputation[input] ?? 0) : value) - (model.means[input] ?? 0))
        )
      })
      return checkedSum({ baseline, contributions, rawScore: rawLinearScore(model, values, 0) })
    },
  }
}

function checkLength(vector: Float64Array, inputs: number): void {
  if (vector.length !== inputs)
    throw new FettleError(
      'LENGTH_MISMATCH',
      `The vector has ${vector.length} values, the model takes ${inputs}`,
    )
}

function checkedSum(explanation: Explanation): Explanation {
  const { baseline, contributions, rawScore } = explanation
  const sum = contributions.reduce((total, value) => total + value, baseline)
  if (!(Math.abs(sum - rawScore) <= 1e-6 * Math.max(1, Math.abs(rawScore)))) {
    throw new FettleError(
      'ADDITIVITY_BROKEN',
      `Baseline and contributions give ${sum}, the raw score is ${rawScore}`,
    )
  }
  return explanation
}
