import { type Kysely, type Selectable, sql } from 'kysely'
import type { Approval, ApprovalStore, Decision } from '../../../governance/index.ts'
import type { AliasRule, AliasRuleStore } from '../../../registry/ports.ts'
import {
  fromJsonText,
  type MicrosColumn,
  micros,
  microsOrNull,
  type NullableMicrosColumn,
  toJsonText,
} from '../columns.ts'
import { pageLimit, readCursor, toPage, writeCursor } from '../keyset.ts'
import type { Schema } from '../schema.ts'

export interface ApprovalTables {
  /** `body`: every member that has no column. */
  approvals: {
    seq: number
    id: string
    kind: string
    subject: string
    state: string
    requested_at: MicrosColumn
    expires_at: MicrosColumn
    closed_at: NullableMicrosColumn
    body: string
  }
  alias_rules: { model: string; alias: string; body: string }
}

export function approvalStore(db: Kysely<Schema>): ApprovalStore {
  return {
    async insertApproval(approval) {
      const { last } = await db
        .selectFrom('approvals')
        .select(sql<number | null>`max(seq)`.as('last'))
        .executeTakeFirstOrThrow()
      await db
        .insertInto('approvals')
        .values({ seq: Number(last ?? 0) + 1, ...toRow(approval) })
        .execute()
    },
    async findApproval(id) {
      const row = await db.selectFrom('approvals').selectAll().where('id', '=', id).executeTakeFirst()
      return row && toApproval(row)
    },
    async updateApproval(approval) {
      await db.updateTable('approvals').set(toRow(approval)).where('id', '=', approval.id).execute()
    },
    async listApprovals({ subject, kind, ...page }) {
      const limit = pageLimit(page)
      const scope = `approvals:${kind ?? ''}:${subject ?? ''}`
      const [before] = readCursor(scope, page, 1) ?? []
      let query = db.selectFrom('approvals').selectAll().orderBy('seq', 'desc')
      if (subject !== undefined) query = query.where('subject', '=', subject)
      if (kind !== undefined) query = query.where('kind', '=', kind)
      if (before !== undefined) query = query.where('seq', '<', Number(before))
      const rows = await query.limit(limit + 1).execute()
      return toPage(rows, limit, { item: toApproval, cursor: row => writeCursor(scope, [row.seq]) })
    },
  }
}

export function aliasRuleStore(db: Kysely<Schema>): AliasRuleStore {
  return {
    async putAliasRule(model, { alias, ...rule }) {
      const body = toJsonText(rule)
      await db
        .insertInto('alias_rules')
        .values({ model, alias, body })
        .onConflict(conflict => conflict.columns(['model', 'alias']).doUpdateSet({ body }))
        .execute()
    },
    async removeAliasRule(model, alias) {
      await db.deleteFrom('alias_rules').where('model', '=', model).where('alias', '=', alias).execute()
    },
    async listAliasRules(model) {
      const rows = await db
        .selectFrom('alias_rules')
        .selectAll()
        .where('model', '=', model)
        .orderBy('alias')
        .execute()
      return rows.map(({ alias, body }) => ({ ...fromJsonText<Omit<AliasRule, 'alias'>>(body), alias }))
    },
  }
}

function toRow(approval: Approval) {
  const { id, kind, subject, state, requestedAt, expiresAt, closedAt, decisions, ...body } = approval
  return {
    ...{ id, kind, subject, state, requested_at: requestedAt, expires_at: expiresAt, closed_at: closedAt },
    body: toJsonText({ ...body, decisions: decisions.map(each => ({ ...each, at: String(each.at) })) }),
  }
}

type Body = Pick<Approval, 'change' | 'bound' | 'reason' | 'requestedBy' | 'needed' | 'closedBecause'> & {
  readonly decisions: readonly (Omit<Decision, 'at'> & { readonly at: string })[]
}

function toApproval(row: Selectable<ApprovalTables['approvals']>): Approval {
  const { decisions, ...body } = fromJsonText<Body>(row.body)
  return {
    ...body,
    ...{ id: row.id, kind: row.kind, subject: row.subject, state: row.state as Approval['state'] },
    decisions: decisions.map(each => ({ ...each, at: BigInt(each.at) })),
    requestedAt: micros(row.requested_at),
    expiresAt: micros(row.expires_at),
    closedAt: microsOrNull(row.closed_at),
  }
}
