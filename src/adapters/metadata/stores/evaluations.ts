import type { Kysely } from 'kysely'
import type { EvaluationStore, KeptEvaluation } from '../../../registry/ports.ts'
import { fromJsonText, type MicrosColumn, micros, toJsonText } from '../columns.ts'
import type { Schema } from '../schema.ts'

export interface EvaluationTables {
  version_evaluations: { digest: string; hash: string; at: MicrosColumn; by: string; body: string }
}

type Body = Omit<KeptEvaluation, 'hash' | 'at' | 'by'>

export function evaluationStore(db: Kysely<Schema>): EvaluationStore {
  return {
    async insertEvaluation(digest, { hash, at, by, ...body }) {
      await db
        .insertInto('version_evaluations')
        .values({ digest, hash, at, by, body: toJsonText(body) })
        .onConflict(conflict => conflict.columns(['digest', 'hash']).doNothing())
        .execute()
    },
    async listEvaluations(digest) {
      const rows = await db
        .selectFrom('version_evaluations')
        .selectAll()
        .where('digest', '=', digest)
        .orderBy('at', 'desc')
        .orderBy('hash')
        .execute()
      return rows.map(({ hash, at, by, body }) => ({
        ...fromJsonText<Body>(body),
        ...{ hash, by, at: micros(at) },
      }))
    },
  }
}
