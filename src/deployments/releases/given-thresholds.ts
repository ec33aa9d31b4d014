import type { ContractData, DeploymentData, ThresholdSetData } from '../../definitions/index.ts'
import type { Principal } from '../../governance/index.ts'
import { canonicalJson, type Json } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { DeploymentsDependencies } from '../dependencies.ts'
import type { JudgeRequest } from '../gate/judge-params.ts'
import { prepareRelease } from './candidates.ts'

/** A release that is to differ from what serves in its thresholds alone. */
export interface GivenThresholds {
  /** Object of the ThresholdSetData. */
  readonly set: string
  /** Stored training set the values were chosen from: its other half judges them. */
  readonly rows: string
  /** Number of the release they were decided for: the one that serves. */
  readonly onto: number
}

/**
 * What a release run with given thresholds is about. Throws STALE_CANDIDATE when another release serves by now, BAD_PARAMETER
 * for a set that is not by the rule of the deployment, or holds what is no threshold.
 */
export async function prepareGiven(
  deps: DeploymentsDependencies,
  {
    name,
    given,
    principal,
  }: { readonly name: string; readonly given: GivenThresholds; readonly principal: Principal },
): Promise<JudgeRequest> {
  const { deployment } = await deps.releaseDefinitions(name)
  const serving = (await deps.uow.read.deployments.servingReleases())[name]?.release
  if (serving?.number !== given.onto)
    throw new FettleError(
      'STALE_CANDIDATE',
      `the thresholds were decided for release ${given.onto} of "${name}", and ${serving ? `release ${serving.number}` : 'none'} serves`,
    )
  const bytes = await deps.objects.getBytes(given.set)
  const set = JSON.parse(Buffer.from(bytes).toString('utf8')) as ThresholdSetData
  assertOfRule(deployment, set)
  const { version } = serving.model
  const request = await prepareRelease(deps, {
    name,
    version,
    thresholds: 'keep',
    rows: given.rows,
    principal,
  })
  const { open, settled } = splitSettled(request.terms.contracts ?? [])
  return {
    ...request,
    candidate: { ...request.candidate, thresholdSet: set },
    terms: { ...request.terms, contracts: open },
    thresholds: 'given',
    settled,
  }
}

function assertOfRule({ name, action }: DeploymentData, set: ThresholdSetData): void {
  const text = (rule: unknown) => canonicalJson((rule ?? null) as Json)
  if (action?.rule === undefined || set.action !== action.name || text(set.rule) !== text(action.rule))
    throw new FettleError('BAD_PARAMETER', `the thresholds are not by the rule that "${name}" declares`)
  const all = [['all others', set.otherwise] as const, ...Object.entries(set.segments ?? {})]
  const wrong = all.find(([, each]) => !Number.isFinite(each?.value))
  if (wrong !== undefined)
    throw new FettleError('BAD_PARAMETER', `the threshold of ${wrong[0]} is not a number`)
}

const ofScoresAlone: ReadonlySet<string> = new Set([
  'score_mean',
  'roc_auc',
  'pr_auc',
  'log_loss',
  'brier',
  'ece',
])

/**
 * Comparative contracts on scores say nothing of a release with the model that serves: its scores are the same bits, and
 * nothing is better than itself. They were decided when the model was released.
 */
function splitSettled(contracts: readonly ContractData[]): {
  readonly open: readonly ContractData[]
  readonly settled: readonly string[]
} {
  const isSettled = ({ claim }: ContractData): boolean =>
    (claim.form === 'better' || claim.form === 'noWorse' || claim.form === 'within') &&
    ofScoresAlone.has(claim.metric)
  return {
    open: contracts.filter(each => !isSettled(each)),
    settled: contracts.filter(isSettled).map(({ name }) => name),
  }
}
