import type { Kysely } from 'kysely'
import type { CardNote, CardStore, ModelCard } from '../../../registry/ports.ts'
import { fromJsonText, type MicrosColumn, micros, toJsonText } from '../columns.ts'
import type { Schema } from '../schema.ts'

export interface CardTables {
  model_cards: { digest: string; at: MicrosColumn; body: string }
  model_card_notes: { digest: string; field: string; text: string; by: string; at: MicrosColumn }
}

export function cardStore(db: Kysely<Schema>): CardStore {
  return {
    async findFrozenCard(digest) {
      const row = await db
        .selectFrom('model_cards')
        .select('body')
        .where('digest', '=', digest)
        .executeTakeFirst()
      return row && fromJsonText<ModelCard>(row.body)
    },
    async freezeCard(card, at) {
      await db
        .insertInto('model_cards')
        .values({ digest: card.digest, at, body: toJsonText(card) })
        .onConflict(conflict => conflict.column('digest').doNothing())
        .execute()
    },
    async putCardNote(digest, { field, text, by, at }) {
      await db
        .insertInto('model_card_notes')
        .values({ digest, field, text, by, at })
        .onConflict(conflict => conflict.columns(['digest', 'field']).doUpdateSet({ text, by, at }))
        .execute()
    },
    async listCardNotes(digest) {
      const rows = await db
        .selectFrom('model_card_notes')
        .selectAll()
        .where('digest', '=', digest)
        .orderBy('field')
        .execute()
      return rows.map(({ field, text, by, at }) => ({
        ...{ field: field as CardNote['field'], text, by },
        at: micros(at),
      }))
    },
  }
}
