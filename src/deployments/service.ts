import type { DeploymentData, ThresholdSetData } from '../definitions/index.ts'
import type { Principal } from '../governance/index.ts'
import type { Json } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { contractSetHash } from './build-release.ts'
import type { DeploymentsDependencies } from './dependencies.ts'
import type { SignedVerdictPage } from './gate/model.ts'
import { isGenuinePage } from './gate/verdict.ts'
import { declaredContracts } from './planning/declared-contracts.ts'
import { type PlannedDeployment, planDeployment } from './planning/plan-deployment.ts'
import type { PredictHow, ReleaseRecord, ServedDeployment, Serving } from './ports.ts'
import { followPurpose, type NewPurposeValue, recordPurposeValue } from './purpose/follow.ts'
import {
  type CandidateRequest,
  createRelease,
  isCurrent,
  type NewRelease,
  prepareRelease,
} from './releases/candidates.ts'
import { chooseVersion } from './releases/choose-version.ts'
import { type Conclusion, concludeRelease, findRelease } from './releases/conclude.ts'
import { type GivenThresholds, prepareGiven } from './releases/given-thresholds.ts'
import { prepareThresholds } from './releases/prepare-thresholds.ts'
import { type RollBackRequest, rollBack } from './releases/roll-back.ts'
import {
  assertMayServe,
  objectionTo,
  servedNow,
  serveRelease,
  verdictOn,
  waitUntilServed,
} from './releases/serve.ts'
import { judgedRelease, releaseView, releaseViews } from './releases/views.ts'

export interface DeployRequest {
  readonly name: string
  readonly version?: number
  /** Serves this release and no other; it must have been verified. */
  readonly release?: number
  /** `require`: a verdict must stand already; default: the gate runs first. */
  readonly gate?: 'run' | 'require'
  /** Replaces what serves at once, though the deployment declares a rollout. */
  readonly now?: boolean
  readonly reason: string
  readonly principal: Principal
}

export type DeploymentsService = ReturnType<typeof createDeploymentsService>

/** Deployments: what is defined, which releases there are, which one answers, and how the data plane is. */
export function createDeploymentsService(dependencies: DeploymentsDependencies) {
  const { uow, releases, dataPlane, definedDeployments } = dependencies
  const known = async (name: string): Promise<string> => {
    await dependencies.releaseDefinitions(name)
    return name
  }
  return {
    list: () => listDeployments(dependencies),
    get: (name: string) => describeDeployment(dependencies, name),

    /**
     * Serves a release: the one that is named, else that of a version (the challenger, else the champion, else the
     * newest). What has no verdict that stands goes through the gate first; what serves already is served on. Where a
     * rollout is declared and something serves, it starts one.
     */
    async deploy(request: DeployRequest) {
      await deployRelease(dependencies, await releaseToServe(dependencies, request), request)
      return describeDeployment(dependencies, request.name)
    },

    /** The release a deploy of this would serve; its verdict stands. */
    releaseToServe: (request: DeployRequest) => releaseToServe(dependencies, request),

    /** With `given`: what serves, with other thresholds. */
    prepareRelease: ({
      given,
      ...request
    }: CandidateRequest & { readonly given?: GivenThresholds | undefined }) =>
      given === undefined
        ? prepareRelease(dependencies, request)
        : prepareGiven(dependencies, { ...request, given }),
    /** What a run that suggests thresholds is about. */
    prepareThresholds: (request: { readonly name: string; readonly principal: Principal }) =>
      prepareThresholds(dependencies, request),
    /** Serves a former release again, whole, without another verdict. */
    async rollBack(request: RollBackRequest) {
      await known(request.name)
      await rollBack(dependencies, request)
      return describeDeployment(dependencies, request.name)
    },
    createRelease: (request: NewRelease) => createRelease(dependencies, request),
    concludeRelease: (conclusion: Conclusion) => concludeRelease(dependencies, conclusion),
    /** Newest first. */
    releases: async (name: string) => releaseViews(dependencies, await known(name)),
    /** The newest when no number is given. Throws RELEASE_UNKNOWN. */
    release: async (name: string, number?: number) => releaseView(dependencies, await known(name), number),
    judged: async (name: string, number?: number) => judgedRelease(dependencies, await known(name), number),
    /** Rows that the contracts of a deployment need, before it is applied. */
    planContracts: (planned: PlannedDeployment) => planDeployment(dependencies, planned),
    /** The declared contracts with their plan and what they last came to. */
    contracts: (name: string) => declaredContracts(dependencies, name),

    /** One sentence for each thing about a verdict page that does not hold. */
    async verifyPage(page: SignedVerdictPage): Promise<readonly string[]> {
      const genuine = isGenuinePage(dependencies.signer, page)
      const kept = (await uow.read.deployments.listVerdicts(String(page.deployment))).some(
        each => each.page.signature === page.signature,
      )
      return [
        ...(genuine ? [] : ['the signature is not that of this content with the key of this project']),
        ...(kept ? [] : ['the project keeps no verdict page with this signature']),
      ]
    },

    purpose: (name: string) => followPurpose(dependencies, name),
    recordPurposeValue: (request: NewPurposeValue) => recordPurposeValue(dependencies, request),

    /** Deployments that are no longer applied answer no longer. */
    withdrawDeleted: async (): Promise<void> =>
      releases.keepOnly((await definedDeployments()).map(each => each.name)),
    predict: (name: string, body: Json, how?: PredictHow): Promise<Json> =>
      dataPlane.predict(name, body, how),
  }
}

