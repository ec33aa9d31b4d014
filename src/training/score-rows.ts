import type { Scorer } from '../evaluation/index.ts'
import { vectorsOf } from './labelled-rows.ts'
import type { ProgressUpdate } from './ports.ts'

const batchRows = 8192

/** Scores every row in batches. */
export async function scoreRows(
  scorer: Scorer,
  columns: readonly Float64Array[],
  options: { readonly rows: number; progress(update: ProgressUpdate): void; readonly signal?: AbortSignal },
): Promise<Float64Array> {
  const { rows, progress, signal } = options
  const scores = new Float64Array(rows)
  for (let from = 0; from < rows; from += batchRows) {
    signal?.throwIfAborted()
    const to = Math.min(rows, from + batchRows)
    scores.set(await scorer.score(vectorsOf(columns, from, to), to - from), from)
    progress({ done: to, total: rows, unit: 'rows', message: 'scoring' })
  }
  return scores
}
