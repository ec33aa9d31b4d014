import type { Kysely, Selectable } from 'kysely'
import type { RolloutLogRow, RolloutStore, StageEvidence, StoredLook } from '../../../deployments/index.ts'
import { FettleError } from '../../../kernel/errors/index.ts'
import { fromJsonText, type MicrosColumn, micros, toJsonText } from '../columns.ts'
import type { Schema } from '../schema.ts'

interface RowTable {
  deployment: string
  seq: number
  rollout: string | null
  event: string
  at: MicrosColumn
  hash: string
  body: string
}

interface LookTable {
  id: string
  deployment: string
  rollout: string
  at: MicrosColumn
  body: string
}

interface ApprovalTable {
  rollout: string
  by: string
  at: MicrosColumn
  digest: string
  contract_set: string | null
}

export interface RolloutTables {
  rollout_rows: RowTable
  rollout_looks: LookTable
  rollout_approvals: ApprovalTable
}

export function rolloutStore(db: Kysely<Schema>): RolloutStore {
  return { ...rows(db), ...looks(db), ...approvals(db) }
}

function rows(db: Kysely<Schema>): Pick<RolloutStore, 'appendRow' | 'listRows' | 'listDeployments'> {
  return {
    async appendRow({ at, ...row }) {
      const { deployment, seq, rollout, event, hash } = row
      const last = await db
        .selectFrom('rollout_rows')
        .select(eb => eb.fn.max('seq').as('seq'))
        .where('deployment', '=', deployment)
        .executeTakeFirst()
      if (Number(last?.seq ?? 0) !== seq - 1)
        throw new FettleError(
          'IDEMPOTENCY_CONFLICT',
          `row ${seq} of the log of "${deployment}" is not the next one: somebody wrote meanwhile`,
        )
      await db
        .insertInto('rollout_rows')
        .values({ deployment, seq, rollout, event, at, hash, body: toJsonText(row) })
        .execute()
    },
    async listRows(deployment, afterSeq = 0) {
      const found = await db
        .selectFrom('rollout_rows')
        .select(['at', 'body'])
        .where('deployment', '=', deployment)
        .where('seq', '>', afterSeq)
        .orderBy('seq')
        .execute()
      return found.map(({ at, body }) => ({
        ...fromJsonText<Omit<RolloutLogRow, 'at'>>(body),
        at: micros(at),
      }))
    },
    async listDeployments() {
      const found = await db.selectFrom('rollout_rows').select('deployment').distinct().execute()
      return found.map(({ deployment }) => deployment).sort()
    },
  }
}

function looks(db: Kysely<Schema>): Pick<RolloutStore, 'putLook' | 'findLook' | 'listLooks' | 'thinLooks'> {
  const newestOf = (rollout: string, limit: number) =>
    db
      .selectFrom('rollout_looks')
      .selectAll()
      .where('rollout', '=', rollout)
      .orderBy('at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
  return {
    async putLook({ id, deployment, rollout, at, evidence }) {
      const body = toJsonText(evidence)
      await db
        .insertInto('rollout_looks')
        .values({ id, deployment, rollout, at, body })
        .onConflict(conflict => conflict.column('id').doUpdateSet({ at, body }))
        .execute()
    },
    async findLook(id) {
      const row = await db.selectFrom('rollout_looks').selectAll().where('id', '=', id).executeTakeFirst()
      return row && toLook(row)
    },
    async listLooks(rollout, limit) {
      return (await newestOf(rollout, limit).execute()).map(toLook)
    },
    async thinLooks(rollout, { newest, ids }) {
      const kept = (await newestOf(rollout, newest).clearSelect().select('id').execute()).map(({ id }) => id)
      await db
        .deleteFrom('rollout_looks')
        .where('rollout', '=', rollout)
        .where('id', 'not in', [...kept, ...ids, ''])
        .execute()
    },
  }
}

function toLook({ id, deployment, rollout, at, body }: Selectable<LookTable>): StoredLook {
  return { id, deployment, rollout, at: micros(at), evidence: fromJsonText<StageEvidence>(body) }
}

function approvals(db: Kysely<Schema>): Pick<RolloutStore, 'putApproval' | 'listApprovals'> {
  return {
    async putApproval({ rollout, by, at, digest, contractSet }) {
      const approved = { at, digest, contract_set: contractSet }
      await db
        .insertInto('rollout_approvals')
        .values({ rollout, by, ...approved })
        .onConflict(conflict => conflict.columns(['rollout', 'by']).doUpdateSet(approved))
        .execute()
    },
    async listApprovals(rollout) {
      const found = await db
        .selectFrom('rollout_approvals')
        .selectAll()
        .where('rollout', '=', rollout)
        .orderBy('at')
        .orderBy('by')
        .execute()
      return found.map(({ by, at, digest, contract_set }) => ({
        ...{ rollout, by, digest, contractSet: contract_set },
        at: micros(at),
      }))
    },
  }
}
