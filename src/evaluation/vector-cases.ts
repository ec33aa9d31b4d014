import type { Json } from '../kernel/canonical.ts'
import type { VectorCases, VectorInput } from '../kernel/statistics/index.ts'
import { packTrees, type TreeData, type TreeEnsemble } from './trees/model.ts'
import { rawTreeScores } from './trees/score.ts'
import { treeShap } from './trees/tree-shap.ts'

interface VectorTree extends Omit<TreeData, 'missingLeft'> {
  readonly missing_left: readonly boolean[]
}

function ensembleOf(model: Json | undefined): TreeEnsemble {
  const { features, offset, trees } = model as unknown as {
    features: number
    offset: number
    trees: VectorTree[]
  }
  return packTrees({
    features,
    offset,
    trees: trees.map(tree => ({ ...tree, missingLeft: tree.missing_left })),
  })
}

function pathDependent(input: VectorInput): unknown {
  const ensemble = ensembleOf(input['model'])
  const shap = treeShap(ensemble)
  return (input['rows'] as (number | null)[][]).map(row => {
    const values = Float64Array.from(row, value => value ?? Number.NaN)
    return { phi: [...shap.explain(values)], base: shap.base, raw: rawTreeScores(ensemble, values, 1)[0] }
  })
}

/** Known-answer tests of explanations: path-dependent TreeSHAP; the interventional variant is not implemented. */
export const explanationCases: VectorCases = {
  treeshap: input => (input['variant'] === 'path_dependent' ? pathDependent(input) : undefined),
}
