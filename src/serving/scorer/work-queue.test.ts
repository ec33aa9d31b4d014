import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createJob, type Job } from './job.ts'
import { createWorkQueue } from './work-queue.ts'

const jobOf = (rows: number, rank: number): Job =>
  createJob({
    vectors: new Float64Array(rows),
    rows,
    rank,
    deadline: 0,
    gone: undefined,
    resolve: () => undefined,
    reject: () => undefined,
  })

const steps = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('push' as const),
      rows: fc.integer({ min: 1, max: 9 }),
      rank: fc.integer({ min: 1, max: 3 }),
    }),
    fc.record({ kind: fc.constant('take' as const), rows: fc.integer({ min: 1, max: 6 }) }),
    fc.record({ kind: fc.constant('shed' as const), rank: fc.integer({ min: 0, max: 3 }) }),
  ),
  { maxLength: 60 },
)

/** A list of single rows, sorted by class and arrival each time. */
function naive() {
  let rows: { job: Job; row: number; order: number }[] = []
  let order = 0
  const sorted = () => rows.sort((a, b) => a.job.rank - b.job.rank || a.order - b.order)
  return {
    rows: () => rows.length,
    push(job: Job) {
      for (let row = 0; row < job.rows; row++) rows.push({ job, row, order: order++ })
    },
    /** Whole jobs while they fit; one that is alone larger than a batch is cut. */
    take(most: number) {
      const batch: string[] = []
      for (const [first] of iterate()) {
        const mine = rows.filter(each => each.job === first.job)
        if (batch.length > 0 && mine.length > most - batch.length) break
        const taken = mine.slice(0, most - batch.length)
        rows = rows.filter(each => !taken.includes(each))
        batch.push(...taken.map(each => `${ids.get(each.job)}:${each.row}`))
        if (batch.length === most) break
      }
      return batch
    },
    shed(rank: number) {
      const victim = sorted().filter(each => each.job.rank > rank)
      const lowest = Math.max(...victim.map(each => each.job.rank))
      const job = victim.filter(each => each.job.rank === lowest).at(-1)?.job
      rows = rows.filter(each => each.job !== job)
      return job
    },
  }
  function* iterate() {
    for (let [first] = sorted(); first; [first] = sorted()) yield [first] as const
  }
}
const ids = new Map<Job, number>()

describe('the queue of a scorer pool', () => {
  it('does what a sorted list of rows does', () => {
    fc.assert(
      fc.property(steps, all => {
        const queue = createWorkQueue()
        const oracle = naive()
        for (const step of all) {
          if (step.kind === 'push') {
            const job = jobOf(step.rows, step.rank)
            ids.set(job, ids.size)
            queue.push({ job, from: 0, rows: job.rows, alone: false, watched: false })
            oracle.push(job)
          } else if (step.kind === 'take') {
            const taken = queue
              .take(step.rows, () => false)
              .flatMap(({ job, from, rows }) =>
                Array.from({ length: rows }, (_, i) => `${ids.get(job)}:${from + i}`),
              )
            expect(taken).toEqual(oracle.take(step.rows))
          } else expect(queue.shed(step.rank)).toBe(oracle.shed(step.rank))
          expect(queue.rows()).toBe(oracle.rows())
        }
        ids.clear()
      }),
    )
  })

  it('what was with a scorer goes first, what must be alone goes alone, what is settled is left out', () => {
    const queue = createWorkQueue()
    const [a, b, c] = [jobOf(1, 2), jobOf(2, 2), jobOf(1, 2)]
    for (const job of [b, c]) queue.push({ job, from: 0, rows: job.rows, alone: false, watched: false })
    queue.pushFirst([{ job: a, from: 0, rows: 1, alone: true, watched: true }])
    expect(queue.take(9, () => false).map(({ job }) => job)).toEqual([a])
    b.settled = true
    expect(queue.take(9, () => false).map(({ job }) => job)).toEqual([c])
    expect(queue.rows()).toBe(0)
  })
})
