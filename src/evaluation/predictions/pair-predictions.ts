import { FettleError } from '../../kernel/errors/index.ts'
import type { ModelOutputs } from '../rows.ts'
import type { CodedColumn } from '../slices/coded-column.ts'
import type { Predictions } from './predictions-table.ts'

const namedIds = 5

/**
 * What another table says of the rows of the first, in their order, joined by id. MISSING_PAIRS names ids that only one of
 * them holds, and is thrown where there are no ids to join by.
 */
export function pairPredictions(first: Predictions, second: Predictions): ModelOutputs {
  if (!first.ids || !second.ids)
    throw new FettleError('MISSING_PAIRS', 'Two tables cannot be joined without an id column', {
      hint: 'Name the column that both have: --id COLUMN.',
    })
  const rowOf = rowsById(second.ids)
  const order = Int32Array.from(first.ids.codes, code => rowOf.get(first.ids?.dictionary[code] ?? '') ?? -1)
  const known = rowsById(first.ids)
  const lacking = idsWhere(first.ids, id => !rowOf.has(id))
  const extra = idsWhere(second.ids, id => !known.has(id))
  if (lacking.length > 0 || extra.length > 0) {
    const some = [...lacking, ...extra].slice(0, namedIds)
    throw new FettleError(
      'MISSING_PAIRS',
      `${lacking.length} ids are only in the first table and ${extra.length} only in the second: ${some.join(', ')}`,
      { details: { onlyFirst: lacking.length, onlySecond: extra.length, ids: some } },
    )
  }
  return reordered(second, order)
}

function rowsById({ codes, dictionary }: CodedColumn): Map<string, number> {
  const rows = new Map<string, number>()
  codes.forEach((code, row) => {
    rows.set(dictionary[code] ?? '', row)
  })
  return rows
}

function idsWhere({ codes, dictionary }: CodedColumn, wanted: (id: string) => boolean): string[] {
  const found: string[] = []
  for (const code of codes) if (wanted(dictionary[code] ?? '')) found.push(dictionary[code] ?? '')
  return found
}

function reordered({ outputs, rows }: Predictions, order: Int32Array): ModelOutputs {
  const { scores, classScores, chosen, actions } = outputs
  const classes = rows.classes?.length ?? 0
  return {
    scores: Float64Array.from(order, row => scores[row] as number),
    ...(actions ? { actions: Uint8Array.from(order, row => actions[row] as number) } : {}),
    ...(chosen ? { chosen: Int32Array.from(order, row => chosen[row] as number) } : {}),
    ...(classScores ? { classScores: reorderedRows(classScores, order, classes) } : {}),
  }
}

function reorderedRows(table: Float64Array, order: Int32Array, width: number): Float64Array {
  const moved = new Float64Array(table.length)
  order.forEach((row, at) => {
    moved.set(table.subarray(row * width, (row + 1) * width), at * width)
  })
  return moved
}
