import type { ReleaseDefinitions } from '../build-release.ts'
import { contractSetHash } from '../build-release.ts'
import type { FrontCounts } from '../evidence/model.ts'
import { objectionTo, verdictOn } from '../releases/serve.ts'
import type { RolloutStores, RolloutsDependencies } from './dependencies.ts'
import type { RolloutFacts, RolloutSettings } from './facts.ts'
import type { FoldedDeployment, LoggedRollout } from './fold-deployment.ts'
import { baseOf } from './routing.ts'
import { recordOf } from './write-log.ts'

/** What is asked outside a transaction: definitions, and the routers. */
export interface OutsideFacts {
  readonly definitions: ReleaseDefinitions
  readonly counts: FrontCounts | null
  readonly lookProblem: string | null
  readonly clearSince: bigint | null
}

export async function outsideFacts(
  deps: Pick<RolloutsDependencies, 'releaseDefinitions' | 'dataPlane'>,
  deployment: string,
): Promise<OutsideFacts> {
  const [definitions, counts] = await Promise.all([
    deps.releaseDefinitions(deployment),
    deps.dataPlane.counts(deployment),
  ])
  return { definitions, counts, lookProblem: null, clearSince: null }
}

/** Everything that decides about one rollout, from stores of one transaction. */
export async function factsOf(
  { production, clock }: Pick<RolloutsDependencies, 'production' | 'clock'>,
  stores: RolloutStores,
  {
    folded,
    rollout,
    outside: { definitions, counts, lookProblem, clearSince },
  }: { readonly folded: FoldedDeployment; readonly rollout: LoggedRollout; readonly outside: OutsideFacts },
): Promise<RolloutFacts> {
  const { deployment } = definitions
  const serving = (await stores.deployments.servingReleases())[deployment.name]?.release
  const record = await recordOf(stores, deployment.name, rollout.digest)
  const verdict = verdictOn(await stores.deployments.listVerdicts(deployment.name), record.release)
  const contractSet = contractSetHash(deployment)
  const base = baseOf(folded)
  const settings: RolloutSettings = {
    production,
    hasPurpose: deployment.purpose !== undefined,
    hasLabels: (deployment.feedback ?? []).some(({ is }) => is === 'label'),
    contractSet,
    serves: base?.answers === true && base.rollout.id !== rollout.id,
  }
  const [newest] = await stores.rollouts.listLooks(rollout.id, 1)
  const now = clock.nowMicros()
  return {
    ...{ folded, rollout, settings, lookProblem, clearSince, now },
    look: newest && newest.at >= rollout.since ? newest : null,
    objection: objectionTo(record.release, verdict, { now, contractSet, champion: serving }),
    candidate: { madeAt: record.createdAt, verifiedAt: verdict?.at ?? null },
    approvedBy: await approvedBy(stores, { rollout, contractSet }),
    routers: counts === null ? null : counts.routers.map(({ router, seq }) => ({ router, seq })),
  }
}

/** Approvals of this release under these contracts; those of who started it do not count. */
async function approvedBy(
  { rollouts }: Pick<RolloutStores, 'rollouts'>,
  { rollout, contractSet }: { readonly rollout: LoggedRollout; readonly contractSet: string | null },
): Promise<readonly string[]> {
  const given = await rollouts.listApprovals(rollout.id)
  return given
    .filter(each => each.digest === rollout.digest && each.contractSet === contractSet)
    .filter(({ by }) => by !== rollout.startedBy)
    .map(({ by }) => by)
}
