import type { Kysely, Selectable } from 'kysely'
import type {
  DeploymentStore,
  ReleaseRecord,
  Serving,
  SignedVerdictPage,
  StoredVerdict,
} from '../../../deployments/index.ts'
import type { Release } from '../../../registry/index.ts'
import { fromJsonText, type MicrosColumn, micros, toJsonText } from '../columns.ts'
import type { Schema } from '../schema.ts'

interface ReleaseTable {
  deployment: string
  number: number
  digest: string
  body: string
  created_at: MicrosColumn
  by: string
  reason: string
  model: string | null
  model_version: number | null
}

interface ServingTable {
  deployment: string
  seq: number
  number: number
  at: MicrosColumn
  by: string
  reason: string
}

interface VerdictTable {
  id: string
  deployment: string
  number: number
  digest: string
  verdict: string
  at: MicrosColumn
  expires_at: MicrosColumn
  run: string
  page: string
  body: string
}

interface PurposeTable {
  deployment: string
  at: MicrosColumn
  value: string
  by: string
  recorded_at: MicrosColumn
}

export interface DeploymentTables {
  releases: ReleaseTable
  release_servings: ServingTable
  release_verdicts: VerdictTable
  purpose_values: PurposeTable
}

export function deploymentStore(db: Kysely<Schema>): DeploymentStore {
  return { ...releaseRecords(db), ...servings(db), ...verdicts(db), ...purposeValues(db) }
}

function releaseRecords(db: Kysely<Schema>): Pick<DeploymentStore, 'insertRelease' | 'listReleases'> {
  return {
    async insertRelease({ release, createdAt, by, reason }) {
      await db
        .insertInto('releases')
        .values({
          deployment: release.deployment,
          number: release.number,
          digest: release.digest,
          body: toJsonText(release),
          created_at: createdAt,
          by,
          reason,
          model: release.model.name,
          model_version: release.model.version,
        })
        .execute()
    },
    async listReleases(deployment) {
      const rows = await db
        .selectFrom('releases')
        .selectAll()
        .where('deployment', '=', deployment)
        .orderBy('number', 'desc')
        .execute()
      return rows.map(toRecord)
    },
  }
}

function servings(
  db: Kysely<Schema>,
): Pick<DeploymentStore, 'insertServing' | 'listServings' | 'servingReleases' | 'releasesOf'> {
  const newest = db
    .selectFrom('release_servings')
    .select(eb => ['deployment', eb.fn.max('seq').as('newest')])
    .groupBy('deployment')
  const serving = db
    .selectFrom('release_servings as s')
    .innerJoin(newest.as('n'), join =>
      join.onRef('n.deployment', '=', 's.deployment').onRef('n.newest', '=', 's.seq'),
    )
    .select(['s.deployment', 's.number', 's.at', 's.by', 's.reason'])
  return {
    async insertServing({ deployment, number, at, by, reason }) {
      const last = await db
        .selectFrom('release_servings')
        .select(eb => eb.fn.max('seq').as('seq'))
        .where('deployment', '=', deployment)
        .executeTakeFirst()
      const seq = Number(last?.seq ?? 0) + 1
      await db.insertInto('release_servings').values({ deployment, seq, number, at, by, reason }).execute()
    },
    async listServings(deployment) {
      const rows = await db
        .selectFrom('release_servings')
        .selectAll()
        .where('deployment', '=', deployment)
        .orderBy('seq', 'desc')
        .execute()
      return rows.map(toServing)
    },
    async servingReleases() {
      const now = await serving.execute()
      const rows = await db
        .selectFrom('releases as r')
        .innerJoin(serving.as('s'), join =>
          join.onRef('s.deployment', '=', 'r.deployment').onRef('s.number', '=', 'r.number'),
        )
        .selectAll('r')
        .execute()
      return Object.fromEntries(
        now.flatMap(each => {
          const row = rows.find(({ deployment }) => deployment === each.deployment)
          return row ? [[each.deployment, { ...toRecord(row), serving: toServing(each) }]] : []
        }),
      )
    },
    async releasesOf(model) {
      const rows = await db
        .selectFrom('releases as r')
        .leftJoin(serving.as('s'), 's.deployment', 'r.deployment')
        .leftJoin('definitions as d', join =>
          join.on('d.kind', '=', 'deployment').onRef('d.name', '=', 'r.deployment'),
        )
        .select(['r.deployment', 'r.number', 'r.model_version', 's.number as serving', 'd.ref'])
        .where('r.model', '=', model)
        .orderBy('r.deployment')
        .orderBy('r.number')
        .execute()
      return rows.map(({ deployment, number, model_version, serving: now, ref }) => ({
        deployment,
        number,
        version: model_version ?? 0,
        current: ref !== null && now === number,
      }))
    },
  }
}

function verdicts(
  db: Kysely<Schema>,
): Pick<DeploymentStore, 'insertVerdict' | 'findVerdict' | 'listVerdicts'> {
  return {
    async insertVerdict({ id, run, hash, at, expiresAt, page }) {
      await db
        .insertInto('release_verdicts')
        .values({
          id,
          deployment: page.deployment,
          number: page.release.number,
          digest: page.release.digest,
          verdict: page.verdict,
          at,
          expires_at: expiresAt,
          run,
          page: hash,
          body: toJsonText(page),
        })
        .execute()
    },
    async findVerdict(id) {
      const row = await db.selectFrom('release_verdicts').selectAll().where('id', '=', id).executeTakeFirst()
      return row && toVerdict(row)
    },
    async listVerdicts(deployment) {
      const rows = await db
        .selectFrom('release_verdicts')
        .selectAll()
        .where('deployment', '=', deployment)
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .execute()
      return rows.map(toVerdict)
    },
  }
}

function purposeValues(db: Kysely<Schema>): Pick<DeploymentStore, 'putPurposeValue' | 'listPurposeValues'> {
  return {
    async putPurposeValue({ deployment, at, value, by, recordedAt }) {
      const changed = { value: toJsonText(value), by, recorded_at: recordedAt }
      await db
        .insertInto('purpose_values')
        .values({ deployment, at, ...changed })
        .onConflict(conflict => conflict.columns(['deployment', 'at']).doUpdateSet(changed))
        .execute()
    },
    async listPurposeValues(deployment) {
      const rows = await db
        .selectFrom('purpose_values')
        .selectAll()
        .where('deployment', '=', deployment)
        .orderBy('at')
        .execute()
      return rows.map(row => ({
        deployment,
        at: micros(row.at),
        value: fromJsonText<number>(row.value),
        by: row.by,
        recordedAt: micros(row.recorded_at),
      }))
    },
  }
}

function toRecord(
  row: Pick<Selectable<ReleaseTable>, 'body' | 'created_at' | 'by' | 'reason'>,
): ReleaseRecord {
  return {
    release: fromJsonText<Release>(row.body),
    createdAt: micros(row.created_at),
    by: row.by,
    reason: row.reason,
  }
}

function toServing(row: Omit<Selectable<ServingTable>, 'seq'>): Serving {
  const { deployment, number, by, reason } = row
  return { deployment, number, at: micros(row.at), by, reason }
}

function toVerdict({ id, run, page, at, expires_at, body }: Selectable<VerdictTable>): StoredVerdict {
  return {
    id,
    run,
    hash: page,
    at: micros(at),
    expiresAt: micros(expires_at),
    page: fromJsonText<SignedVerdictPage>(body),
  }
}
