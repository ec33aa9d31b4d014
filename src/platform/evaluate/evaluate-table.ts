import { basename } from 'node:path'
import {
  type ModelOutputs,
  type PredictionColumns,
  type Predictions,
  pairPredictions,
  readPredictions,
} from '../../evaluation/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { judgeRows } from './judge-rows.ts'
import { isFile, readTable } from './read-table.ts'
import type { Evaluated, TableEvaluation } from './request.ts'
import { type Settled, settle } from './settle.ts'

/**
 * Judges a plain table of predictions, with `against` beside another, and by contracts where there are any.
 * COLUMN_MISSING, DUPLICATE_IDS, MISSING_PAIRS, SOURCE_UNREADABLE, DEFINITIONS_INVALID and what rows are refused for.
 */
export async function evaluatePredictions(asked: TableEvaluation): Promise<Evaluated> {
  const request = settle(asked)
  const { file, columns, against } = request
  const own = readPredictions(await readTable(file, columns), columns)
  const built = (column: string | undefined) => ({ kind: 'table', build: column ?? 'class scores' })
  return judgeRows(request, {
    rows: own.rows,
    on: request.on ?? basename(file),
    challenger: {
      name: against === undefined ? basename(file) : challengerName(request, basename(against)),
      ...{ outputs: own.outputs, scorer: built(columns.score) },
    },
    champion:
      against === undefined
        ? null
        : {
            ...{ name: basename(against), outputs: await championOf(request, own, against) },
            scorer: built(request.againstScore ?? columns.score),
          },
  })
}

/** Another file, joined by id; else a score column of the same file. */
async function championOf(
  request: Settled<TableEvaluation>,
  own: Predictions,
  against: string,
): Promise<ModelOutputs> {
  const { file, againstScore: score, againstThreshold: threshold } = request
  const columns: PredictionColumns = {
    ...request.columns,
    keep: [],
    ...(own.rows.classes ? { classes: own.rows.classes } : {}),
    ...(score === undefined ? {} : { score }),
    ...(threshold === undefined ? {} : { threshold }),
  }
  if (await isFile(against))
    return pairPredictions(own, readPredictions(await readTable(against, columns), columns))
  try {
    const beside = { ...columns, score: against }
    return readPredictions(await readTable(file, beside), beside).outputs
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
