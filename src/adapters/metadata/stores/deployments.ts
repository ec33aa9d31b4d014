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
