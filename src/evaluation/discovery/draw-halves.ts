import { randomFrom } from '../../kernel/statistics/index.ts'
import type { JudgedRows } from '../rows.ts'

/** Row numbers, ascending. */
export interface DrawnHalves {
  readonly first: Int32Array
  readonly second: Int32Array
}

/** Rows drawn at most; more are sampled at even steps. */
const mostRows = 200_000

/**
 * Two halves of the rows that take part, entities whole; drawn from the purpose and the row set's hash, so that nobody can
 * re-roll. For looking, not for gates: those split as `splitHalves` does.
 */
export function drawHalves(
  rows: Pick<JudgedRows, 'rows' | 'hash' | 'entities'>,
  { purpose, takes }: { readonly purpose: string; readonly takes: (row: number) => boolean },
): DrawnHalves {
  const random = randomFrom(`${purpose}/${rows.hash}`)
  const ofEntity = rows.entities?.dictionary.map(() => random.unit() < 0.5)
  const step = Math.max(1, Math.ceil(rows.rows / mostRows))
  const [first, second]: [number[], number[]] = [[], []]
  for (let row = 0; row < rows.rows; row += step) {
    const drawn = ofEntity?.[rows.entities?.codes[row] ?? -1] ?? random.unit() < 0.5
    if (takes(row)) (drawn ? first : second).push(row)
  }
  return { first: Int32Array.from(first), second: Int32Array.from(second) }
}
