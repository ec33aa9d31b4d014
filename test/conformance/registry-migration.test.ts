import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, describe, expect, it } from 'vitest'
import type { MetadataDatabase } from '../../src/adapters/metadata/index.ts'
import { type Migration, migrations } from '../../src/adapters/metadata/migrations/index.ts'
import { openPostgres } from '../../src/adapters/metadata/postgres/open.ts'
import { openSqlite } from '../../src/adapters/metadata/sqlite/open.ts'
import { settableClock } from '../../src/kernel/clock.ts'
import { createRegistryService, type ModelVersion } from '../../src/registry/index.ts'
import { withPostgres } from '../services/postgres.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-registry-migration-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const body: Omit<ModelVersion, 'model' | 'version' | 'createdAt' | 'digest'> = {
  experimentRun: `run_${'a'.repeat(32)}`,
  pipelineRun: 'prn_1',
  format: 'linear',
  signature: { inputs: [], outputs: [] },
  metrics: { auc: 0.75 },
  trainingSet: null,
  environment: { node: '20' },
  files: [],
  evaluation: null,
}

/** What a store of the version before may hold: two models, of which the later one sorts first. */
const formerRows: Migration = {
  id: '011-zz-former-rows',
  async up(db) {
    await sql`insert into models values ('zeta', 'first', 10, 3), ('alpha', 'second', 20, 1)`.execute(db)
    for (const [model, version] of [
      ['zeta', 1],
      ['zeta', 3],
      ['alpha', 1],
    ] as const)
      await sql`insert into model_versions values (${model}, ${sql.lit(version)}, ${`d${version}`}, 30,
        ${JSON.stringify(body)})`.execute(db)
    await sql`insert into alias_events values ('zeta', 1, 'champion', 1, 40, 'ada', 'good'),
      ('zeta', 2, 'champion', null, 50, 'ada', ''), ('zeta', 3, 'champion', 3, 60, 'bob', 'better')`.execute(
      db,
    )
    await sql`insert into model_aliases values ('zeta', 'champion', 3)`.execute(db)
    const release = JSON.stringify({ model: { name: 'zeta', version: 3 } })
    await sql`insert into releases (deployment, number, digest, body, deployed_at, "by", reason)
      values ('live', 1, 'd', ${release}, 70, 'ada', '')`.execute(db)
  },
}

const at = migrations.findIndex(({ id }) => id === '012-registry')
const list = [...migrations.slice(0, at), formerRows, ...migrations.slice(at)]

const stores: Readonly<Record<string, () => Promise<MetadataDatabase>>> = {
  SQLite: () => openSqlite(join(folder, 'meta.sqlite'), list),
  Postgres: async () => openPostgres(await withPostgres(), list),
}

describe.each(Object.keys(stores))('models of the version before on %s', kind => {
  it('keep their versions, aliases, history and releases', async () => {
    const db = await (stores[kind] ?? (() => Promise.reject(new Error('unreachable'))))()
    await db.migrate()
    const service = createRegistryService({ uow: db, clock: settableClock(100n) })
    expect((await service.listModels({})).items).toEqual([
      { name: 'alpha', description: 'second', createdAt: 20n },
      { name: 'zeta', description: 'first', createdAt: 10n },
    ])
    const version = { model: 'zeta', createdAt: 30n, ...body }
    expect(await service.listVersions('zeta')).toEqual([
      { ...version, version: 1, digest: 'd1' },
      { ...version, version: 3, digest: 'd3' },
    ])
    expect(await db.read.registry.findVersionRecord('zeta', 3)).toMatchObject({
      run: 'a'.repeat(32),
      stage: 'None',
      source: null,
      location: null,
      tags: {},
    })
    expect(await service.aliases('zeta')).toEqual({ champion: 3 })
    expect((await service.aliasHistory('zeta')).map(({ version, at, by }) => [version, at, by])).toEqual([
      [1, 40n, 'ada'],
      [null, 50n, 'ada'],
      [3, 60n, 'bob'],
    ])
    expect(await db.read.deployments.releasesOf('zeta')).toEqual([
      { deployment: 'live', number: 1, version: 3, current: false },
    ])
    const files = [{ path: 'a', hash: `sha256:${'b'.repeat(64)}`, bytes: 1 }]
    expect((await service.registerVersion({ ...body, model: 'zeta', files })).version).toBe(4)
    await db.close()
  })
})
