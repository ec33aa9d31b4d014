import type { Kysely, Selectable } from 'kysely'
import type { ModelRecord, ModelVersion, Stage, VersionRecord } from '../../../registry/index.ts'
import type { StoredVersion, VersionOrigin } from '../../../registry/ports.ts'
import { fromJsonText, type MicrosColumn, micros, type NullableMicrosColumn } from '../columns.ts'
import type { Schema } from '../schema.ts'

export interface RegistryTables {
  registered_models: {
    id: number
    name: string
    description: string
    kind: string
    created_at: MicrosColumn
    updated_at: MicrosColumn
    last_version: number
    deleted_at: NullableMicrosColumn
  }
  registered_model_tags: { model: number; key: string; value: string }
  /** `body`: every member of the version and of its origin that has no column. */
  registered_versions: {
    model: number
    version: number
    digest: string
    created_at: MicrosColumn
    updated_at: MicrosColumn
    deleted_at: NullableMicrosColumn
    run: string | null
    source: string | null
    stage: string
    description: string
    body: string
  }
  registered_version_tags: { model: number; version: number; key: string; value: string }
  registered_alias_events: {
    model: number
    seq: number
    alias: string
    version: number | null
    at: MicrosColumn
    by: string
    reason: string
  }
  /** Follows from registered_alias_events. */
  registered_aliases: { model: number; alias: string; version: number }
}

/** What `body` holds; rows made before dialects could register have no origin. */
export type VersionBody = Omit<ModelVersion, 'model' | 'version' | 'digest' | 'createdAt'> & {
  readonly origin?: Omit<VersionOrigin, 'source'>
}

/** Of a version made from facts, not by a dialect. */
export const ownOrigin: VersionOrigin = {
  source: null,
  location: null,
  loggedModel: null,
  runLink: null,
  status: 'ready',
  signatureGap: null,
  loader: null,
}

/** Models that are not deleted. */
export const models = (db: Kysely<Schema>) =>
  db.selectFrom('registered_models').selectAll().where('deleted_at', 'is', null)

/** The id behind a name, as a subquery. */
export const modelId = (db: Kysely<Schema>, name: string) =>
  db.selectFrom('registered_models').select('id').where('name', '=', name).where('deleted_at', 'is', null)

/** Versions that are not deleted, with the names of their models. */
export const versions = (db: Kysely<Schema>) =>
  db
    .selectFrom('registered_versions as v')
    .innerJoin('registered_models as m', 'm.id', 'v.model')
    .selectAll('v')
    .select('m.name')
    .where('m.deleted_at', 'is', null)
    .where('v.deleted_at', 'is', null)

/** Rows with their tags and aliases, in their order. */
export async function modelRecords(
  db: Kysely<Schema>,
  rows: readonly Selectable<RegistryTables['registered_models']>[],
): Promise<ModelRecord[]> {
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  const tags = await db.selectFrom('registered_model_tags').selectAll().where('model', 'in', ids).execute()
  const aliases = await db
    .selectFrom('registered_aliases')
    .selectAll()
    .where('model', 'in', ids)
    .orderBy('alias')
    .execute()
  return rows.map(row => ({
    id: String(row.id),
    name: row.name,
    description: row.description,
    kind: row.kind as ModelRecord['kind'],
    createdAt: micros(row.created_at),
    updatedAt: micros(row.updated_at),
    tags: sortedFacts(tags.filter(({ model }) => model === row.id)),
    aliases: Object.fromEntries(
      aliases.filter(({ model }) => model === row.id).map(({ alias, version }) => [alias, version]),
    ),
  }))
}

export type VersionRow = Selectable<RegistryTables['registered_versions']> & { readonly name: string }

/** Rows with their tags, in their order. */
export async function versionRecords(
  db: Kysely<Schema>,
  rows: readonly VersionRow[],
): Promise<StoredVersion[]> {
  if (rows.length === 0) return []
  const tags = await db
    .selectFrom('registered_version_tags')
    .selectAll()
    .where(eb =>
      eb(
        eb.refTuple('model', 'version'),
        'in',
        rows.map(row => eb.tuple(row.model, row.version)),
      ),
    )
    .execute()
  const byVersion = new Map<string, typeof tags>()
  for (const tag of tags) {
    const version = `${tag.model} ${tag.version}`
    byVersion.set(version, [...(byVersion.get(version) ?? []), tag])
  }
  return rows.map(row => toStoredVersion(row, byVersion.get(`${row.model} ${row.version}`) ?? []))
}

function toStoredVersion(
  row: VersionRow,
  tags: readonly { readonly key: string; readonly value: string }[],
): StoredVersion {
  const { origin, format, files, signature } = fromJsonText<VersionBody>(row.body)
  return {
    ...ownOrigin,
    ...origin,
    source: row.source,
    model: row.name,
    version: row.version,
    createdAt: micros(row.created_at),
    updatedAt: micros(row.updated_at),
    description: row.description,
    run: row.run,
    stage: row.stage as Stage,
    tags: sortedFacts(tags),
    format,
    files,
    signature,
    digest: row.digest,
  }
}

function sortedFacts(
  tags: readonly { readonly key: string; readonly value: string }[],
): VersionRecord['tags'] {
  return Object.fromEntries(
    [...tags].sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ key, value }) => [key, value]),
  )
}
