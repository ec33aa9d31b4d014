import { type Kysely, type Selectable, sql } from 'kysely'
import { type AuditLink, type AuditStore, auditHash, auditRoot } from '../../../governance/index.ts'
import { canonicalJson } from '../../../kernel/canonical.ts'
import { fromJsonText, type MicrosColumn, micros } from '../columns.ts'
import { pageLimit, readCursor, toPage, writeCursor } from '../keyset.ts'
import type { Schema } from '../schema.ts'

export interface AuditTables {
  audit_events: {
    seq: number
    at: MicrosColumn
    principal: string
    action: string
    object: string
    details: string
    hash: string
  }
}

export function auditStore(db: Kysely<Schema>): AuditStore {
  return {
    async append(event) {
      const head = await db
        .selectFrom('audit_events')
        .select(['seq', 'hash'])
        .orderBy('seq', 'desc')
        .limit(1)
        .executeTakeFirst()
      const numbered = { ...event, seq: (head?.seq ?? 0) + 1 }
      const hash = auditHash(head?.hash ?? auditRoot, numbered)
      const details = canonicalJson(event.details)
      await db
        .insertInto('audit_events')
        .values({ ...numbered, details, hash })
        .execute()
      return numbered
    },
    async list({ objectPrefix, ...page }) {
      const limit = pageLimit(page)
      const scope = `audit:${objectPrefix ?? ''}`
      const [before] = readCursor(scope, page, 1) ?? []
      let query = db.selectFrom('audit_events').selectAll().orderBy('seq', 'desc')
      if (before !== undefined) query = query.where('seq', '<', Number(before))
      if (objectPrefix !== undefined)
        query = query.where(
          sql<boolean>`substr(object, 1, length(cast(${objectPrefix} as text))) = ${objectPrefix}`,
        )
      const rows = await query.limit(limit + 1).execute()
      return toPage(rows, limit, {
        item: row => withoutHash(toLink(row)),
        cursor: row => writeCursor(scope, [row.seq]),
      })
    },
    async links({ after, limit }) {
      const rows = await db
        .selectFrom('audit_events')
        .selectAll()
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(limit)
        .execute()
      return rows.map(toLink)
    },
  }
}

function toLink(row: Selectable<AuditTables['audit_events']>): AuditLink {
  return { ...row, at: micros(row.at), details: fromJsonText(row.details) }
}

function withoutHash({ hash: _, ...event }: AuditLink) {
  return event
}