async function deployRelease(
  deps: DeploymentsDependencies,
  record: ReleaseRecord,
  { name, reason, principal, now = false }: DeployRequest,
): Promise<void> {
  const { deployment } = await deps.releaseDefinitions(name)
  const rollouts = deps.rollouts?.()
  const logged = (await rollouts?.isLogged(name)) ?? false
  const serving = (await deps.uow.read.deployments.servingReleases())[name]?.release
  const declared = deployment.rollout !== undefined && serving?.digest !== record.release.digest
  if (rollouts === undefined || (!logged && !declared))
    return serveRelease(deps, { record, reason, principal })
  if (!declared || now) await rollouts.replace({ name, record, reason, principal })
  else if ((await rollouts.start({ name, record, reason, principal })).state !== 'probation') return
  await waitUntilServed(deps, record.release)
}

async function releaseToServe(deps: DeploymentsDependencies, request: DeployRequest): Promise<ReleaseRecord> {
  const { name, principal } = request
  const definitions = await deps.releaseDefinitions(name)
  const { deployments, registry } = deps.uow.read
  const serving = (await deployments.servingReleases())[name]
  if (request.release !== undefined) {
    const record = await findRelease(deps, name, request.release)
    if (record.release.digest !== serving?.release.digest) await assertMayServe(deps, definitions, record)
    return record
  }
  const version = await chooseVersion(registry, definitions.deployment.model, request.version)
  await deps.assertSigned(version, principal)
  const verdicts = await deployments.listVerdicts(name)
  for (const record of await deployments.listReleases(name)) {
    const { release } = record
    if (release.model.digest !== version.digest || release.model.version !== version.version) continue
    if (!(await isCurrent(deps, definitions, { release, version }))) continue
    if (release.digest === serving?.release.digest) return record
    const objection = objectionTo(release, verdictOn(verdicts, release), {
      now: deps.clock.nowMicros(),
      contractSet: contractSetHash(definitions.deployment),
      champion: serving?.release,
    })
    if (objection === undefined) return record
  }
  if (request.gate === 'require')
    throw new FettleError(
      'STALE_VERIFY',
      `version ${version.version} has no verdict that stands for "${name}"`,
    )
  const { page } = await deps.runGate({ deployment: name, version: version.version, principal })
  const record = await findRelease(deps, name, page.release.number)
  await assertMayServe(deps, definitions, record)
  return record
}

async function listDeployments(deps: DeploymentsDependencies) {
  const [defined, serving, now] = await Promise.all([
    deps.definedDeployments(),
    deps.uow.read.deployments.servingReleases(),
    servedNow(deps),
  ])
  return defined.map(each =>
    statusOf(each, serving[each.name], { served: now.get(each.name), url: deps.dataPlane.url }),
  )
}

async function describeDeployment(deps: DeploymentsDependencies, name: string) {
  const status = (await listDeployments(deps)).find(each => each.name === name)
  if (!status) throw new FettleError('UNKNOWN_DEPLOYMENT', `no deployment "${name}" is applied`)
  const { deployment } = await deps.releaseDefinitions(name)
  const views = await releaseViews(deps, name)
  const serving = views.find(({ state }) => state === 'serving')?.release
  const now = (await servedNow(deps)).get(name)
  return {
    ...status,
    request: serving?.features.request ?? [],
    vector: serving?.signature.inputs ?? [],
    action: servedAction(deployment, serving?.thresholdSet),
    fallback: deployment.fallback as unknown as Json,
    purpose: deployment.purpose ?? null,
    /** Those that served, the one that does first. */
    releases: views
      .flatMap(({ release, servings: [last] }) => (last ? [{ release, last }] : []))
      .sort((a, b) => Number(b.last.at - a.last.at))
      .map(({ release, last }) => ({
        number: release.number,
        digest: release.digest,
        model: release.model.name,
        modelVersion: release.model.version,
        deployedAt: last.at,
        by: last.by,
      })),
    traffic: now
      ? {
          predictions: now.predictions,
          degraded: now.degraded,
          p50Ms: now.p50Ms,
          p99Ms: now.p99Ms,
          since: now.since,
        }
      : null,
  }
}

/** What serves decides by the thresholds of its release, not by those declared now. */
export function servedAction({ action }: DeploymentData, set: ThresholdSetData | undefined) {
  if (!action) return null
  const values = Object.values(set?.segments ?? {}).map(each => each.value)
  const per = set?.rule.per
  return {
    name: action.name,
    threshold: set?.otherwise.value ?? action.threshold,
    segments:
      per === undefined || values.length === 0
        ? null
        : { per, count: values.length, lowest: Math.min(...values), highest: Math.max(...values) },
  }
}

function statusOf(
  defined: DeploymentData,
  record: (ReleaseRecord & { readonly serving: Serving }) | undefined,
  { served, url }: { served: ServedDeployment | undefined; url: string | null },
) {
  const state: 'undeployed' | ServedDeployment['state'] =
    record === undefined ? 'undeployed' : (served?.state ?? 'down')
  return {
    name: defined.name,
    model: defined.model,
    release: record?.release.number ?? null,
    modelVersion: record?.release.model.version ?? null,
    state,
    ...(record && served?.problem ? { problem: served.problem } : {}),
    deployedAt: record?.serving.at ?? null,
    predictUrl: url === null ? null : `${url}/predict/${defined.name}`,
  }
}
