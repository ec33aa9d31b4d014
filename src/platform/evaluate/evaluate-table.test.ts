import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { randomFrom } from '../../kernel/statistics/index.ts'
import { evaluatePredictions } from './evaluate-table.ts'
import type { TableEvaluation } from './request.ts'

let folder = ''
const count = 400

/** Ids are larger than a double can tell apart. */
function rowsOf(): {
  id: string
  origin: string
  at: string
  late: number | null
  old: number
  own: number
}[] {
  const random = randomFrom('evaluate-table.test')
  return Array.from({ length: count }, (_, row) => {
    const own = random.unit()
    return {
      id: String(9_007_199_254_740_992n + BigInt(row)),
      origin: ['ORD', 'ATL'][row % 2] ?? '',
      at: `2001-0${1 + (row % 4)}-11 10:00:00`,
      late: row % 40 === 0 ? null : random.unit() < own ? 1 : 0,
      old: random.unit(),
      own,
    }
  })
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fettle-evaluate-'))
  const rows = rowsOf()
  const csv = (all: typeof rows) =>
    [
      'id,origin,at,late,old,own',
      ...all.map(row =>
        Object.values(row)
          .map(value => value ?? '')
          .join(','),
      ),
    ].join('\n')
  await writeFile(join(folder, 'own.csv'), csv(rows))
  await writeFile(join(folder, 'champion.csv'), csv([...rows].reverse()))
  await writeFile(join(folder, 'short.csv'), csv(rows.slice(1)))
  await writeFile(join(folder, 'twice.csv'), csv([...rows, ...rows.slice(0, 1)]))
  await writeFile(join(folder, 'own.jsonl'), rows.map(row => JSON.stringify(row)).join('\n'))
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run(
    `COPY (SELECT * FROM read_csv('${join(folder, 'own.csv')}')) TO '${join(folder, 'own.parquet')}' (FORMAT parquet)`,
  )
  connection.closeSync()
})
afterAll(() => rm(folder, { recursive: true }))

function request(file: string, more: Partial<TableEvaluation> = {}): TableEvaluation {
  return {
    file: join(folder, file),
    columns: {
      ...{ task: 'binary', label: 'late', score: 'own', id: 'id', time: 'at', threshold: 0.5 },
      keep: ['origin'],
    },
    slices: [{ name: 'origin', of: { kind: 'column', column: 'origin' } }],
    names: [],
    ...more,
  }
}

test('CSV, JSON lines and Parquet give the same report', async () => {
  const [csv, parquet] = await Promise.all(
    ['own.csv', 'own.parquet'].map(file => evaluatePredictions(request(file))),
  )
  const json = await evaluatePredictions({
    ...request('own.jsonl'),
    columns: { task: 'binary', label: 'late', score: 'own', id: 'id', threshold: 0.5, keep: ['origin'] },
  })
  expect(csv?.report.coverage).toEqual({ rows: count, matured: 390, immature: 10, unobservable: 0 })
  expect(parquet?.report.all).toEqual(csv?.report.all)
  expect(json.report.all).toEqual(csv?.report.all)
  expect(csv?.report.folds?.folds).toHaveLength(4)
  expect(csv?.page()).toContain('<h1>Evaluation: own.csv</h1>')
})

test('the champion is another table, in any order, or another column', async () => {
  const byFile = await evaluatePredictions(
    request('own.csv', { against: join(folder, 'champion.csv'), againstScore: 'old' }),
  )
  const byColumn = await evaluatePredictions(request('own.csv', { against: 'old' }))
  expect(byFile.comparison?.champion).toBe('champion.csv')
  expect(byColumn.comparison).toMatchObject({ champion: 'old', challenger: 'own' })
  expect(byFile.comparison?.all).toEqual(byColumn.comparison?.all)
  expect(
    byColumn.comparison?.all.metrics.find(each => each.metric === 'roc_auc')?.difference,
  ).toBeGreaterThan(0)
})

test('what cannot be compared or read says so', async () => {
  const refused = (asked: TableEvaluation, code: string) =>
    expect(evaluatePredictions(asked)).rejects.toThrow(expect.objectContaining({ code }))
  await refused(request('own.csv', { against: join(folder, 'short.csv') }), 'MISSING_PAIRS')
  await refused(request('twice.csv'), 'DUPLICATE_IDS')
  await refused(request('none.csv'), 'SOURCE_UNREADABLE')
  await refused(request('own.csv', { against: 'odl' }), 'COLUMN_MISSING')
  const misspelt = { ...request('own.csv').columns, label: 'lat' }
  await expect(evaluatePredictions({ ...request('own.csv'), columns: misspelt })).rejects.toThrow(
    expect.objectContaining({ code: 'COLUMN_MISSING', hint: expect.stringContaining('late') }),
  )
})
