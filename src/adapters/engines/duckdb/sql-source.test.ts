import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SourceData } from '../../../definitions/model.ts'
import { duckdb, engine, load, sourceOf, testFolder } from './testing/fixture.ts'

const folder = testFolder()
afterAll(folder.remove)
beforeAll(() => duckdb(`COPY (SELECT 1::BIGINT AS n) TO '${join(folder.path, 'base.parquet')}'`))

const base: SourceData = {
  ...sourceOf({ kind: 'parquet', path: 'base.parquet' }, { n: 'int64' }),
  name: 'base',
}

function selecting(...parts: readonly (string | { source: string })[]): SourceData {
  return sourceOf({ kind: 'sql', dialect: 'duckdb', parts }, { n: 'int64' })
}
const ref = { source: 'base' }

describe('SQL sources', () => {
  it('select from references, with and without an alias, and from their own common tables', async () => {
    const text = selecting(
      'WITH twice AS (SELECT 2 * n AS n FROM ',
      ref,
      ') SELECT twice.n + b.n AS n FROM twice, ',
      ref,
      ' b',
    )
    expect(await load(folder.path, base, text)).toEqual([[3]])
  })

  it.each([
    ['a table that is no reference', 'SQL_UNDECLARED_TABLE', 'SELECT n FROM src_base'],
    ['a table of a schema', 'SQL_UNDECLARED_TABLE', 'SELECT 1 AS n FROM information_schema.tables'],
    ['a file read by a function', 'SQL_UNDECLARED_TABLE', "SELECT 1 AS n FROM read_csv('/etc/hostname')"],
    ['a file named as a table', 'SQL_UNDECLARED_TABLE', "SELECT n FROM 'base.parquet'"],
    [
      'a file in a subquery',
      'SQL_UNDECLARED_TABLE',
      "SELECT (SELECT count(*) FROM read_text('/etc/hostname')) AS n",
    ],
    ['a definition', 'SQL_NOT_A_SELECT', 'DROP TABLE x'],
    ['a change', 'SQL_NOT_A_SELECT', 'INSERT INTO x VALUES (1)'],
    ['a copy', 'SQL_NOT_A_SELECT', "COPY (SELECT 1) TO '/tmp/x'"],
    ['a setting', 'SQL_NOT_A_SELECT', 'SET threads = 1'],
    ['a second statement', 'SQL_NOT_A_SELECT', 'SELECT 1 AS n; SELECT 2 AS n'],
    ['the clock', 'SQL_NOT_DETERMINISTIC', 'SELECT epoch_us(now()) AS n'],
    ['the date', 'SQL_NOT_DETERMINISTIC', 'SELECT year(current_date) AS n'],
    ['chance', 'SQL_NOT_DETERMINISTIC', 'SELECT (random() * 9)::BIGINT AS n'],
    ['bad syntax', 'SQL_ERROR', 'SELEC 1'],
  ])('refuse %s: %s', async (_, code, text) => {
    await expect(load(folder.path, base, selecting(text))).rejects.toMatchObject({ code })
  })

  it('must give the declared columns and no others', async () => {
    const loaded = load(folder.path, base, selecting("SELECT 'x' AS n, 1 AS m FROM ", ref))
    await expect(loaded).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' })
    await expect(loaded).rejects.toThrow(/"n" is VARCHAR, declared int64; "m" is not declared/)
  })

  it('run where the engine itself refuses other files, the network and settings', async () => {
    writeFileSync(join(folder.path, 'secret.csv'), 'a\n1\n')
    symlinkSync(join(folder.path, 'base.parquet'), join(folder.path, 'link.parquet'))
    const reach = { files: [join(folder.path, 'link.parquet')], folders: [] }
    const session = await engine.open({ projectFolder: folder.path, reach })
    try {
      await session.addSource({ ...base, from: { kind: 'parquet', path: 'link.parquet' } }, 'no')
      const n = [{ name: 'n', type: 'int64' as const }]
      expect(await session.rows('SELECT n FROM src_base', n)).toEqual([[1n]])
      for (const refused of [
        `SELECT count(*) AS n FROM read_csv('${join(folder.path, 'secret.csv')}')`,
        `COPY (SELECT 1) TO '${join(folder.path, 'out.csv')}'`,
        `ATTACH '${join(folder.path, 'other.duckdb')}'`,
        'INSTALL httpfs',
        'SET enable_external_access = true',
        'SET threads = 1',
      ])
        await expect(session.run(refused)).rejects.toThrow(/disabled|locked|Cannot/)
    } finally {
      await session.close()
    }
  })
})
