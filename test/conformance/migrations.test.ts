import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { MetadataDatabase } from '../../src/adapters/metadata/index.ts'
import { type Migration, migrations } from '../../src/adapters/metadata/migrations/index.ts'
import { openPostgres } from '../../src/adapters/metadata/postgres/open.ts'
import { openSqlite } from '../../src/adapters/metadata/sqlite/open.ts'
import { withPostgres } from '../services/postgres.ts'

type Open = (list?: readonly Migration[]) => Promise<MetadataDatabase>

const folder = mkdtempSync(join(tmpdir(), 'fettle-migrations-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let serial = 0

/** Each call answers an opener of one new store. */
const stores: Readonly<Record<string, () => Promise<Open>>> = {
  SQLite: async () => {
    const path = join(folder, `${++serial}.sqlite`)
    return list => openSqlite(path, list)
  },
  Postgres: async () => {
    const url = await withPostgres()
    return list => openPostgres(url, list)
  },
}
const ids = migrations.map(({ id }) => id)

describe.each(Object.keys(stores))('migrations on %s', kind => {
  const fresh = () => (stores[kind] ?? (() => Promise.reject(new Error('unreachable'))))()

  async function withStore<Result>(
    open: Promise<MetadataDatabase>,
    use: (db: MetadataDatabase) => Promise<Result>,
  ): Promise<Result> {
    const db = await open
    try {
      return await use(db)
    } finally {
      await db.close()
    }
  }

  it('rise by number and apply once, from empty', async () => {
    expect(ids).toEqual([...ids].sort())
    const open = await fresh()
    expect(await withStore(open(), db => db.migrate())).toEqual(ids)
    expect(await withStore(open(), db => db.migrate())).toEqual([])
  })

  it('apply from each version before, keeping what was there', async () => {
    const event = { at: 1n, principal: 'p', action: 'a', object: 'kept', details: null }
    for (let count = 1; count < migrations.length; count++) {
      const open = await fresh()
      await withStore(open(migrations.slice(0, count)), async db => {
        await db.migrate()
        await db.transaction(stores => stores.audit.append(event))
      })
      await withStore(open(), async db => {
        expect(await db.migrate()).toEqual(ids.slice(count))
        expect((await db.read.audit.list({})).items).toEqual([{ ...event, seq: 1 }])
      })
    }
  })

  it('apply once when two processes start at the same time', async () => {
    const open = await fresh()
    const both = await Promise.all([open(), open()])
    const applied = await Promise.all(both.map(db => db.migrate()))
    await Promise.all(both.map(db => db.close()))
    expect(applied.map(list => list.length).sort()).toEqual([0, ids.length].sort())
  })

  it('refuse a store of a newer program, and one whose migration was other', async () => {
    const open = await fresh()
    await withStore(open(), db => db.migrate())
    const older = withStore(open(migrations.slice(0, 1)), db => db.migrate())
    await expect(older).rejects.toMatchObject({ code: 'METADATA_TOO_NEW' })
    const changed = migrations.map(
      (migration, i): Migration =>
        i === 0 ? { ...migration, up: migrations[1]?.up ?? migration.up } : migration,
    )
    await expect(withStore(open(changed), db => db.migrate())).rejects.toMatchObject({
      code: 'MIGRATION_CHANGED',
    })
  })

  it('leave nothing of a migration that fails', async () => {
    const open = await fresh()
    const broken: Migration = {
      id: '999-broken',
      async up(db, { text }) {
        await db.schema.createTable('half').addColumn('a', text).execute()
        await db.schema.createTable('half').addColumn('a', text).execute()
      },
    }
    await expect(withStore(open([...migrations, broken]), db => db.migrate())).rejects.toThrow(/half/)
    expect(await withStore(open(), db => db.migrate())).toEqual(ids)
  })
})
