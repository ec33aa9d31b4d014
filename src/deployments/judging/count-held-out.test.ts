import { describe, expect, it } from 'vitest'
import { byColumn, type DeploymentData } from '../../definitions/index.ts'
import type { ColumnReader } from '../../training/index.ts'
import { countHeldOut } from './count-held-out.ts'
import type { RowsSet } from './read-rows.ts'

const set: RowsSet = {
  ...{ id: 'ds-1', name: 'flights', checksum: 'sha256:c', label: 'late', time: 'at' },
  ...{ split: 'april', later: ['may'] },
  columns: (['origin', 'late', 'at'] as const).map(name => ({ name, type: 'any', role: 'spine' })),
}
const rowsIn: Readonly<Record<string, number>> = { april: 40_000, may: 1_000 }

/** Every hundredth row is of ORD, every fifth late, ten minutes apart. */
const reader: ColumnReader = {
  async readColumns({ where }) {
    const rows = rowsIn[where?.equals ?? ''] ?? 0
    const numbers = (of: (row: number) => number) => ({
      ...{ kind: 'number' as const, type: 'DOUBLE' },
      values: Float64Array.from({ length: rows }, (_, row) => of(row)),
    })
    return {
      rows,
      columns: {
        late: numbers(row => (row % 5 === 0 ? 1 : 0)),
        at: numbers(row => (row + (where?.equals === 'may' ? 40_000 : 0)) * 600e6),
        origin: {
          ...{ kind: 'text' as const, type: 'VARCHAR', dictionary: ['ATL', 'ORD'] },
          codes: Int32Array.from({ length: rows }, (_, row) => (row % 100 === 0 ? 1 : 0)),
        },
      },
    }
  },
}

describe('held-out rows before there is a model', () => {
  it('count half of the split that may choose, in whatever order it comes, and all later rows', async () => {
    const deployment = { slices: [byColumn('origin', ['ORD', 'ATL'])] } as unknown as DeploymentData
    const cells = await countHeldOut(reader, { deployment, set, files: ['a.parquet'] })
    const rows = Object.fromEntries(cells.map(({ name, counts }) => [name, counts.rows ?? 0]))
    expect(Math.abs((rows['all'] ?? 0) - 21_000)).toBeLessThan(50)
    // 400 in April, of which half, and 10 in May.
    expect(Math.abs((rows['origin=ORD'] ?? 0) - 210)).toBeLessThan(20)
    expect(cells[0]?.days).toBeCloseTo(41_000 / 144, 0)
    expect(cells[1]?.counts.positives).toBe(rows['origin=ORD'])
  })

  it('does not read what a set has not', async () => {
    const deployment = { slices: [byColumn('gate', ['A'])] } as unknown as DeploymentData
    await expect(countHeldOut(reader, { deployment, set, files: [] })).rejects.toMatchObject({
      code: 'COLUMN_MISSING',
    })
  })
})
