import type { DeploymentsDependencies } from '../dependencies.ts'
import type { EvidenceTerms, LookFacts } from '../evidence/index.ts'
import { deploymentPast } from '../planning/past.ts'

/** What the evidence of a rollout is read by: the contracts as they stand when it is first looked at, and what is known of their cells. */
export async function evidenceTerms(
  deps: Pick<DeploymentsDependencies, 'uow' | 'objects' | 'releaseDefinitions'>,
  { deployment: name }: Pick<LookFacts, 'deployment'>,
): Promise<EvidenceTerms> {
  const { deployment, model } = await deps.releaseDefinitions(name)
  const { rollout, contracts, slices, entity, costs, fairness, purpose, feedback } = deployment
  const { history, observed } = await deploymentPast(deps, deployment)
  const serving = (await deps.uow.read.deployments.servingReleases())[name]?.release
  const keys = serving?.features.request.filter(({ role }) => role === 'key') ?? []
  const given = { contracts, slices, entity, costs, fairness, purpose, feedback }
  return {
    ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<
      typeof given
    > as Pick<EvidenceTerms, keyof typeof given>),
    task: model.task,
    rollout: rollout ?? { shadow: '24h' },
    names: keys.map(key => key.name),
    history,
    observed,
  }
}
