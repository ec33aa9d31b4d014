import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withPostgres } from '../../../test/services/postgres.ts'
import { writeParquet } from '../../../test/support/batch-ground.ts'
import type { Field, Value } from '../../kernel/values/index.ts'
import { writeDuckDBTable } from './duckdb.ts'
import { writePostgresTable } from './postgres.ts'

const fields: Field[] = [
  { name: 'row', type: 'int64' },
  { name: 'departed', type: 'timestamp' },
  { name: 'score', type: 'float64' },
  { name: 'action', type: 'string' },
]
const part = (from: number): Value[][] =>
  Array.from({ length: 3_000 }, (_, i) => [
    BigInt(from + i),
    990_097_080_000_123n,
    Math.sin(from + i) / 3,
    i % 2 === 0 ? 'warn' : null,
  ])

describe('outputs in a table', () => {
  let folder: string
  let files: { partition: number; path: string }[]
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fettle-tables-'))
    files = [0, 1].map(partition => ({ partition, path: join(folder, `${partition}.parquet`) }))
    for (const { partition, path } of files)
      await writeParquet(path, { fields, rows: part(partition * 3_000) })
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('DuckDB: there once however often it is written, beside other jobs; other columns are refused whole', async () => {
    const path = join(folder, 'scores.duckdb')
    const count = async (): Promise<unknown[][]> => {
      const instance = await DuckDBInstance.create(path)
      const connection = await instance.connect()
      const found = await connection.runAndReadAll(
        'SELECT job, count(*)::INTEGER, count(DISTINCT "row")::INTEGER FROM late GROUP BY job ORDER BY job',
      )
      connection.closeSync()
      instance.closeSync()
      return found.getRows()
    }
    await writeDuckDBTable({ path, table: 'late', job: 'bj-1' }, files.slice(0, 1))
    await writeDuckDBTable({ path, table: 'late', job: 'bj-1' }, files)
    await writeDuckDBTable({ path, table: 'late', job: 'bj-2' }, files)
    const both = [
      ['bj-1', 6_000, 6_000],
      ['bj-2', 6_000, 6_000],
    ]
    expect(await count()).toEqual(both)
    const other = join(folder, 'other.parquet')
    await writeParquet(other, { fields: [{ name: 'else', type: 'string' }], rows: [['x']] })
    const wrong = writeDuckDBTable({ path, table: 'late', job: 'bj-1' }, [{ partition: 0, path: other }])
    await expect(wrong).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' })
    expect(await count()).toEqual(both)
  })

  it('Postgres: partition by partition, each once, bits and instants as they were', async () => {
    process.env['BATCH_TABLE_URL'] = await withPostgres()
    const target = { url: 'BATCH_TABLE_URL', table: 'late_scores', job: 'bj-1' }
    await writePostgresTable(target, files.slice(1))
    await writePostgresTable(target, files)
    await writePostgresTable(target, files)
    const client = new pg.Client({ connectionString: process.env['BATCH_TABLE_URL'] })
    await client.connect()
    const { rows } = await client.query(
      'SELECT "row"::text, departed::text, score, action FROM late_scores ORDER BY late_scores."row"',
    )
    const ledger = await client.query(
      'SELECT partition::text FROM late_scores_partitions ORDER BY late_scores_partitions.partition',
    )
    await client.query('DROP TABLE late_scores, late_scores_partitions')
    await client.end()
    expect(rows).toHaveLength(6_000)
    expect(rows.every((row, i) => Object.is(row.score, Math.sin(i) / 3))).toBe(true)
    expect(rows[4_001]).toMatchObject({ row: '4001', departed: '2001-05-17 10:58:00.000123', action: null })
    expect(ledger.rows.map(({ partition }) => partition)).toEqual(['0', '1'])
    await expect(writePostgresTable({ ...target, url: 'NO_SUCH' }, files)).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
    })
  })
})
