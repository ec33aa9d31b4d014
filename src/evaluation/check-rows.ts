import { type ErrorCode, FettleError } from '../kernel/errors/index.ts'
import type { JudgedRows, ModelOutputs } from './rows.ts'

const namedRows = 5

/**
 * Refuses rows that no number can be measured on. LENGTH_MISMATCH; NOT_A_NUMBER and NOT_BINARY name rows; TYPE_MISMATCH for a
 * label that is none of the classes, a negative relevance or weight, and ranking without queries.
 */
export function checkRows(rows: JudgedRows, outputs: ModelOutputs): void {
  checkLengths(rows, outputs)
  const { labels, task, classes = [] } = rows
  refuse(outputs.scores, 'NOT_A_NUMBER', { what: 'score', wrong: score => Number.isNaN(score) })
  if (outputs.classScores)
    refuse(outputs.classScores, 'NOT_A_NUMBER', {
      what: 'class score',
      wrong: score => Number.isNaN(score),
      width: classes.length,
    })
  if (rows.weights)
    refuse(rows.weights, 'NOT_A_NUMBER', {
      what: 'weight',
      wrong: weight => !(weight >= 0 && weight < Infinity),
    })
  if (task === 'binary')
    refuse(labels, 'NOT_BINARY', {
      what: 'label',
      wrong: label => label !== 0 && label !== 1 && !Number.isNaN(label),
    })
  if (task === 'multiclass')
    refuse(labels, 'TYPE_MISMATCH', {
      what: 'label',
      wrong: label => !Number.isNaN(label) && classes[label] === undefined,
    })
  if (task === 'regression')
    refuse(labels, 'NOT_A_NUMBER', { what: 'label', wrong: label => Math.abs(label) === Infinity })
  if (task === 'ranking') {
    refuse(labels, 'TYPE_MISMATCH', { what: 'relevance', wrong: label => label < 0 || label === Infinity })
    if (!rows.queries) throw new FettleError('TYPE_MISMATCH', 'Ranked rows need the query of each row')
  }
}

function checkLengths(rows: JudgedRows, { scores, classScores, chosen, actions }: ModelOutputs): void {
  const width = rows.classes?.length ?? 0
  const lengths: readonly (readonly [string, number | undefined])[] = [
    ['labels', rows.labels.length],
    ['scores', scores.length],
    ['class scores', classScores ? classScores.length / Math.max(1, width) : undefined],
    ['classes', chosen?.length],
    ['actions', actions?.length],
    ['weights', rows.weights?.length],
    ['times', rows.times?.length],
    ['entities', rows.entities?.codes.length],
    ['queries', rows.queries?.codes.length],
  ]
  for (const [what, length] of lengths)
    if (length !== undefined && length !== rows.rows)
      throw new FettleError('LENGTH_MISMATCH', `There are ${rows.rows} rows and ${length} ${what}`)
}

interface Refusal {
  readonly what: string
  readonly wrong: (value: number) => boolean
  /** Values per row; default 1. */
  readonly width?: number
}

function refuse(values: Float64Array, code: ErrorCode, { what, wrong, width = 1 }: Refusal): void {
  const found: number[] = []
  let count = 0
  for (let at = 0; at < values.length; at++) {
    if (!wrong(values[at] as number)) continue
    if (count++ < namedRows) found.push(Math.floor(at / width))
  }
  if (count === 0) return
  const first = found[0] ?? 0
  const more =
    count > 1
      ? `, and that of ${count - 1} more (rows ${found.slice(1).join(', ')}${count > namedRows ? ', …' : ''})`
      : ''
  throw new FettleError(code, `The ${what} of row ${first} is ${values[first * width]}${more}`, {
    details: { rows: found, count },
  })
}
