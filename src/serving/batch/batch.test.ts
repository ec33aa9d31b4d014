import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FettleError } from '../../kernel/errors/index.ts'
import { badNumber, checkedColumns, readBadNumber } from './checked-columns.ts'
import { decideRows } from './decide-rows.ts'
import { batchBase, batchJobId, partitionsOf } from './job.ts'
import { type BatchTerms, badRowCodes, type Partition } from './model.ts'
import { runPartitions, type ScoredPartition } from './run-partitions.ts'

const terms: BatchTerms = {
  ...{ deployment: 'late', release: 'sha256:r', snapshot: 'sha256:s', partitionRows: 10 },
  ...{ asOf: null, time: null, keep: [], to: { kind: 'parquet', path: 'x' }, kind: 'batch' },
  ...{ log: true, code: 'c' },
}

describe('a job', () => {
  it('is its terms: each of them makes another', () => {
    const others: Partial<BatchTerms>[] = [
      ...[
        { release: 'sha256:q' },
        { snapshot: 'sha256:q' },
        { partitionRows: 11 },
        { asOf: '2001-01-01T00:00:00Z' },
      ],
      ...[{ keep: ['a'] }, { to: { kind: 'parquet' as const, path: 'y' } }, { code: 'd' }, { log: false }],
    ]
    const ids = [terms, ...others.map(other => ({ ...terms, ...other }))].map(batchJobId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(batchJobId({ ...terms })).toBe(batchJobId(terms))
  })

  it('has partitions that cover its rows once', () => {
    fc.assert(
      fc.property(fc.nat(5_000), fc.integer({ min: 1, max: 900 }), (rows, size) => {
        const parts = partitionsOf(rows, size)
        expect(
          parts.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i)),
        ).toEqual(Array.from({ length: rows }, (_, i) => i))
      }),
    )
  })

  it('gives ids that are version 7, of its time, and differ by place', () => {
    const bases = [0, 1].flatMap(partition =>
      [0, 1].map(chunk => batchBase('bj-1', { partition, chunk, millis: 1_700_000_000_000 })),
    )
    expect(new Set(bases).size).toBe(4)
    for (const base of bases)
      expect(base).toMatch(/^018bcfe5-6800-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})

describe('columns', () => {
  it('a bad row is one number, which is read back', () => {
    for (const field of [-1, 0, 7])
      for (const code of badRowCodes) expect(readBadNumber(badNumber(field, code))).toEqual({ field, code })
  })

  it('a field without a column is named, with its neighbours', () => {
    const field = {
      name: 'distance',
      type: 'float64',
      role: 'request',
      nullable: true,
      description: null,
    } as const
    expect(() => checkedColumns([field], new Map([['distnce', 'DOUBLE']]))).toThrow(
      expect.objectContaining({ code: 'MISSING_INPUT', hint: 'Nearest are: distnce.' }),
    )
  })
})

describe('rows', () => {
  const columns = [Float64Array.of(1, 2, 3, 4)]
  const rows = { count: 4, bad: Int32Array.of(0, badNumber(0, 'BAD_KEY'), 0, 0), columns, entity: () => ({}) }

  it('that the scorer fails on fail alone', async () => {
    const score = (vectors: Float64Array): Float64Array => {
      if (vectors.includes(3)) throw new Error('3 is poison')
      return vectors.map(value => value / 10)
    }
    const decided = await decideRows(rows, {
      ...{ scorer: { score }, bySegment: false, assignment: null, fields: ['key'] },
      thresholds: { segmentAt: () => -1, thresholdAt: () => 0.3 },
    })
    expect([...decided.scores]).toEqual([0.1, Number.NaN, Number.NaN, 0.4])
    expect([...(decided.acted ?? [])]).toEqual([0, 0, 0, 1])
    expect(decided.quarantined).toEqual([
      { row: 1, code: 'BAD_KEY', column: 'key' },
      { row: 2, code: 'SCORER_FAILED', column: null },
    ])
  })
})

describe('workers', () => {
  const partitions = partitionsOf(100, 10)
  const scored = ({ partition }: Partition): ScoredPartition => ({
    ...{ partition, rows: 10, outputs: 10, quarantined: 0, acted: 0, sha256: '', cpuMicros: 0, scores: [] },
  })
  const lost = () => new FettleError('WORKER_LOST', 'gone')
  const run = (score: (partition: Partition) => Promise<ScoredPartition>, committed: number[]) =>
    runPartitions({
      ...{ partitions, workers: 3, onScored: () => undefined, signal: new AbortController().signal },
      startWorker: async () => ({ score, close: async () => undefined }),
      commit: async ({ partition }) => committed.push(partition) > 0,
    })

  it('die now and then: every partition is committed once', async () => {
    const committed: number[] = []
    let call = 0
    await run(async partition => {
      if (call++ % 3 === 1) throw lost()
      return scored(partition)
    }, committed)
    expect(committed.toSorted((a, b) => a - b)).toEqual(partitions.map(each => each.partition))
  })

  it('die of the same rows: the job says which', async () => {
    await expect(
      run(async partition => {
        if (partition.partition === 4) throw lost()
        return scored(partition)
      }, []),
    ).rejects.toMatchObject({ code: 'ROW_CRASHES_SCORER', details: { from: 40, to: 50 } })
  })
})
