import type { Kysely } from 'kysely'
import type { SignatureStore, StoredSignature } from '../../../registry/ports.ts'
import { type MicrosColumn, micros } from '../columns.ts'
import type { Schema } from '../schema.ts'

export interface SignatureTables {
  version_signatures: { digest: string; kind: string; bundle: string; at: MicrosColumn; by: string }
}

export function signatureStore(db: Kysely<Schema>): SignatureStore {
  return {
    async putSignature({ digest, kind, bundle, at, by }) {
      await db
        .insertInto('version_signatures')
        .values({ digest, kind, bundle, at, by })
        .onConflict(conflict => conflict.columns(['digest', 'kind']).doUpdateSet({ bundle, at, by }))
        .execute()
    },
    async findSignature(digest, kind) {
      const row = await db
        .selectFrom('version_signatures')
        .selectAll()
        .where('digest', '=', digest)
        .where('kind', '=', kind)
        .executeTakeFirst()
      return row && { ...row, kind: row.kind as StoredSignature['kind'], at: micros(row.at) }
    },
  }
}
