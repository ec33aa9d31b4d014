import type { ActionContext } from '../../pipelines/index.ts'
import type { ScoredPartition } from '../../serving/index.ts'

/** Counts what is done, says rows a second and when it will be done; `committed` was done before. */
export function batchProgress(
  { rows }: { readonly rows: number },
  {
    committed,
    progress,
  }: {
    readonly committed: readonly Pick<ScoredPartition, 'rows' | 'quarantined'>[]
    readonly progress: ActionContext['progress']
  },
) {
  const started = performance.now()
  const before = committed.reduce((sum, each) => sum + each.rows, 0)
  let done = before
  let quarantined = committed.reduce((sum, each) => sum + each.quarantined, 0)
  return {
    scored(scored: Pick<ScoredPartition, 'rows' | 'quarantined'>): void {
      done += scored.rows
      quarantined += scored.quarantined
      const rate = ((done - before) / Math.max(1, performance.now() - started)) * 1000
      const left = Math.ceil((rows - done) / rate)
      progress({
        done,
        total: rows,
        unit: 'rows',
        message: `${Math.round(rate)} rows/s${done < rows ? `, ${left} s left` : ''}`,
      })
    },
    quarantined: () => quarantined,
    /** Since the step began to score. */
    millis: () => performance.now() - started,
  }
}
