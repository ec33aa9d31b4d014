import { type AppliedThreshold, thresholdRuleHash } from '../../evaluation/index.ts'
import type { Principal } from '../../governance/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { DeploymentsDependencies, ThresholdFacts } from '../dependencies.ts'
import type { JudgeRequest } from '../gate/judge-params.ts'
import { prepareRelease } from './candidates.ts'

/** What a run of the rule is about, pinned at its start: candidate and champion are both what serves. */
export interface ThresholdsOrder extends Omit<ThresholdFacts, 'applied'> {
  readonly request: JudgeRequest
  readonly ruleHash: string
  readonly applied: readonly AppliedThreshold[]
}

/** Why a run of the rule has nothing to do. */
export interface NoOrder {
  readonly nothing: string
}

/**
 * The release that serves on the newest rows held out of its model; before the first one there is nothing to do. Throws
 * BAD_PARAMETER for a deployment without a rule, NO_ROWS_LEFT where no rows are known.
 */
export async function prepareThresholds(
  deps: DeploymentsDependencies,
  { name, principal }: { readonly name: string; readonly principal: Principal },
): Promise<ThresholdsOrder | NoOrder> {
  const { deployment } = await deps.releaseDefinitions(name)
  const rule = deployment.action?.rule
  if (rule === undefined)
    throw new FettleError('BAD_PARAMETER', `"${name}" declares one threshold, and no rule that chooses any`)
  const serving = (await deps.uow.read.deployments.servingReleases())[name]?.release
  if (serving === undefined) return { nothing: `nothing serves "${name}" yet: fettle deploy ${name}` }
  const { version, digest } = serving.model
  const asked = { name, version, thresholds: 'choose', rows: 'newest', principal } as const
  const request = await prepareRelease(deps, asked)
  if (request.set === null)
    throw new FettleError('NO_ROWS_LEFT', `no rows held out of version ${version} are known`, {
      hint: 'Build its training set: fettle training-sets build.',
    })
  const { applied, ...facts } = await deps.thresholdFacts(deployment)
  const ruleHash = thresholdRuleHash(rule)
  return { ...facts, request, ruleHash, applied: await applied({ ruleHash, model: digest }) }
}
