import { type CreateTableBuilder, sql } from 'kysely'
import type { Migration } from './index.ts'

const columns = [
  'model',
  'key',
  'dataset_name',
  'dataset_digest',
  'step',
  'at',
  'nan',
  'value',
  'run',
] as const

/** Every point that was measured of a logged model, where 011-tracking kept the latest of each name and dataset. */
export const modelPoints: Migration = {
  id: '019-model-points',
  async up(db, { text, integer }) {
    let table: CreateTableBuilder<string, string> = db.schema.createTable('logged_model_points')
    for (const column of columns) {
      const type = column === 'run' || column.startsWith('dataset') ? text : integer
      table = table.addColumn(column, type, each => each.notNull())
    }
    await table.addPrimaryKeyConstraint('logged_model_points_pk', [...columns]).execute()
    const names = sql.join(columns.map(column => sql.ref(column)))
    await sql`insert into logged_model_points (${names}) select ${names} from logged_model_metrics`.execute(
      db,
    )
    await db.schema.dropTable('logged_model_metrics').execute()
  },
}
