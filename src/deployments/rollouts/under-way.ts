import type { ReleaseRecord } from '../ports.ts'
import type { RolloutsDependencies } from './dependencies.ts'
import type { FoldedDeployment } from './fold-deployment.ts'
import { trafficOf } from './routing.ts'
import { type DeploymentRollouts, incidentView, killView, summaryOf } from './views.ts'
import { readLog } from './write-log.ts'

/** What stands on one deployment, from its log alone: no serving process is asked. */
export interface UnderWay
  extends Pick<DeploymentRollouts, 'deployment' | 'traffic' | 'kill' | 'incident' | 'rollouts'> {
  /** Why its log cannot be read; null where it can. */
  readonly broken: string | null
}

const over: ReadonlySet<string | null> = new Set(['champion', 'retired', 'aborted', 'rolled_back'])

/** Every deployment that has a rollout log, by name, with the rollouts that have neither ended nor arrived. */
export async function rolloutsUnderWay({
  uow: { read },
}: Pick<RolloutsDependencies, 'uow'>): Promise<readonly UnderWay[]> {
  const names = await read.rollouts.listDeployments()
  return Promise.all(
    names.map(async name => {
      try {
        const { folded } = await readLog(read.rollouts, name)
        return standing(folded, await read.deployments.listReleases(name))
      } catch (error) {
        // One broken log must not hide the others.
        const broken = error instanceof Error ? error.message : String(error)
        return { deployment: name, traffic: [], kill: null, incident: null, rollouts: [], broken }
      }
    }),
  )
}

function standing(folded: FoldedDeployment, records: readonly ReleaseRecord[]): UnderWay {
  return {
    deployment: folded.deployment,
    traffic: trafficOf(folded),
    kill: killView(folded),
    incident: incidentView(folded),
    rollouts: [...folded.rollouts.values()]
      .filter(({ now }) => !over.has(now.state))
      .reverse()
      .map(each => summaryOf(folded, records, each)),
    broken: null,
  }
}
