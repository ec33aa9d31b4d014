import type { SliceData } from '../../definitions/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { ksDistance, spearman } from '../../kernel/statistics/index.ts'
import { checkRows } from '../check-rows.ts'
import { rowLosses } from '../discovery/row-losses.ts'
import { searchSlices } from '../discovery/search-slices.ts'
import type { ErrorCosts } from '../metrics/confusion-estimates.ts'
import { binaryShape } from '../metrics/measure-cells.ts'
import type { ComparisonReport } from '../reports/comparison.ts'
import type { JudgedRows, ModelOutputs } from '../rows.ts'
import { resolveSlices } from '../slices/resolve.ts'
import { byHarm, comparedSlice, type PreparedComparison } from './compared-slice.ts'
import { flippedRows } from './flipped-rows.ts'

/** One of two models and what it said of the rows. */
export interface ComparedModel extends ModelOutputs {
  readonly name: string
}

export interface CompareOptions {
  readonly champion: ComparedModel
  readonly challenger: ComparedModel
  readonly slices?: readonly SliceData[]
  /** Columns that name a flipped row to a reader. */
  readonly names?: readonly string[]
  /** Columns searched for slices where the challenger loses; default: the columns of the slices. */
  readonly search?: readonly string[]
  readonly costs?: ErrorCosts
  /** Positions that ndcg looks at; default 10. */
  readonly k?: number
}

/**
 * Champion against challenger, paired on the same rows: the difference of every metric with its interval on the whole and on
 * each slice, which decisions flip, and who was right. Throws MISSING_PAIRS when the two did not score the same rows, and
 * what `checkRows` and `resolveSlices` refuse. `explainFlips` adds why rows flip.
 */
export function compareModels(rows: JudgedRows, asked: CompareOptions): ComparisonReport {
  const { champion, challenger, slices = [] } = asked
  for (const { name, scores } of [champion, challenger])
    if (scores.length !== rows.rows)
      throw new FettleError('MISSING_PAIRS', `${name} scored ${scores.length} of ${rows.rows} rows`)
  checkRows(rows, champion)
  checkRows(rows, challenger)
  const shapes = { champion: binaryShape(champion, asked), challenger: binaryShape(challenger, asked) }
  const options = { ...asked, shapes }
  const cells = resolveSlices(rows, slices)
  const [all, ...found] = cells.map(cell => comparedSlice(rows, cell, options))
  if (!all) throw new TypeError('the whole population is always a cell')
  const pair = { reference: champion.scores, current: challenger.scores }
  return {
    ...{
      schema: 1,
      rowSet: rows.hash,
      champion: champion.name,
      challenger: challenger.name,
      rows: rows.rows,
      all,
    },
    slices: byHarm(found),
    discovered: discovered(rows, options),
    flips: flippedRows(rows, cells, options),
    scores: {
      ks: ksDistance(pair.reference, pair.current),
      meanShift: meanShift(pair),
      rankCorrelation: rows.rows < 2 ? { undefined: 'too-few-rows' } : spearman(pair.reference, pair.current),
    },
  }
}

function meanShift(pair: { readonly reference: Float64Array; readonly current: Float64Array }) {
  const rows = pair.reference.length
  if (rows === 0) return { undefined: 'no-rows' }
  return pair.current.reduce((sum, score, row) => sum + score - (pair.reference[row] as number), 0) / rows
}

/** Slices where the challenger's loss exceeds the champion's by more than elsewhere; each is compared on the half that did not find it. */
function discovered(rows: JudgedRows, options: PreparedComparison): ComparisonReport['discovered'] {
  const columns = options.search ?? columnsOf(options.slices ?? [])
  const [own, other] = [
    rowLosses(rows, options.challenger, options.costs),
    rowLosses(rows, options.champion, options.costs),
  ]
  if (columns.length === 0 || !own || own.name !== other?.name) return []
  const excess = own.values.map((loss, row) => loss - (other.values[row] as number))
  return searchSlices(rows, excess, columns)
    .filter(({ mean }) => mean > 0)
    .map(({ where, rows: members, q }) => {
      const cell = { name: where, slice: where, value: null, rows: members }
      return { ...comparedSlice(rows, cell, options), where, q }
    })
}

function columnsOf(slices: readonly SliceData[]): string[] {
  return [
    ...new Set(
      slices.flatMap(({ of }) => (of.kind === 'column' && of.column !== 'month' ? [of.column] : [])),
    ),
  ]
}
