import type { Kysely, Selectable } from 'kysely'
import type { ReproductionReport, ReproductionStore, StoredReport } from '../../../reproduction/index.ts'
import { fromJsonText, type MicrosColumn, micros, toJsonText } from '../columns.ts'
import type { Schema } from '../schema.ts'

interface ReportTable {
  id: string
  model: string
  version: number
  at: MicrosColumn
  hash: string
  body: string
}

export interface ReproductionTables {
  reproduction_facts: { kind: string; subject: string; at: MicrosColumn; body: string }
  reproduction_reports: ReportTable
}

export function reproductionStore(db: Kysely<Schema>): ReproductionStore {
  return {
    async put({ kind, subject, at, body }) {
      const text = toJsonText(body)
      await db
        .insertInto('reproduction_facts')
        .values({ kind, subject, at, body: text })
        .onConflict(conflict => conflict.columns(['kind', 'subject']).doUpdateSet({ at, body: text }))
        .execute()
    },
    async find(kind, subject) {
      const row = await db
        .selectFrom('reproduction_facts')
        .select(['at', 'body'])
        .where('kind', '=', kind)
        .where('subject', '=', subject)
        .executeTakeFirst()
      return row && { at: micros(row.at), body: fromJsonText(row.body) }
    },
    async insertReport({ hash, at, report }) {
      const { id, model, version } = report
      await db
        .insertInto('reproduction_reports')
        .values({ id, model, version, at, hash, body: toJsonText(report) })
        .execute()
    },
    async findReport(id) {
      const row = await db
        .selectFrom('reproduction_reports')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst()
      return row && toReport(row)
    },
    async listReports({ model, version }) {
      const rows = await db
        .selectFrom('reproduction_reports')
        .selectAll()
        .where('model', '=', model)
        .where('version', '=', version)
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .execute()
      return rows.map(toReport)
    },
  }
}

function toReport({ hash, at, body }: Selectable<ReportTable>): StoredReport {
  return { hash, at: micros(at), report: fromJsonText<ReproductionReport>(body) }
}
