import { access } from 'node:fs/promises'
import { basename } from 'node:path'
import { createColumnReader } from '../adapters/engines/duckdb/read-columns.ts'
import type { SliceData } from '../definitions/index.ts'
import {
  type ComparisonReport,
  columnsRead,
  compareModels,
  evaluateRows,
  type ModelOutputs,
  type PredictionColumns,
  type Predictions,
  pairPredictions,
  type RowsEvaluation,
  readPredictions,
  renderEvaluationPage,
} from '../evaluation/index.ts'
import { FettleError } from '../kernel/errors/index.ts'

export interface TableEvaluation {
  /** Parquet, CSV or JSON lines. */
  readonly file: string
  readonly columns: PredictionColumns
  readonly slices: readonly SliceData[]
  /** Columns that name a row to a reader. */
  readonly names: readonly string[]
  readonly costs?: { readonly falsePositive: number; readonly falseNegative: number }
  /** The champion: another table with the same ids, or a score column of the same table. */
  readonly against?: string
  /** Score column of that table; default the same name. */
  readonly againstScore?: string
}

export interface EvaluatedTable {
  readonly report: RowsEvaluation
  readonly comparison?: ComparisonReport
}

/**
 * Judges a plain table of predictions, and with `against` compares it with another. COLUMN_MISSING, DUPLICATE_IDS,
 * MISSING_PAIRS, SOURCE_UNREADABLE and what rows are refused for.
 */
export async function evaluatePredictions(
  request: TableEvaluation,
): Promise<EvaluatedTable & { readonly page: () => string }> {
  const found = await evaluateTable(request)
  return { ...found, page: () => renderEvaluationPage(found.report, found.comparison) }
}

async function evaluateTable(request: TableEvaluation): Promise<EvaluatedTable> {
  const { file, columns, slices, names, costs, against } = request
  const own = await readTable(file, columns)
  const priced = costs ? { costs } : {}
  const report = evaluateRows(own.rows, own.outputs, {
    ...{ slices, split: basename(file), scorer: { kind: 'table', build: columns.score ?? 'class scores' } },
    ...{ search: columns.keep.filter(name => !names.includes(name)) },
    ...priced,
  })
  if (against === undefined) return { report }
  const champion = { name: basename(against), ...(await championOf(request, own, against)) }
  const challenger = { name: challengerName(request, champion.name), ...own.outputs }
  return { report, comparison: compareModels(own.rows, { champion, challenger, slices, names, ...priced }) }
}

/** Another file, joined by id; else a score column of the same file. */
async function championOf(
  request: TableEvaluation,
  own: Predictions,
  against: string,
): Promise<ModelOutputs> {
  const { file, columns } = request
  if (await isFile(against)) {
    const { againstScore: score } = request
    const shared = { ...(own.rows.classes ? { classes: own.rows.classes } : {}), ...(score ? { score } : {}) }
    return pairPredictions(own, await readTable(against, { ...columns, ...shared, keep: [] }))
  }
  try {
    return (await readTable(file, { ...columns, score: against, keep: [] })).outputs
  } catch (error) {
    if (!(error instanceof FettleError && error.code === 'COLUMN_MISSING')) throw error
    throw new FettleError('COLUMN_MISSING', `${against} is neither a file nor a column of ${file}`, {
      hint: error.hint,
    })
  }
}

function challengerName({ file, columns }: TableEvaluation, champion: string): string {
  const name = basename(file)
  return champion === name || !champion.includes('.') ? (columns.score ?? name) : name
}

async function readTable(file: string, columns: PredictionColumns): Promise<Predictions> {
  if (!(await isFile(file)))
    throw new FettleError('SOURCE_UNREADABLE', `There is no file ${file}`, {
      hint: 'Give a Parquet, CSV or JSON-lines file.',
    })
  const { id, entity, query } = columns
  const table = await createColumnReader({ what: 'table' }).readColumns({
    files: [file],
    columns: columnsRead(columns),
    asText: [id, entity, query].filter(name => name !== undefined),
  })
  return readPredictions(table, columns)
}

async function isFile(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
