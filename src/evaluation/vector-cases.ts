import type { Json } from '../kernel/canonical.ts'
import type { VectorCases, VectorInput } from '../kernel/statistics/index.ts'
import { meanPerCoalition, mixRows } from './explanations/coalition-rows.ts'
import { reasonsOf } from './explanations/reasons.ts'
import { exactShapley, sampledShapley } from './explanations/shapley.ts'
import { interventionalShap } from './trees/interventional-shap.ts'
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

function rowsOf(value: Json | undefined): { readonly values: Float64Array; readonly rows: number } {
  const rows = value as (number | null)[][]
  return { values: Float64Array.from(rows.flat(), each => each ?? Number.NaN), rows: rows.length }
}

function shapOfTrees(input: VectorInput): unknown {
  const ensemble = ensembleOf(input['model'])
  const background = rowsOf(input['background'] ?? [])
  const shap =
    input['variant'] === 'interventional'
      ? interventionalShap(ensemble, background.values, background.rows)
      : treeShap(ensemble)
  const { values, rows } = rowsOf(input['rows'])
  const phi = shap.explain(values, rows)
  const raw = rawTreeScores(ensemble, values, rows)
  return Array.from(raw, (each, row) => ({
    phi: [...phi.subarray(row * ensemble.features, (row + 1) * ensemble.features)],
    base: shap.base,
    raw: each,
  }))
}

interface PolynomialTerm {
  readonly coef: number
  readonly powers: readonly number[]
}

/** Σ coef · Π xₖ^powerₖ of row-major rows. */
function polynomialValues(
  terms: readonly PolynomialTerm[],
  rows: Float64Array,
  inputs: number,
): Float64Array {
  return Float64Array.from({ length: rows.length / inputs }, (_, row) =>
    terms.reduce(
      (sum, { coef, powers }) =>
        sum + powers.reduce((product, power, k) => product * (rows[row * inputs + k] ?? 0) ** power, coef),
      0,
    ),
  )
}

function shapley(input: VectorInput): unknown {
  const row = Float64Array.from(input['row'] as number[])
  const background = rowsOf(input['background'])
  const players = (input['groups'] as number[][] | undefined) ?? Array.from(row, (_, each) => [each])
  const plan =
    input['variant'] === 'permutation'
      ? sampledShapley(players.length, { label: String(input['label']), pairs: Number(input['pairs']) })
      : exactShapley(players.length)
  const mixed = mixRows(plan.coalitions, { row, background: background.values, players })
  const terms = input['polynomial'] as unknown as PolynomialTerm[]
  const values = meanPerCoalition(polynomialValues(terms, mixed, row.length), background.rows)
  const { phi, standardErrors } = plan.share(values)
  return {
    phi: [...phi],
    ...(standardErrors === null ? {} : { standard_error: [...standardErrors] }),
    base: values[0],
    raw: values[1],
  }
}

function reasonCodes(input: VectorInput): unknown {
  const codes = input['reasons'] as Readonly<Record<string, string>>
  const found = reasonsOf(
    {
      reviewedBy: 'vectors',
      version: '1',
      adverse: input['adverse'] === 'lower' ? 'down' : 'up',
      reasons: [...new Set(Object.values(codes))].map(code => ({
        code,
        features: Object.keys(codes).filter(feature => codes[feature] === code),
        sentence: code,
      })),
    },
    input['phi'] as Readonly<Record<string, number>>,
    Number(input['limit']),
  )
  return found.map(({ code, contribution }) => ({ reason: code, contribution }))
}

/** Known-answer tests of explanations. */
export const explanationCases: VectorCases = {
  treeshap: shapOfTrees,
  shapley,
  reason_codes: reasonCodes,
}
