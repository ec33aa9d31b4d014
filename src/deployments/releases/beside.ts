import { type ServingPlan, servingPlanFile } from '../../evaluation/index.ts'
import type { ModelVersion, Release } from '../../registry/index.ts'
import type { DeploymentsDependencies } from '../dependencies.ts'
import type { StoredVerdict } from '../ports.ts'

/** What the newest verdict that lets a release serve has pinned; `verdicts` newest first. */
export function servingPlanOf(
  verdicts: readonly StoredVerdict[],
  { digest }: Pick<Release, 'digest'>,
): ServingPlan | undefined {
  return verdicts.find(
    ({ page }) => page.release.digest === digest && page.verdict === 'pass' && page.servingPlan,
  )?.page.servingPlan
}

/** Texts that stand beside the files of a release, by name: signatures of its version, and what scores it. */
export async function textsBeside(
  {
    uow,
    signaturesOf,
  }: {
    readonly uow: { readonly read: Pick<DeploymentsDependencies['uow']['read'], 'deployments'> }
    readonly signaturesOf: DeploymentsDependencies['signaturesOf']
  },
  release: Release,
  version: ModelVersion,
): Promise<Readonly<Record<string, string>>> {
  const plan = servingPlanOf(await uow.read.deployments.listVerdicts(release.deployment), release)
  return {
    ...(await signaturesOf(version)),
    ...(plan === undefined ? {} : { [servingPlanFile]: `${JSON.stringify(plan)}\n` }),
  }
}
