import type { Kysely, Selectable } from 'kysely'
import type { Page, PageRequest } from '../../../kernel/unit-of-work.ts'
import type { AliasEvent, ModelVersion, RegisteredModel, RegistryStore } from '../../../registry/index.ts'
import type { VersionOrigin } from '../../../registry/ports.ts'
import { fromJsonText, micros, toJsonText } from '../columns.ts'
import { pageLimit, readCursor, toPage, writeCursor } from '../keyset.ts'
import type { Schema } from '../schema.ts'
import { registryRecordStore } from './registry-records.ts'
import {
  modelId,
  models,
  ownOrigin,
  type RegistryTables,
  type VersionBody,
  type VersionRow,
  versions,
} from './registry-rows.ts'

export function registryStore(db: Kysely<Schema>): RegistryStore {
  return {
    ...registryRecordStore(db),
    insertModel: model => insertModel(db, model),
    async findModel(name) {
      const row = await models(db).where('name', '=', name).executeTakeFirst()
      return row && toModel(row)
    },
    listModels: page => listModels(db, page),
    async reserveVersions(model, last) {
      await db
        .updateTable('registered_models')
        .set({ last_version: last })
        .where('name', '=', model)
        .where('deleted_at', 'is', null)
        .where('last_version', '<', last)
        .execute()
    },
    insertVersion: (version, origin) => insertVersion(db, version, origin),
    async findVersion(model, version) {
      const row = await versionsOf(db, model).where('v.version', '=', version).executeTakeFirst()
      return row && toVersion(row)
    },
    async findVersionByDigest(model, digest) {
      const row = await versionsOf(db, model)
        .where('v.digest', '=', digest)
        .orderBy('v.version')
        .executeTakeFirst()
      return row && toVersion(row)
    },
    async listVersions(model) {
      return (await versionsOf(db, model).orderBy('v.version').execute()).map(toVersion)
    },
    appendAliasEvent: event => appendAliasEvent(db, event),
    async aliasHistory(model) {
      const rows = await db
        .selectFrom('registered_alias_events')
        .selectAll()
        .where('model', '=', modelId(db, model))
        .orderBy('seq')
        .execute()
      return rows.map(({ seq: _, ...row }) => ({ ...row, model, at: micros(row.at) }))
    },
    async aliases(model) {
      const rows = await db
        .selectFrom('registered_aliases')
        .selectAll()
        .where('model', '=', modelId(db, model))
        .orderBy('alias')
        .execute()
      return Object.fromEntries(rows.map(({ alias, version }) => [alias, version]))
    },
  }
}

const versionsOf = (db: Kysely<Schema>, model: string) => versions(db).where('m.name', '=', model)

async function insertModel(
  db: Kysely<Schema>,
  { name, description, createdAt }: RegisteredModel,
): Promise<void> {
  const { last } = await db
    .selectFrom('registered_models')
    .select(eb => eb.fn.max('id').as('last'))
    .executeTakeFirstOrThrow()
  await db
    .insertInto('registered_models')
    .values({
      id: Number(last ?? 0) + 1,
      name,
      description,
      kind: 'model',
      created_at: createdAt,
      updated_at: createdAt,
      last_version: 0,
      deleted_at: null,
    })
    .execute()
}

async function listModels(db: Kysely<Schema>, page: PageRequest): Promise<Page<RegisteredModel>> {
  const limit = pageLimit(page)
  const [after] = readCursor('models', page, 1) ?? []
  let query = models(db).where('kind', '=', 'model').orderBy('name')
  if (after !== undefined) query = query.where('name', '>', String(after))
  const rows = await query.limit(limit + 1).execute()
  return toPage(rows, limit, { item: toModel, cursor: row => writeCursor('models', [row.name]) })
}

async function insertVersion(
  db: Kysely<Schema>,
  version: Omit<ModelVersion, 'version'>,
  { source, ...origin }: VersionOrigin = ownOrigin,
): Promise<ModelVersion> {
  const { model, digest, createdAt, ...body } = version
  const { id, last_version } = await db
    .updateTable('registered_models')
    .set(eb => ({ last_version: eb('last_version', '+', 1), updated_at: createdAt }))
    .where('name', '=', model)
    .where('deleted_at', 'is', null)
    .returning(['id', 'last_version'])
    .executeTakeFirstOrThrow()
  await db
    .insertInto('registered_versions')
    .values({
      model: id,
      version: last_version,
      digest,
      created_at: createdAt,
      updated_at: createdAt,
      deleted_at: null,
      run: version.experimentRun,
      source,
      stage: 'None',
      description: '',
      body: toJsonText({ ...body, origin }),
    })
    .execute()
  return { ...version, version: last_version }
}

async function appendAliasEvent(db: Kysely<Schema>, event: AliasEvent): Promise<void> {
  const { alias, version, at, by, reason } = event
  const { id: model } = await modelId(db, event.model).executeTakeFirstOrThrow()
  const last = await db
    .selectFrom('registered_alias_events')
    .select('seq')
    .where('model', '=', model)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  await db
    .insertInto('registered_alias_events')
    .values({ model, alias, version, at, by, reason, seq: (last?.seq ?? 0) + 1 })
    .execute()
  if (version === null) {
    await db.deleteFrom('registered_aliases').where('model', '=', model).where('alias', '=', alias).execute()
    return
  }
  await db
    .insertInto('registered_aliases')
    .values({ model, alias, version })
    .onConflict(conflict => conflict.columns(['model', 'alias']).doUpdateSet({ version }))
    .execute()
}

function toModel(row: Selectable<RegistryTables['registered_models']>): RegisteredModel {
  return { name: row.name, description: row.description, createdAt: micros(row.created_at) }
}

function toVersion(row: VersionRow): ModelVersion {
  const { origin: _, ...body } = fromJsonText<VersionBody>(row.body)
  const { name: model, version, digest } = row
  return { ...body, model, version, digest, createdAt: micros(row.created_at) }
}
