/** What became of rows that were scored together. */
export interface RowsOutcome {
  /** NaN where a row failed. */
  readonly scores: Float64Array
  /** Why rows have no score; absent: all have one. */
  readonly failed?: ReadonlyMap<number, string>
}

type Score = (vectors: Float64Array, rows: number) => Promise<Float64Array> | Float64Array

/** All rows at once; where that fails or gives what is no number, one by one: a row that fails alone fails alone. */
export async function scoreRows(score: Score, vectors: Float64Array, rows: number): Promise<RowsOutcome> {
  const together = await attempt(score, vectors, rows)
  if (together?.every(Number.isFinite)) return { scores: together }
  const width = vectors.length / rows
  const scores = new Float64Array(rows).fill(Number.NaN)
  const failed = new Map<number, string>()
  for (let row = 0; row < rows; row++) {
    const [alone = Number.NaN] =
      (await attempt(score, vectors.subarray(row * width, (row + 1) * width), 1)) ?? []
    if (Number.isFinite(alone)) scores[row] = alone
    else failed.set(row, 'scorer-failed')
  }
  return { scores, failed }
}

async function attempt(score: Score, vectors: Float64Array, rows: number): Promise<Float64Array | undefined> {
  try {
    const scores = await score(vectors, rows)
    return scores.length === rows ? scores : undefined
  } catch {
    return undefined
  }
}
