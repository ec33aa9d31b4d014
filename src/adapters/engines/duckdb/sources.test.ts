import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { withPostgres } from '../../../../test/services/postgres.ts'
import type { SourceData } from '../../../definitions/model.ts'
import { duckdb, load, sourceOf, testFolder } from './testing/fixture.ts'

const folder = testFolder()
afterAll(folder.remove)
const at = (name: string): string => join(folder.path, name)

function parquet(name: string, columns: Parameters<typeof sourceOf>[1]): SourceData {
  return sourceOf({ kind: 'parquet', path: name }, columns)
}

describe('CSV', () => {
  const columns = { k: 'string', n: 'int64', x: 'float64', ok: 'bool', t: 'timestamp' } as const
  const csv = (path: string): SourceData => sourceOf({ kind: 'csv', path }, columns)

  it('reads declared columns in any order, quoted texts, empty as null and zones', async () => {
    writeFileSync(
      at('good.csv'),
      'extra,n,k,x,ok,t\n1,9007199254740993,"a, ""b""",1.5,true,2024-01-01T00:00:00+02:00\n2,,,,,2024-01-01 12:00:00\n',
    )
    const rows = await load(folder.path, csv('good.csv'))
    expect(rows).toEqual([
      ['a, "b"', '9007199254740993', 1.5, true, '2023-12-31T22:00:00.000000Z'],
      [null, null, null, null, '2024-01-01T12:00:00.000000Z'],
    ])
  })

  it.each([
    [
      'a text in a number',
      'k,n,x,ok,t\na,1,1,true,2024-01-01\na,one,1,true,2024-01-01\n',
      'row 2, column "n"',
    ],
    ['a number with a fraction', 'k,n,x,ok,t\na,1.5,1,true,2024-01-01\n', 'column "n"'],
    ['finer than microseconds', 'k,n,x,ok,t\na,1,1,true,2024-01-01T00:00:00.0000001Z\n', 'column "t"'],
    ['yes for true', 'k,n,x,ok,t\na,1,1,yes,2024-01-01\n', 'column "ok"'],
  ])('refuses %s and says where', async (_, text, place) => {
    writeFileSync(at('bad.csv'), text)
    const loaded = load(folder.path, csv('bad.csv'))
    await expect(loaded).rejects.toMatchObject({ code: 'SOURCE_BAD_VALUE' })
    await expect(loaded).rejects.toThrow(place)
  })
})

describe('tables and globs', () => {
  it('reads a table of a DuckDB file, also in a schema', async () => {
    await duckdb(
      `ATTACH '${at('shop.duckdb')}' AS shop`,
      'CREATE SCHEMA shop.eu',
      "CREATE TABLE shop.eu.orders AS SELECT 1::INTEGER AS n, 'x' AS k, 0.5::DECIMAL(4,2) AS price",
    )
    const source = sourceOf(
      { kind: 'duckdb', path: 'shop.duckdb', table: 'eu.orders' },
      { k: 'string', n: 'int64', price: 'decimal(6,3)' as never },
    )
    expect(await load(folder.path, source)).toEqual([['x', 1, '0.500']])
    await expect(
      load(folder.path, sourceOf({ kind: 'duckdb', path: 'shop.duckdb', table: 'gone' }, { n: 'int64' })),
    ).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
  })

  it('reads a table of Postgres without rounding, whatever the zone of the connection', async () => {
    const url = await withPostgres()
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(`ALTER DATABASE ${client.database} SET timezone = 'Pacific/Chatham'`)
    await client.query(
      'CREATE TABLE facts (n bigint, x float8, d numeric(6,3), b bytea, ok bool, t timestamptz, day date, k text)',
    )
    await client.query(
      `INSERT INTO facts VALUES (9007199254740993, 0.1, 1.5, '\\x00ff', true, '2024-01-01T00:00:00.123456Z', '2024-02-29', 'ä'), (NULL, 'NaN', NULL, NULL, false, NULL, NULL, '')`,
    )
    await client.end()
    process.env['FETTLE_TEST_FACTS'] = url
    const columns = {
      n: 'int64',
      x: 'float64',
      d: 'decimal(6,3)',
      b: 'bytes',
      ok: 'bool',
      t: 'timestamp',
      day: 'date',
      k: 'string',
    } as Parameters<typeof sourceOf>[1]
    const from = { kind: 'postgres', url: 'FETTLE_TEST_FACTS', table: 'facts' } as const
    expect(await load(folder.path, sourceOf(from, columns))).toEqual([
      ['9007199254740993', 0.1, '1.500', 'AP8=', true, '2024-01-01T00:00:00.123456Z', '2024-02-29', 'ä'],
      [null, 'NaN', null, null, false, null, null, ''],
    ])
    for (const broken of [
      { ...from, table: 'gone' },
      { ...from, url: 'FETTLE_TEST_UNSET' },
    ])
      await expect(load(folder.path, sourceOf(broken, columns))).rejects.toMatchObject({
        code: 'SOURCE_UNREADABLE',
      })
    await expect(load(folder.path, sourceOf(from, { absent: 'int64' }))).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
    })
  })

  it('reads all files of a glob', async () => {
    await duckdb(
      `COPY (SELECT 1::BIGINT AS n) TO '${at('part-1.parquet')}'`,
      `COPY (SELECT 2::BIGINT AS n) TO '${at('part-2.parquet')}'`,
    )
    const rows = await load(folder.path, parquet('part-*.parquet', { n: 'int64' }))
    expect(rows.flat().sort()).toEqual([1, 2])
  })
})

