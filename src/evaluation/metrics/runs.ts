/** Members of disjoint cells, one cell after another; `starts[c]` to `starts[c + 1]` are those of cell c. */
export interface Runs {
  readonly members: Int32Array
  readonly starts: Int32Array
}

/** Positions 0 … n − 1 by cell, rising within each (a stable partition); −1 is in none. */
export function partitionRuns(cellOf: Int32Array, cells: number): Runs {
  const starts = new Int32Array(cells + 1)
  for (let at = 0; at < cellOf.length; at++) {
    const cell = cellOf[at] as number
    if (cell >= 0) starts[cell + 1] = (starts[cell + 1] as number) + 1
  }
  for (let cell = 0; cell < cells; cell++)
    starts[cell + 1] = (starts[cell + 1] as number) + (starts[cell] as number)
  const next = starts.slice()
  const members = new Int32Array(starts[cells] ?? 0)
  for (let at = 0; at < cellOf.length; at++) {
    const cell = cellOf[at] as number
    if (cell < 0) continue
    const position = next[cell] as number
    next[cell] = position + 1
    members[position] = at
  }
  return { members, starts }
}
