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
  const n = members.length
  return {
    labels: pickRows(rows.labels, members, new Float64Array(n)),
    scores: pickRows(outputs.scores, members, new Float64Array(n)),
    actions: actions ? pickRows(actions, members, new Uint8Array(n)) : null,
    weights: rows.weights ? pickRows(rows.weights, members, new Float64Array(n)) : null,
    classScores: classScores ? pickWide(classScores, members, classes) : null,
    classes,
    chosen: chosen ? pickRows(chosen, members, new Int32Array(n)) : null,
    queries: rows.queries ? pickRows(rows.queries.codes, members, new Int32Array(n)) : null,
    clusters: rows.entities ? clustersOf(rows.entities.codes, members) : null,
  }
}

/** Copies rows of a column; `from` with a function takes twenty times as long. */
export function pickRows<Column extends Float64Array | Int32Array | Uint8Array>(
  column: Column,
  members: Int32Array,
  picked: Column,
): Column {
  for (let at = 0; at < members.length; at++) picked[at] = column[members[at] as number] as number
  return picked
}

function pickWide(table: Float64Array, members: Int32Array, width: number): Float64Array {
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
  const own = members.map(row => {
    const code = codes[row] ?? -1
    if (code < 0) return count++
    const found = known.get(code)
    if (found !== undefined) return found
    known.set(code, count)
    return count++
  })
  return count === members.length ? null : { codes: own, count }
}
