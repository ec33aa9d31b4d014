import type { Kysely } from 'kysely'
import type { Micros } from '../../../kernel/time.ts'
import type { RecordStore, StoredVersion } from '../../../registry/ports.ts'
import type { Schema } from '../schema.ts'
import { modelId, modelRecords, models, versionRecords, versions } from './registry-rows.ts'
import { scanModels, scanVersions } from './registry-scan.ts'

/** Models and versions as dialects see them: one row each, with tags and what may change. */
export function registryRecordStore(db: Kysely<Schema>): RecordStore {
  return {
    async findModelRecord(name) {
      const [found] = await modelRecords(db, await models(db).where('name', '=', name).execute())
      return found
    },
    changeModel: (name, change) => changeModel(db, name, change),
    hideModel: (name, at) => hideModel(db, name, at),
    async setModelTag(model, key, value) {
      const { id } = await modelId(db, model).executeTakeFirstOrThrow()
      await db
        .insertInto('registered_model_tags')
        .values({ model: id, key, value })
        .onConflict(conflict => conflict.columns(['model', 'key']).doUpdateSet({ value }))
        .execute()
    },
    async removeModelTag(model, key) {
      await db
        .deleteFrom('registered_model_tags')
        .where('model', '=', modelId(db, model))
        .where('key', '=', key)
        .execute()
    },
    scanModels: scan => scanModels(db, scan),
    async findVersionRecord(model, version) {
      const row = await versions(db).where('m.name', '=', model).where('v.version', '=', version).execute()
      return (await versionRecords(db, row))[0]
    },
    async listVersionRecords(model) {
      const rows = await versions(db).where('m.name', '=', model).orderBy('v.version').execute()
      return versionRecords(db, rows)
    },
    latestVersionRecords: names => inParts(names, part => latestVersions(db, part)),
    async aliasesOf(names) {
      const rows = await inParts(names, part =>
        db
          .selectFrom('registered_aliases as a')
          .innerJoin('registered_models as m', 'm.id', 'a.model')
          .select(['m.name', 'a.alias', 'a.version'])
          .where('m.name', 'in', part)
          .where('m.deleted_at', 'is', null)
          .orderBy('a.alias')
          .execute(),
      )
      const found = new Map<string, Record<string, number>>(names.map(name => [name, {}]))
      for (const { name, alias, version } of rows) Object.assign(found.get(name) ?? {}, { [alias]: version })
      return found
    },
    changeVersions: (of, change) => changeVersions(db, of, change),
    async hideVersion(model, version, at) {
      await db
        .updateTable('registered_versions')
        .set({ deleted_at: at })
        .where('model', '=', modelId(db, model))
        .where('version', '=', version)
        .execute()
    },
    async setVersionTag({ model, version }, key, value) {
      const { id } = await modelId(db, model).executeTakeFirstOrThrow()
      await db
        .insertInto('registered_version_tags')
        .values({ model: id, version, key, value })
        .onConflict(conflict => conflict.columns(['model', 'version', 'key']).doUpdateSet({ value }))
        .execute()
    },
    async removeVersionTag({ model, version }, key) {
      await db
        .deleteFrom('registered_version_tags')
        .where('model', '=', modelId(db, model))
        .where('version', '=', version)
        .where('key', '=', key)
        .execute()
    },
    scanVersions: scan => scanVersions(db, scan),
    async versionsFrom(source) {
      const rows = await versions(db).where('v.source', '=', source).orderBy('v.created_at').execute()
      return rows.map(({ name, version }) => ({ model: name, version }))
    },
  }
}

/** As many names as every database takes in one statement. */
const mostNames = 500

async function inParts<Row>(
  names: readonly string[],
  find: (part: readonly string[]) => Promise<readonly Row[]>,
): Promise<Row[]> {
  const found: Row[] = []
  for (let at = 0; at < names.length; at += mostNames)
    found.push(...(await find(names.slice(at, at + mostNames))))
  return found
}

async function latestVersions(db: Kysely<Schema>, names: readonly string[]): Promise<StoredVersion[]> {
  const rows = await versions(db)
    .innerJoin(
      eb =>
        eb
          .selectFrom('registered_versions as n')
          .innerJoin('registered_models as o', 'o.id', 'n.model')
          .select([
            'n.model',
            'n.stage',
            fn => fn.fn.max('n.version').as('version'),
            fn => fn.fn.min('n.version').as('since'),
          ])
          .where('o.name', 'in', names)
          .where('o.deleted_at', 'is', null)
          .where('n.deleted_at', 'is', null)
          .groupBy(['n.model', 'n.stage'])
          .as('newest'),
      join => join.onRef('newest.model', '=', 'v.model').onRef('newest.version', '=', 'v.version'),
    )
    .orderBy('m.name')
    .orderBy('newest.since')
    .execute()
  return versionRecords(db, rows)
}

async function changeModel(
  db: Kysely<Schema>,
  model: string,
  change: Parameters<RecordStore['changeModel']>[1],
): Promise<void> {
  const { updatedAt, ...columns } = change
  await db
    .updateTable('registered_models')
    .set({ ...columns, ...(updatedAt === undefined ? {} : { updated_at: updatedAt }) })
    .where('name', '=', model)
    .where('deleted_at', 'is', null)
    .execute()
}

async function hideModel(db: Kysely<Schema>, name: string, at: Micros): Promise<void> {
  const { id } = await modelId(db, name).executeTakeFirstOrThrow()
  await db
    .updateTable('registered_versions')
    .set({ deleted_at: at })
    .where('model', '=', id)
    .where('deleted_at', 'is', null)
    .execute()
  await db.updateTable('registered_models').set({ deleted_at: at }).where('id', '=', id).execute()
}

async function changeVersions(
  db: Kysely<Schema>,
  of: { readonly model: string; readonly version?: number },
  { updatedAt, ...columns }: Parameters<RecordStore['changeVersions']>[1],
): Promise<void> {
  let query = db
    .updateTable('registered_versions')
    .set({ ...columns, updated_at: updatedAt })
    .where('model', '=', modelId(db, of.model))
    .where('deleted_at', 'is', null)
  if (of.version !== undefined) query = query.where('version', '=', of.version)
  await query.execute()
}
