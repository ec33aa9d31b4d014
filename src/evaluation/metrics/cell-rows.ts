import type { JudgedRows, ModelOutputs } from '../rows.ts'
import type { Clusters } from './influence.ts'

/** The labelled rows of one cell, as columns. */
export interface CellRows {
  readonly labels: Float64Array
  readonly scores: Float64Array
  readonly actions: Uint8Array | null
  readonly weights: Float64Array | null
  /** Row-major [rows × classes]. */
  readonly classScores: Float64Array | null
  readonly classes: number
  /** Class given to each row, where it is not the most probable one. */
  readonly chosen: Int32Array | null
  /** Query of each row. */
  readonly queries: Int32Array | null
  readonly clusters: Clusters | null
}

/** Copies the labelled ones of some rows out of the columns. */
export function cellRows(rows: JudgedRows, outputs: ModelOutputs, members: Int32Array): CellRows {
  const matured = members.filter(row => !Number.isNaN(rows.labels[row]))
  return rowsAt(rows, outputs, matured)
}

/** Copies rows out of the columns, labelled or not. */
export function rowsAt(rows: JudgedRows, outputs: ModelOutputs, members: Int32Array): CellRows {
  const classes = rows.classes?.length ?? 0
  const { classScores, actions, chosen } = outputs
  return {
    labels: pick(rows.labels, members),
    scores: pick(outputs.scores, members),
    actions: actions ? Uint8Array.from(members, row => actions[row] as number) : null,
    weights: rows.weights ? pick(rows.weights, members) : null,
    classScores: classScores ? pickRows(classScores, members, classes) : null,
    classes,
    chosen: chosen ? Int32Array.from(members, row => chosen[row] as number) : null,
    queries: rows.queries ? Int32Array.from(members, row => rows.queries?.codes[row] ?? -1) : null,
    clusters: rows.entities ? clustersOf(rows.entities.codes, members) : null,
  }
}

function pick(column: Float64Array, members: Int32Array): Float64Array {
  const picked = new Float64Array(members.length)
  for (let at = 0; at < members.length; at++) picked[at] = column[members[at] as number] as number
  return picked
}

function pickRows(table: Float64Array, members: Int32Array, width: number): Float64Array {
  const picked = new Float64Array(members.length * width)
  members.forEach((row, at) => {
    picked.set(table.subarray(row * width, (row + 1) * width), at * width)
  })
  return picked
}

/** Entities as 0 … count − 1; null when none has more than one row. A row without an entity is its own. */
export function clustersOf(codes: Int32Array, members: Int32Array): Clusters | null {
  const known = new Map<number, number>()
  let count = 0
  const own = Int32Array.from(members, row => {
    const code = codes[row] ?? -1
    if (code < 0) return count++
    const found = known.get(code)
    if (found !== undefined) return found
    known.set(code, count)
    return count++
  })
  return count === members.length ? null : { codes: own, count }
}
