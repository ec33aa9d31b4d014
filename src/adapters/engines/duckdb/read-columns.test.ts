import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createColumnReader } from './read-columns.ts'

let folder = ''
let file = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fettle-columns-'))
  file = join(folder, "it's.parquet")
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(`COPY (SELECT i::BIGINT AS n, CASE WHEN i % 3 = 0 THEN NULL ELSE i / 2.0 END AS half, i % 2 = 0 AS even,
    TIMESTAMP '2001-04-01 00:00:00' + to_seconds(i) AS at, CASE i % 3 WHEN 0 THEN 'b' WHEN 1 THEN 'a' END AS "odd name",
    CASE WHEN i < 4000 THEN 'train' ELSE 'judge' END AS __split, DATE '1970-01-02' AS day, [1] AS list, (i / 4)::DECIMAL(9, 2) AS d
    FROM range(5000) r(i)) TO '${file.replace("'", "''")}'`)
  connection.closeSync()
  instance.closeSync()
})
afterAll(() => rm(folder, { recursive: true }))

const reader = createColumnReader()

test('numbers, booleans, times and texts come in file order, nulls as NaN and -1', async () => {
  const where = { column: '__split', equals: 'judge' }
  const table = await reader.readColumns({
    files: [file],
    columns: ['n', 'half', 'even', 'at', 'odd name', 'day', 'd'],
    where,
  })
  expect(table.rows).toBe(1000)
  const number = (name: string) => {
    const column = table.columns[name]
    return column?.kind === 'number' ? Array.from(column.values.subarray(0, 4)) : []
  }
  expect(number('n')).toEqual([4000, 4001, 4002, 4003])
  expect(number('half')).toEqual([2000, 2000.5, Number.NaN, 2001.5])
  expect(number('even')).toEqual([1, 0, 1, 0])
  expect(number('at')).toEqual([0, 1, 2, 3].map(i => Date.UTC(2001, 3, 1) * 1000 + (4000 + i) * 1e6))
  expect(number('day')).toEqual([1, 1, 1, 1])
  expect(number('d')).toEqual([1000, 1000.25, 1000.5, 1000.75])
  const text = table.columns['odd name']
  expect(text?.kind === 'text' && [text.dictionary, Array.from(text.codes.subarray(0, 4))]).toEqual([
    ['a', 'b'],
    [0, -1, 1, 0],
  ])
})

test('an empty selection is a table without rows', async () => {
  const table = await reader.readColumns({
    files: [file],
    columns: ['n', 'odd name'],
    where: { column: '__split', equals: 'none' },
  })
  expect(table.rows).toBe(0)
})

test('a missing column, a list and a missing file are told apart', async () => {
  await expect(reader.readColumns({ files: [file], columns: ['nope'] })).rejects.toMatchObject({
    code: 'COLUMN_MISSING',
  })
  await expect(reader.readColumns({ files: [file], columns: ['list'] })).rejects.toMatchObject({
    code: 'TYPE_MISMATCH',
  })
  await expect(
    reader.readColumns({ files: [join(folder, 'none.parquet')], columns: ['n'] }),
  ).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
})