describe('times without a zone', () => {
  it('take the earlier of a repeated local time and move a skipped one forward, per row', async () => {
    await duckdb(
      `COPY (SELECT * FROM (VALUES ('America/New_York', TIMESTAMP '2024-11-03 01:30:00'), ('America/New_York', TIMESTAMP '2024-03-10 02:30:00'), ('Pacific/Chatham', TIMESTAMP '2024-06-01 00:00:00'), (NULL, NULL)) v(zone, t)) TO '${at('local.parquet')}'`,
    )
    const source = {
      ...parquet('local.parquet', { zone: 'string', t: 'timestamp' }),
      zone: { column: 'zone' },
    }
    expect(new Set((await load(folder.path, source)).map(row => row[1]))).toEqual(
      new Set([
        '2024-11-03T05:30:00.000000Z',
        '2024-03-10T07:30:00.000000Z',
        '2024-05-31T11:15:00.000000Z',
        null,
      ]),
    )
  })
})

describe('bad files', () => {
  it('a missing file, a column that is gone, a type that changed: each named', async () => {
    await expect(load(folder.path, parquet('absent.parquet', { n: 'int64' }))).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
    })
    await duckdb(`COPY (SELECT 'x' AS n, 1.5::DOUBLE AS x) TO '${at('changed.parquet')}'`)
    const loaded = load(folder.path, parquet('changed.parquet', { n: 'int64', gone: 'string', x: 'int64' }))
    await expect(loaded).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' })
    await expect(loaded).rejects.toThrow(
      /"n" is VARCHAR, declared int64; "gone" is missing; "x" is DOUBLE, declared int64/,
    )
  })

  it('a truncated Parquet file is named', async () => {
    await duckdb(`COPY (SELECT range AS n FROM range(100000)) TO '${at('cut.parquet')}'`)
    truncateSync(at('cut.parquet'), 20_000)
    const loaded = load(folder.path, parquet('cut.parquet', { n: 'int64' }))
    await expect(loaded).rejects.toMatchObject({ code: 'SOURCE_BAD_VALUE' })
    await expect(loaded).rejects.toThrow(/cut\.parquet/)
  })

  it('a time outside the years 0001 to 9999 is refused', async () => {
    await duckdb(`COPY (SELECT TIMESTAMP '12000-01-01' AS t) TO '${at('far.parquet')}'`)
    await expect(load(folder.path, parquet('far.parquet', { t: 'timestamp' }))).rejects.toMatchObject({
      code: 'SOURCE_BAD_VALUE',
    })
  })

  it('an empty table is a table', async () => {
    await duckdb(`COPY (SELECT 1::BIGINT AS n LIMIT 0) TO '${at('empty.parquet')}'`)
    expect(await load(folder.path, parquet('empty.parquet', { n: 'int64' }))).toEqual([])
  })
})
