import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kysely, sql } from 'kysely'
import { afterAll, describe, expect, it } from 'vitest'
import { sqliteDialect } from './dialect.ts'
import { execute } from './driver.ts'
import { loadSqlite } from './engine.ts'
import { openSqlite } from './open.ts'

interface Tables {
  t: { a: number | string | bigint | null }
}

describe('the SQLite dialect', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-sqlite-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  async function openTable(pragmas: readonly string[] = []): Promise<Kysely<Tables>> {
    const { DatabaseSync } = await loadSqlite()
    const database = new DatabaseSync(':memory:')
    execute(database, ['create table t (a)', ...pragmas])
    return new Kysely<Tables>({ dialect: sqliteDialect(database) })
  }

  it('reads integers exactly: numbers where they are safe, else bigints', async () => {
    const db = await openTable()
    const values = [0n, -1n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)]
    for (const a of values) await db.insertInto('t').values({ a }).execute()
    const rows = await db.selectFrom('t').select('a').execute()
    expect(rows.map(({ a }) => a)).toEqual([0, -1, 2 ** 53 - 1, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)])
    await db.destroy()
  })

  it('refuses what the engine would change silently', async () => {
    const db = await openTable()
    for (const a of [5e-324, 1e-17, -1e-17, Number.NaN]) {
      const insert = db.insertInto('t').values({ a }).execute()
      if (a === -1e-17) await insert
      else await expect(insert).rejects.toThrow('exactly')
    }
    await expect(db.insertInto('t').values({ a: 'x\u0000y' }).execute()).rejects.toThrow('U+0000')
    expect(await db.selectFrom('t').select('a').execute()).toEqual([{ a: -1e-17 }])
    await db.destroy()
  })

  it('rolls back, and says what returning and changes say', async () => {
    const db = await openTable()
    const failed = db.transaction().execute(async trx => {
      expect(await trx.insertInto('t').values({ a: 1 }).returning('a').execute()).toEqual([{ a: 1 }])
      throw new Error('stop')
    })
    await expect(failed).rejects.toThrow('stop')
    await db
      .insertInto('t')
      .values([{ a: 1 }, { a: 2 }])
      .execute()
    const { numUpdatedRows } = await db.updateTable('t').set({ a: 3 }).executeTakeFirstOrThrow()
    expect(numUpdatedRows).toBe(2n)
    await db.destroy()
  })

  it('refuses a query that outlives its transaction', async () => {
    const db = await openTable()
    const kept = await db.transaction().execute(async trx => trx)
    await expect(kept.insertInto('t').values({ a: 1 }).execute()).rejects.toThrow('already committed')
    await db.destroy()
  })

  it('leaves out row locks, which one writer does not need', async () => {
    const db = await openTable()
    expect(await db.selectFrom('t').select('a').forUpdate().execute()).toEqual([])
    await db.destroy()
  })

  it('calls a full store DISK_FULL, and goes on once there is room', async () => {
    const db = await openTable(['pragma max_page_count = 8'])
    const fill = db.transaction().execute(async trx => {
      for (let i = 0; i < 100; i++)
        await trx
          .insertInto('t')
          .values({ a: 'x'.repeat(4_000) })
          .execute()
    })
    await expect(fill).rejects.toMatchObject({ code: 'DISK_FULL' })
    expect(await db.selectFrom('t').select('a').execute()).toEqual([])
    await sql`pragma max_page_count = 1000`.execute(db)
    await db.insertInto('t').values({ a: 1 }).execute()
    expect(await db.selectFrom('t').select('a').execute()).toEqual([{ a: 1 }])
    await db.destroy()
  })

  it('does not write outside a transaction', async () => {
    const db = await openSqlite(join(folder, 'meta.sqlite'))
    await db.migrate()
    const event = { at: 1n, principal: 'p', action: 'a', object: 'o', details: null }
    await expect(db.read.audit.append(event)).rejects.toThrow('readonly')
    await db.close()
  })
})
