import type { Kysely, Selectable } from 'kysely'
import type { Page, PageRequest } from '../../../kernel/unit-of-work.ts'
import type { AliasEvent, ModelVersion, RegisteredModel, RegistryStore } from '../../../registry/index.ts'
import { fromJsonText, type MicrosColumn, micros, toJsonText } from '../columns.ts'
import { pageLimit, readCursor, toPage, writeCursor } from '../keyset.ts'
import type { Schema } from '../schema.ts'

export interface RegistryTables {
  models: { name: string; description: string; created_at: MicrosColumn; last_version: number }
  /** `body`: every member of the version that has no column. */
  model_versions: { model: string; version: number; digest: string; created_at: MicrosColumn; body: string }
  alias_events: {
    model: string
    seq: number
    alias: string
    version: number | null
    at: MicrosColumn
    by: string
    reason: string
  }
  /** Follows from alias_events. */
  model_aliases: { model: string; alias: string; version: number }
}

export function registryStore(db: Kysely<Schema>): RegistryStore {
  return {
    async insertModel({ name, description, createdAt }) {
      await db
        .insertInto('models')
        .values({ name, description, created_at: createdAt, last_version: 0 })
        .execute()
    },
    async findModel(name) {
      const row = await db.selectFrom('models').selectAll().where('name', '=', name).executeTakeFirst()
      return row && toModel(row)
    },
    listModels: page => listModels(db, page),
    insertVersion: version => insertVersion(db, version),
    async findVersion(model, version) {
      const row = await versions(db, model).where('version', '=', version).executeTakeFirst()
      return row && toVersion(row)
    },
    async findVersionByDigest(model, digest) {
      const row = await versions(db, model).where('digest', '=', digest).executeTakeFirst()
      return row && toVersion(row)
    },
    async listVersions(model) {
      return (await versions(db, model).orderBy('version').execute()).map(toVersion)
    },
    appendAliasEvent: event => appendAliasEvent(db, event),
    async aliasHistory(model) {
      const rows = await db
        .selectFrom('alias_events')
        .selectAll()
        .where('model', '=', model)
        .orderBy('seq')
        .execute()
      return rows.map(({ seq: _, ...row }) => ({ ...row, at: micros(row.at) }))
    },
    async aliases(model) {
      const rows = await db
        .selectFrom('model_aliases')
        .selectAll()
        .where('model', '=', model)
        .orderBy('alias')
        .execute()
      return Object.fromEntries(rows.map(({ alias, version }) => [alias, version]))
    },
  }
}

const versions = (db: Kysely<Schema>, model: string) =>
  db.selectFrom('model_versions').selectAll().where('model', '=', model)

async function listModels(db: Kysely<Schema>, page: PageRequest): Promise<Page<RegisteredModel>> {
  const limit = pageLimit(page)
  const [after] = readCursor('models', page, 1) ?? []
  let query = db.selectFrom('models').selectAll().orderBy('name')
  if (after !== undefined) query = query.where('name', '>', String(after))
  const rows = await query.limit(limit + 1).execute()
  return toPage(rows, limit, { item: toModel, cursor: row => writeCursor('models', [row.name]) })
}

async function insertVersion(
  db: Kysely<Schema>,
  version: Omit<ModelVersion, 'version'>,
): Promise<ModelVersion> {
  const { model, digest, createdAt, ...body } = version
  const { last_version } = await db
    .updateTable('models')
    .set(eb => ({ last_version: eb('last_version', '+', 1) }))
    .where('name', '=', model)
    .returning('last_version')
    .executeTakeFirstOrThrow()
  await db
    .insertInto('model_versions')
    .values({ model, version: last_version, digest, created_at: createdAt, body: toJsonText(body) })
    .execute()
  return { ...version, version: last_version }
}

async function appendAliasEvent(db: Kysely<Schema>, event: AliasEvent): Promise<void> {
  const { model, alias, version } = event
  const last = await db
    .selectFrom('alias_events')
    .select('seq')
    .where('model', '=', model)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  await db
    .insertInto('alias_events')
    .values({ ...event, seq: (last?.seq ?? 0) + 1 })
    .execute()
  if (version === null) {
    await db.deleteFrom('model_aliases').where('model', '=', model).where('alias', '=', alias).execute()
    return
  }
  await db
    .insertInto('model_aliases')
    .values({ model, alias, version })
    .onConflict(conflict => conflict.columns(['model', 'alias']).doUpdateSet({ version }))
    .execute()
}

function toModel(row: Selectable<RegistryTables['models']>): RegisteredModel {
  return { name: row.name, description: row.description, createdAt: micros(row.created_at) }
}

type VersionBody = Omit<ModelVersion, 'model' | 'version' | 'digest' | 'createdAt'>

function toVersion(row: Selectable<RegistryTables['model_versions']>): ModelVersion {
  const { model, version, digest } = row
  return { ...fromJsonText<VersionBody>(row.body), model, version, digest, createdAt: micros(row.created_at) }
}
