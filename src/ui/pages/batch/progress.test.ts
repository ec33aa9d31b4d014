import { expect, test } from 'vitest'
import type { BatchJobDetailView } from '../../../api/batch.ts'
import { outputText, rowsPerSecond } from './progress.tsx'

const detail = (job: object, partitions: readonly object[]) =>
  ({
    job: { createdAt: '2001-05-01T00:00:00Z', endedAt: null, outputs: 90, quarantined: 10, ...job },
    partitions,
  }) as unknown as BatchJobDetailView

test('speed is by the last commit while it runs, and by the end after', () => {
  const partitions = [{ committedAt: '2001-05-01T00:00:05Z' }, { committedAt: '2001-05-01T00:00:10Z' }]
  expect(rowsPerSecond(detail({}, partitions))).toBe(10)
  expect(rowsPerSecond(detail({ endedAt: '2001-05-01T00:00:20Z' }, partitions))).toBe(5)
  expect(rowsPerSecond(detail({}, []))).toBeUndefined()
})

test('an output says where, and never a password', () => {
  const url = 'postgres://mila:secret@db:5432/scores'
  expect(outputText({ kind: 'postgres', url, table: 'late' })).toBe('postgres://db:5432/scores, table late')
})
