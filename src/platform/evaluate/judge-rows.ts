import {
  type ComparisonReport,
  compareModels,
  contractSuites,
  contractsToText,
  type Explainer,
  evaluateRows,
  explainFlips,
  type ImportanceReport,
  importanceOf,
  type JudgedRows,
  judgeContracts,
  judgeFairness,
  type ModelOutputs,
  renderEvaluationPage,
  resolveSlices,
} from '../../evaluation/index.ts'
import { vectorsOf } from '../../training/index.ts'
import type { Evaluated, EvaluatedTable } from './request.ts'
import type { Settled } from './settle.ts'

/** One model on the rows. */
export interface JudgedOutputs {
  readonly name: string
  readonly outputs: ModelOutputs
  readonly scorer: { readonly kind: string; readonly build: string }
  /** Of a model that was scored here: its inputs by row, in order, and what explains it. */
  readonly inputs?: readonly string[]
  readonly vectors?: readonly Float64Array[]
  readonly explainer?: Explainer | undefined
}

export interface RowsToJudge {
  readonly rows: JudgedRows
  readonly challenger: JudgedOutputs
  readonly champion: JudgedOutputs | null
  /** What the rows are called. */
  readonly on: string
}

/** Everything that was asked of the rows, on all of them: none has chosen a threshold here. */
export async function judgeRows(request: Settled, found: RowsToJudge): Promise<Evaluated> {
  const { rows, challenger, on } = found
  const { slices, names, columns, costs } = request
  const priced = costs ? { costs } : {}
  const search = [
    ...new Set([...columns.keep.filter(name => !names.includes(name)), ...(challenger.inputs ?? [])]),
  ]
  const report = evaluateRows(rows, challenger.outputs, {
    ...{ slices, split: on, scorer: challenger.scorer, search },
    ...priced,
  })
  const comparison = await compared(request, found, search)
  const contracts = contractsOf(request, found)
  const fairness = fairnessOf(request, found)
  const importance = await importanceFor(request, found)
  const parts: EvaluatedTable = {
    report,
    ...(comparison ? { comparison } : {}),
    ...(contracts ? { contracts } : {}),
    ...(fairness ? { fairness } : {}),
    ...(importance ? { importance } : {}),
  }
  return {
    ...parts,
    page: () => renderEvaluationPage(report, parts),
    junit: () =>
      contracts
        ? `${['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', ...contractSuites(contracts), '</testsuites>'].join('\n')}\n`
        : null,
    verdict: () => (contracts ? contractsToText(contracts) : null),
  }
}

async function compared(
  { slices, names, costs }: Settled,
  { rows, challenger, champion }: RowsToJudge,
  search: readonly string[],
): Promise<ComparisonReport | undefined> {
  if (!champion) return undefined
  const report = compareModels(rows, {
    champion: { name: champion.name, ...champion.outputs },
    challenger: { name: challenger.name, ...challenger.outputs },
    ...{ slices, names, search },
    ...(costs ? { costs } : {}),
  })
  const { inputs, vectors } = challenger
  if (inputs === undefined || vectors === undefined) return report
  const alike = champion.inputs?.join('\n') === inputs.join('\n')
  return explainFlips(report, {
    features: inputs,
    vector: row => Float64Array.from(vectors, column => column[row] ?? Number.NaN),
    challenger: challenger.explainer,
    champion: alike ? champion.explainer : undefined,
  })
}

const allOf = ({ rows }: JudgedRows): Int32Array => Int32Array.from({ length: rows }, (_, row) => row)

function contractsOf({ terms, slices, costs }: Settled, { rows, challenger, champion, on }: RowsToJudge) {
  if (!terms) return undefined
  return judgeContracts({
    ...{ rows, challenger: challenger.outputs, champion: champion?.outputs ?? null },
    ...{ choose: new Int32Array(0), judge: allOf(rows) },
    ...{ contracts: terms.contracts, slices, stage: 'offline' },
    ...(costs ? { costs } : {}),
    basis: `all rows of ${on}`,
  })
}

function fairnessOf({ fairness, terms }: Settled, { rows, challenger }: RowsToJudge) {
  if (!fairness) return undefined
  const { inputs = [], vectors = [], outputs } = challenger
  return judgeFairness({
    ...{ rows, actions: outputs.actions, scores: outputs.scores, fairness },
    features: Object.fromEntries(inputs.map((name, index) => [name, vectors[index] ?? new Float64Array(0)])),
    ...(terms ? { contracts: terms.contracts } : {}),
  })
}

async function importanceFor(
  { slices }: Settled,
  { rows, challenger }: RowsToJudge,
): Promise<ImportanceReport | undefined> {
  const { explainer, inputs, vectors } = challenger
  if (!explainer || !inputs || !vectors) return undefined
  return importanceOf({
    ...{ explainer, inputs, rows: rows.rows, rowSet: rows.hash },
    vectors: vectorsOf(vectors, 0, rows.rows),
    slices: resolveSlices(rows, slices),
  })
}
