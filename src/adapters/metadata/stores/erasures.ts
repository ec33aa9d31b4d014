import type { Kysely, Selectable } from 'kysely'
import type { Erasure, ErasureStore } from '../../../governance/index.ts'
import { fromJsonText, type MicrosColumn, micros, toJsonText } from '../columns.ts'
import type { Schema } from '../schema.ts'

export interface ErasureTables {
  erasures: {
    id: string
    entity: string
    token: string
    requested_at: MicrosColumn
    effective_at: MicrosColumn | null
    body: string
  }
}

export function erasureStore(db: Kysely<Schema>): ErasureStore {
  return {
    async insert(erasure) {
      await db.insertInto('erasures').values(toRow(erasure)).execute()
    },
    async update(erasure) {
      await db.updateTable('erasures').set(toRow(erasure)).where('id', '=', erasure.id).execute()
    },
    async find(id) {
      const row = await db.selectFrom('erasures').selectAll().where('id', '=', id).executeTakeFirst()
      return row && toErasure(row)
    },
    async findToken(entity, token) {
      const row = await db
        .selectFrom('erasures')
        .selectAll()
        .where('entity', '=', entity)
        .where('token', '=', token)
        .executeTakeFirst()
      return row && toErasure(row)
    },
    async list() {
      const rows = await db
        .selectFrom('erasures')
        .selectAll()
        .orderBy('requested_at', 'desc')
        .orderBy('id', 'desc')
        .execute()
      return rows.map(toErasure)
    },
  }
}

function toRow({ id, entity, token, requestedAt, effectiveAt, ...body }: Erasure) {
  return {
    id,
    entity,
    token,
    requested_at: requestedAt,
    effective_at: effectiveAt,
    body: toJsonText(body as never),
  }
}

function toErasure(row: Selectable<ErasureTables['erasures']>): Erasure {
  return {
    id: row.id,
    entity: row.entity,
    token: row.token,
    requestedAt: micros(row.requested_at),
    effectiveAt: row.effective_at === null ? null : micros(row.effective_at),
    ...fromJsonText<Omit<Erasure, 'id' | 'entity' | 'token' | 'requestedAt' | 'effectiveAt'>>(row.body),
  }
}
