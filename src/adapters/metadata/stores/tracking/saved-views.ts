import type { Kysely, Selectable } from 'kysely'
import type { SavedView, SavedViewStore } from '../../../../experiments/index.ts'
import { fromJsonText, type MicrosColumn, micros, toJsonText } from '../../columns.ts'
import type { Schema } from '../../schema.ts'

export interface SavedViewTables {
  saved_views: { id: string; experiment: string; name: string; owner: string; version: number }
  saved_view_versions: {
    view: string
    version: number
    at: MicrosColumn
    by: string
    name: string
    content: string
  }
}

export function savedViewStore(db: Kysely<Schema>): SavedViewStore {
  const versionsOf = () =>
    db
      .selectFrom('saved_views')
      .innerJoin('saved_view_versions', 'saved_view_versions.view', 'saved_views.id')
      .selectAll('saved_view_versions')
      .select(['saved_views.experiment', 'saved_views.owner'])
  const newest = () => versionsOf().whereRef('saved_view_versions.version', '=', 'saved_views.version')
  const addVersion = ({ id, version, at, by, name, content }: SavedView) =>
    db
      .insertInto('saved_view_versions')
      .values({ view: id, version, at, by, name, content: toJsonText(content) })
      .execute()
  return {
    async insert(view) {
      const { id, experiment, name, owner, version } = view
      await db.insertInto('saved_views').values({ id, experiment, name, owner, version }).execute()
      await addVersion(view)
    },
    async append(view) {
      await db
        .updateTable('saved_views')
        .set({ name: view.name, version: view.version })
        .where('id', '=', view.id)
        .execute()
      await addVersion(view)
    },
    async find(id, version) {
      const query =
        version === undefined ? newest() : versionsOf().where('saved_view_versions.version', '=', version)
      const row = await query.where('saved_views.id', '=', id).executeTakeFirst()
      return row && toView(row)
    },
    async findByName(experiment, name) {
      const row = await newest()
        .where('saved_views.experiment', '=', experiment)
        .where('saved_views.name', '=', name)
        .executeTakeFirst()
      return row && toView(row)
    },
    async list(experiment) {
      const rows = await newest()
        .where('saved_views.experiment', '=', experiment)
        .orderBy('saved_views.name')
        .execute()
      return rows.map(toView)
    },
    async versions(id) {
      const rows = await db
        .selectFrom('saved_view_versions')
        .select(['version', 'at', 'by'])
        .where('view', '=', id)
        .orderBy('version', 'desc')
        .execute()
      return rows.map(({ version, at, by }) => ({ version: Number(version), at: micros(at), by }))
    },
    async remove(id) {
      await db.deleteFrom('saved_view_versions').where('view', '=', id).execute()
      await db.deleteFrom('saved_views').where('id', '=', id).execute()
    },
  }
}

type Row = Selectable<SavedViewTables['saved_view_versions']> &
  Pick<Selectable<SavedViewTables['saved_views']>, 'experiment' | 'owner'>

function toView(row: Row): SavedView {
  return {
    id: row.view,
    experiment: row.experiment,
    name: row.name,
    owner: row.owner,
    version: Number(row.version),
    at: micros(row.at),
    by: row.by,
    content: fromJsonText<SavedView['content']>(row.content),
  }
}
