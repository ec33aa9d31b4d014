import { type Selectable, sql } from 'kysely'
import {
  type AuditEvent,
  type AuditLink,
  type AuditStore,
  auditHash,
  auditRoot,
} from '../../../governance/index.ts'
import { canonicalJson } from '../../../kernel/canonical.ts'
import { fromJsonText, type MicrosColumn, micros } from '../columns.ts'
import { pageLimit, readCursor, toPage, writeCursor } from '../keyset.ts'
import { type Connection, insertRows, runFixed } from './tracking/bulk.ts'

interface AuditEventRow {
  seq: number
  at: MicrosColumn
  principal: string
  action: string
  object: string
  details: string
  hash: string
}

export interface AuditTables {
  audit_events: AuditEventRow
}

/** Numbers and links the events, and writes them in one statement. Answers their numbers. */
async function appendEvents(
  connection: Connection,
  events: readonly Omit<AuditEvent, 'seq'>[],
): Promise<readonly number[]> {
  if (events.length === 0) return []
  const [head] = await runFixed<Pick<AuditEventRow, 'seq' | 'hash'>>(connection, 'audit head', {
    text: () => 'select seq, hash from audit_events order by seq desc limit 1',
    parameters: [],
  })
  let { seq, hash } = head ?? { seq: 0, hash: auditRoot }
  const numbers: number[] = []
  const rows = events.map(event => {
    seq += 1
    numbers.push(seq)
    hash = auditHash(hash, { ...event, seq })
    const { at, principal, action, object, details } = event
    return [seq, at, principal, action, object, canonicalJson(details), hash]
  })
  const columns = ['seq', 'at', 'principal', 'action', 'object', 'details', 'hash']
  await insertRows(connection, { table: 'audit_events', columns, rows })
  return numbers
}

export function auditStore(connection: Connection): AuditStore {
  const { db } = connection
  return {
    async append(event) {
      const [seq = 0] = await appendEvents(connection, [event])
      return { ...event, seq }
    },
    appendAll: async events => {
      await appendEvents(connection, events)
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
