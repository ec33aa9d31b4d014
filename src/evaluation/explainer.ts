import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { FettleError } from '../kernel/errors/index.ts'
import type { ModelFormat } from '../registry/index.ts'
import { type Background, hasBackground, readBackground } from './explanations/background.ts'
import { checkedSum, checkVectors } from './explanations/checked.ts'
import { opaqueExplainer } from './explanations/opaque-explainer.ts'
import type { LinearModel } from './linear/model.ts'
import { rawLinearScore } from './linear/model.ts'
import { toFloat32 } from './link.ts'
import { readLinear, readTrees } from './model-files.ts'
import type { Explainer, Explanation, ScorerFactory } from './ports.ts'
import { interventionalShap } from './trees/interventional-shap.ts'
import type { TreeEnsemble } from './trees/model.ts'
import { hasCover } from './trees/model.ts'
import { rawTreeScores } from './trees/score.ts'
import { treeShap } from './trees/tree-shap.ts'

/**
 * The explainer of a model folder: trees.json by TreeSHAP, path-dependent where it has cover counts and else against
 * background.json; linear.json in closed form; another ONNX model by scoring it against background.json, when `scorers`
 * can open it. Undefined where the folder holds nothing to explain with. MODEL_UNREADABLE, MISSING_COVER,
 * MISSING_BACKGROUND and SIGNATURE_MISMATCH as the files deserve.
 */
export async function openExplainer(
  folder: string,
  format: ModelFormat,
  { scorers }: { readonly scorers?: ScorerFactory } = {},
): Promise<Explainer | undefined> {
  if (format === 'linear') return linearExplainer(await readLinear(folder))
  const background = (await hasBackground(folder)) ? await readBackground(folder) : undefined
  if (await isPresent(join(folder, 'trees.json'))) return treeExplainer(await readTrees(folder), background)
  if (background === undefined || scorers === undefined) return undefined
  const inputs = background.inputs.length
  return opaqueExplainer(await scorers.open({ folder, format, inputs }), { background })
}

const isPresent = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** An explainer whose answers need no waiting. */
export interface ReadyExplainer extends Explainer {
  explain(vector: Float64Array): Explanation
}

/** TreeSHAP: path-dependent, or interventional against a background when the trees have no cover counts. */
export function treeExplainer(ensemble: TreeEnsemble, background?: Background): ReadyExplainer {
  const against = hasCover(ensemble) ? undefined : background
  if (against !== undefined) checkWidth(against, ensemble.features)
  const shap =
    against === undefined
      ? treeShap(ensemble)
      : interventionalShap(ensemble, toFloat32(against.values), against.rows)
  const explainAll = (vectors: Float64Array, rows: number) => {
    checkVectors(vectors, rows, ensemble.features)
    const values = toFloat32(vectors)
    const contributions = shap.explain(values, rows)
    const rawScores = rawTreeScores(ensemble, values, rows)
    const width = ensemble.features
    return Array.from(rawScores, (rawScore, row) =>
      checkedSum({
        baseline: shap.base,
        contributions: contributions.subarray(row * width, (row + 1) * width),
        rawScore,
      }),
    )
  }
  return {
    variant: against === undefined ? 'path_dependent' : 'interventional',
    background: against?.hash ?? null,
    explain: vector => explainAll(vector, 1)[0] as Explanation,
    explainRows: async (vectors, rows) => joined(explainAll(vectors, rows), ensemble.features),
  }
}

function checkWidth(background: Background, inputs: number): void {
  if (background.inputs.length !== inputs)
    throw new FettleError(
      'SIGNATURE_MISMATCH',
      `The background has vectors of ${background.inputs.length} inputs, the model takes ${inputs}`,
    )
}

/** φ = weight · (x − mean), with the imputed value where x is missing; the baseline is the score at the means. */
function linearExplainer(model: LinearModel): ReadyExplainer {
  const inputs = model.weights.length
  const baseline = rawLinearScore(model, Float64Array.from(model.means), 0)
  const explain = (vector: Float64Array) => {
    checkVectors(vector, 1, inputs)
    const values = toFloat32(vector)
    const contributions = Float64Array.from(model.weights, (weight, input) => {
      const value = values[input] ?? Number.NaN
      return (
        weight * ((Number.isNaN(value) ? (model.imputation[input] ?? 0) : value) - (model.means[input] ?? 0))
      )
    })
    return checkedSum({ baseline, contributions, rawScore: rawLinearScore(model, values, 0) })
  }
  return {
    variant: 'linear',
    background: null,
    explain,
    async explainRows(vectors, rows) {
      checkVectors(vectors, rows, inputs)
      const each = Array.from({ length: rows }, (_, row) =>
        explain(vectors.subarray(row * inputs, (row + 1) * inputs)),
      )
      return joined(each, inputs)
    },
  }
}

function joined(explanations: readonly Explanation[], width: number): Float64Array {
  const all = new Float64Array(explanations.length * width)
  explanations.forEach(({ contributions }, row) => {
    all.set(contributions, row * width)
  })
  return all
}
