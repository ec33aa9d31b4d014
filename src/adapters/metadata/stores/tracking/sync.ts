import type { Kysely, Selectable } from 'kysely'
import type { ClientMark, SyncStore } from '../../../../experiments/index.ts'
import { type MicrosColumn, micros } from '../../columns.ts'
import type { Schema } from '../../schema.ts'

export interface SyncTables {
  store_identity: { place: number; id: string }
  sync_clients: {
    client: string
    sequence: number
    digest: string
    skew: MicrosColumn
    principal: string
    seen_at: MicrosColumn
  }
  sync_refusals: {
    client: string
    sequence: number
    run: string | null
    code: string
    message: string
    at: MicrosColumn
  }
}

/** Rows of one statement: databases take a limited number of values. */
const rowsAtOnce = 500

export function syncStore(db: Kysely<Schema>): SyncStore {
  const marks = db.selectFrom('sync_clients').selectAll()
  return {
    async identity() {
      return (await db.selectFrom('store_identity').select('id').executeTakeFirst())?.id
    },
    async identify(id) {
      await db
        .insertInto('store_identity')
        .values({ place: 1, id })
        .onConflict(conflict => conflict.column('place').doNothing())
        .execute()
    },
    async mark(client) {
      const row = await marks.where('client', '=', client).executeTakeFirst()
      return row && toMark(row)
    },
    async setMark({ client, seenAt, ...mark }) {
      const values = { ...mark, seen_at: seenAt }
      await db
        .insertInto('sync_clients')
        .values({ client, ...values })
        .onConflict(conflict => conflict.column('client').doUpdateSet(values))
        .execute()
    },
    async marks(limit) {
      return (await marks.orderBy('seen_at', 'desc').orderBy('client').limit(limit).execute()).map(toMark)
    },
    async addRefusals(client, refused, at) {
      for (let from = 0; from < refused.length; from += rowsAtOnce)
        await db
          .insertInto('sync_refusals')
          .values(refused.slice(from, from + rowsAtOnce).map(each => ({ ...each, client, at })))
          .execute()
    },
    async refusals(client, { from, to }) {
      const rows = await db
        .selectFrom('sync_refusals')
        .select(['sequence', 'run', 'code', 'message'])
        .where('client', '=', client)
        .where('sequence', '>=', from)
        .where('sequence', '<=', to)
        .orderBy('sequence')
        .execute()
      return rows.map(row => ({ ...row, sequence: Number(row.sequence) }))
    },
  }
}

function toMark({ sequence, skew, seen_at, ...row }: Selectable<SyncTables['sync_clients']>): ClientMark {
  return { ...row, sequence: Number(sequence), skew: micros(skew), seenAt: micros(seen_at) }
}
