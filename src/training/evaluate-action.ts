import {
  type CodedColumn,
  type EvaluationInput,
  evaluate,
  monthsOf,
  readModelManifest,
} from '../evaluation/index.ts'
import type { Json } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { Action } from '../pipelines/index.ts'
import type { TrainingDependencies } from './actions.ts'
import { type LabelledRows, readLabelledRows } from './labelled-rows.ts'
import type { EvaluateParams } from './model.ts'
import type { NumberColumn, TextColumn } from './ports.ts'
import { scoreRows } from './score-rows.ts'
import { folderOf, openTrainingData } from './training-data.ts'

const month = 'month'

/**
 * Scores the judge split with the exported model and reports how well it did: overall, by month and by slice.
 * Inputs `set` and `model`; output `report` (an EvaluationReport).
 */
export function evaluateAction(dependencies: TrainingDependencies): Action {
  return async context => {
    const params = context.params as unknown as EvaluateParams
    const data = await openTrainingData(context.inputs['set'])
    const folder = folderOf(context.inputs['model'], 'model')
    const manifest = await readModelManifest(folder)
    checkInputs(
      params,
      manifest.inputs.map(input => input.name),
    )
    const columns = [...new Set([...params.slices.filter(name => name !== month), params.time])]
    const rows = await readLabelledRows(dependencies.columns, {
      data,
      features: params.features,
      label: params.label,
      split: params.judge,
      others: columns,
    })
    const scorer = await dependencies.scorers.open({
      folder,
      format: manifest.format,
      inputs: manifest.inputs.length,
    })
    try {
      const scores = await scoreRows(scorer, rows.columns, {
        rows: rows.labels.length,
        progress: update => context.progress(update),
        signal: context.signal,
      })
      const { kind, build } = scorer
      const report = evaluate({
        split: params.judge,
        labels: rows.labels,
        scores,
        unlabelled: rows.unlabelled,
        slices: slicesOf(params, rows),
        scorer: { kind, build },
      })
      context.log(`${report.all.rows} rows judged with ${build}: ${JSON.stringify(report.all.metrics)}`)
      return { report: { kind: 'json', value: report as unknown as Json } }
    } finally {
      await scorer.close()
    }
  }
}

function checkInputs(params: EvaluateParams, inputs: readonly string[]): void {
  const wanted = params.features.map(feature => feature.name)
  if (wanted.join('\n') !== inputs.join('\n')) {
    throw new FettleError(
      'SIGNATURE_MISMATCH',
      `The model takes ${inputs.join(', ')}; the step gives ${wanted.join(', ')}`,
    )
  }
}

function slicesOf(params: EvaluateParams, rows: LabelledRows): EvaluationInput['slices'] {
  const time = rows.others[params.time]
  if (time?.kind !== 'number' || !time.type.startsWith('TIMESTAMP')) {
    throw new FettleError('TYPE_MISMATCH', `The time column ${params.time} does not hold timestamps`)
  }
  const byColumn = params.slices
    .filter(name => name !== month)
    .map(column => ({ column, values: codedOf(rows.others[column], column) }))
  return [{ column: month, values: monthsOf(time.values) }, ...byColumn]
}

/** A slice column as codes; numbers and booleans by their text. */
function codedOf(column: NumberColumn | TextColumn | undefined, name: string): CodedColumn {
  if (!column) throw new FettleError('COLUMN_MISSING', `The training set has no column ${name} to slice by`)
  if (column.kind === 'text') return column
  const dictionary: string[] = []
  const known = new Map<number, number>()
  const codes = Int32Array.from(column.values, value => {
    if (Number.isNaN(value)) return -1
    let code = known.get(value)
    if (code === undefined) {
      code = dictionary.push(column.type === 'BOOLEAN' ? String(value === 1) : String(value)) - 1
      known.set(value, code)
    }
    return code
  })
  return { codes, dictionary }
}
