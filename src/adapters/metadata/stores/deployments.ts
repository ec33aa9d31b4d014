import type { Kysely, Selectable } from 'kysely'
import type { DeploymentStore, ReleaseRecord } from '../../../deployments/ports.ts'
import type { Release } from '../../../registry/index.ts'
import { fromJsonText, type MicrosColumn, micros, toJsonText } from '../columns.ts'
import type { Schema } from '../schema.ts'

interface ReleaseTable {
  deployment: string
  number: number
  digest: string
  body: string
  deployed_at: MicrosColumn
  by: string
  reason: string
  model: string | null
  model_version: number | null
}

export interface DeploymentTables {
  releases: ReleaseTable
}

export function deploymentStore(db: Kysely<Schema>): DeploymentStore {
  const newestFirst = () => db.selectFrom('releases').selectAll().orderBy('number', 'desc')
  return {
    async insertRelease({ release, deployedAt, by, reason }) {
      await db
        .insertInto('releases')
        .values({
          deployment: release.deployment,
          number: release.number,
          digest: release.digest,
          body: toJsonText(release),
          deployed_at: deployedAt,
          by,
          reason,
          model: release.model.name,
          model_version: release.model.version,
        })
        .execute()
    },

    async listReleases(deployment) {
      return (await newestFirst().where('deployment', '=', deployment).execute()).map(toRecord)
    },

    async latestReleases() {
      const latest: Record<string, ReleaseRecord> = {}
      for (const row of await newestFirst().execute()) latest[row.deployment] ??= toRecord(row)
      return latest
    },

    async releasesOf(model) {
      const newest = db
        .selectFrom('releases')
        .select(eb => ['deployment', eb.fn.max('number').as('newest')])
        .groupBy('deployment')
      const rows = await db
        .selectFrom('releases as r')
        .innerJoin(newest.as('n'), 'n.deployment', 'r.deployment')
        .leftJoin('definitions as d', join =>
          join.on('d.kind', '=', 'deployment').onRef('d.name', '=', 'r.deployment'),
        )
        .select(['r.deployment', 'r.number', 'r.model_version', 'n.newest', 'd.ref'])
        .where('r.model', '=', model)
        .orderBy('r.deployment')
        .orderBy('r.number')
        .execute()
      return rows.map(({ deployment, number, model_version, newest, ref }) => ({
        deployment,
        number,
        version: model_version ?? 0,
        current: ref !== null && Number(newest) === number,
      }))
    },
  }
}

function toRecord(row: Selectable<ReleaseTable>): ReleaseRecord {
  return {
    release: fromJsonText<Release>(row.body),
    deployedAt: micros(row.deployed_at),
    by: row.by,
    reason: row.reason,
  }
}
