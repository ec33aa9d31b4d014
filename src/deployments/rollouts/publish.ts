import { FettleError } from '../../kernel/errors/index.ts'
import { textsBeside } from '../releases/beside.ts'
import type { RolloutsDependencies } from './dependencies.ts'
import type { FoldedDeployment } from './fold-deployment.ts'
import { releasesIn, routingOf } from './routing.ts'
import { readLog, recordOf } from './write-log.ts'

type Parts = Pick<
  RolloutsDependencies,
  'uow' | 'clock' | 'releases' | 'dataPlane' | 'signaturesOf' | 'followedWithinMs'
>

/** Lays a release where routers read it; a repeat does nothing. */
export async function publishRelease(
  { uow, releases, signaturesOf }: Pick<Parts, 'uow' | 'releases' | 'signaturesOf'>,
  deployment: string,
  digest: string,
): Promise<void> {
  const { release } = await recordOf(uow.read, deployment, digest)
  const version = await uow.read.registry.findVersion(release.model.name, release.model.version)
  if (version === undefined)
    throw new FettleError(
      'MODEL_VERSION_UNKNOWN',
      `version ${release.model.version} of "${release.model.name}" was deleted meanwhile`,
    )
  await releases.publish(release, await textsBeside({ uow, signaturesOf }, release, version))
}

/**
 * Writes where the traffic goes by the rows that are committed: the files of every release in it first, then the routing in
 * one step. May be done again at any time; a crash before it is made good by the next look.
 */
export async function publishRouting(deps: Parts, deployment: string): Promise<FoldedDeployment> {
  const { folded } = await readLog(deps.uow.read.rollouts, deployment)
  const routed = routingOf(folded)
  if (routed === undefined) return folded
  for (const digest of releasesIn(routed)) await publishRelease(deps, deployment, digest)
  await deps.releases.route(deployment, routed)
  return folded
}

/** Waits for every live router to apply the last row; false where some did not in time, or none answers. */
export async function followed(
  { dataPlane, followedWithinMs }: Pick<Parts, 'dataPlane' | 'followedWithinMs'>,
  { deployment, seq }: Pick<FoldedDeployment, 'deployment' | 'seq'>,
): Promise<boolean> {
  const until = Date.now() + followedWithinMs
  for (;;) {
    const counts = await dataPlane.counts(deployment)
    if (counts?.routers.length && counts.routers.every(router => router.seq >= seq)) return true
    if (Date.now() >= until) return false
    await new Promise(resolve => setTimeout(resolve, 25))
  }
}
