import type { ThresholdSetData } from '../../definitions/index.ts'
import type { Principal } from '../../governance/index.ts'
import { canonicalJson, type Json } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { ReleasableVersion, Release } from '../../registry/index.ts'
import { buildRelease, contractSetHash, type ReleaseDefinitions } from '../build-release.ts'
import type { DeploymentsDependencies } from '../dependencies.ts'
import type { JudgedModel, JudgeRequest } from '../gate/judge-params.ts'
import { deploymentPast } from '../planning/past.ts'
import type { ReleaseRecord } from '../ports.ts'
import { chooseVersion } from './choose-version.ts'

export interface CandidateRequest {
  readonly name: string
  readonly version?: number | undefined
  /** Default: chosen anew where the deployment declares a rule, else kept. */
  readonly thresholds?: 'keep' | 'choose' | undefined
  /** A stored training set, or the newest; default: what the version was trained beside. */
  readonly rows?: 'newest' | (string & {}) | undefined
  readonly principal: Principal
}

/** What a release run is about, pinned at its start. */
export async function prepareRelease(
  deps: DeploymentsDependencies,
  request: CandidateRequest,
): Promise<JudgeRequest> {
  const definitions = await deps.releaseDefinitions(request.name)
  const { deployment } = definitions
  const version = await chooseVersion(deps.uow.read.registry, deployment.model, request.version)
  await deps.assertSigned(version, request.principal)
  const champion = (await deps.uow.read.deployments.servingReleases())[request.name]?.release
  const rule = deployment.action?.rule
  const { slices, contracts, entity, costs, reasons, fairness, action, purpose } = deployment
  const terms = { slices, contracts, entity, costs, reasons, fairness, action, purpose }
  const { history, observed } = await deploymentPast(deps, deployment, {
    champion: champion ?? null,
    release: { model: version.model, version: version.version },
  })
  return {
    schema: 1,
    deployment: request.name,
    task: 'binary',
    candidate: {
      ...judgedModel(version, version.model),
      thresholdSet: keptThresholds(definitions, champion) ?? null,
      action: action ? { name: action.name, threshold: action.threshold } : null,
    },
    champion: champion
      ? {
          ...judgedModel({ ...champion.model, signature: champion.signature }, champion.model.name),
          thresholdSet: champion.thresholdSet ?? null,
          action: champion.action,
          release: champion.number,
          releaseDigest: champion.digest,
        }
      : null,
    set: await deps.judgedSet(definitions, version, request.rows),
    terms: Object.fromEntries(Object.entries(terms).filter(([, value]) => value !== undefined)),
    thresholds: rule === undefined ? 'keep' : (request.thresholds ?? 'choose'),
    contractSet: contractSetHash(deployment),
    history,
    observed,
    unresolved: [],
  }
}

function judgedModel(
  { version, digest, format, files, signature }: Omit<JudgedModel, 'model' | 'thresholdSet' | 'action'>,
  model: string,
): Omit<JudgedModel, 'thresholdSet' | 'action'> {
  return { model, version, digest, format, files, signature }
}

/** Those of what serves, as long as the same action is declared with a rule. */
function keptThresholds(
  { deployment }: ReleaseDefinitions,
  champion: Release | undefined,
): ThresholdSetData | undefined {
  const kept = champion?.thresholdSet
  return deployment.action?.rule !== undefined && kept?.action === deployment.action.name ? kept : undefined
}

export interface NewRelease {
  readonly name: string
  readonly version?: number | undefined
  /** Chosen anew; left out: kept. */
  readonly thresholdSet?: ThresholdSetData | undefined
  readonly reason: string
  readonly principal: Principal
}

/** Makes the release of a version, which serves nobody yet. The same release again is the same record. */
export async function createRelease(
  deps: DeploymentsDependencies,
  request: NewRelease,
): Promise<ReleaseRecord> {
  const definitions = await deps.releaseDefinitions(request.name)
  const version = await chooseVersion(deps.uow.read.registry, definitions.deployment.model, request.version)
  await deps.assertSigned(version, request.principal)
  const parent = (await deps.uow.read.deployments.servingReleases())[request.name]?.release
  const thresholdSet = request.thresholdSet ?? keptThresholds(definitions, parent)
  const facts = { ...(await deps.modelFacts(version)), at: deps.clock.nowMicros(), thresholdSet, parent }
  return deps.uow.transaction(async stores => {
    const known = await stores.deployments.listReleases(request.name)
    const release = buildRelease(definitions, version, {
      ...facts,
      number: (known[0]?.release.number ?? 0) + 1,
    })
    const same = known.find(each => each.release.digest === release.digest)
    if (same) return same
    await assertVersionStands(stores, version)
    const { reason, principal } = request
    const record = { release, createdAt: facts.at, by: principal.name, reason }
    await stores.deployments.insertRelease(record)
    await stores.audit.append({
      at: facts.at,
      principal: principal.name,
      action: 'release.created',
      object: `deployment:${request.name}`,
      details: {
        release: release.number,
        digest: release.digest,
        model: version.model,
        version: version.version,
        reason,
      },
    })
    return record
  })
}

async function assertVersionStands(
  stores: { readonly registry: { findVersion(model: string, version: number): Promise<unknown> } },
  { model, version }: ReleasableVersion,
): Promise<void> {
  if ((await stores.registry.findVersion(model, version)) !== undefined) return
  throw new FettleError('MODEL_VERSION_UNKNOWN', `version ${version} of "${model}" was deleted meanwhile`)
}

/** Whether a release is what its version gives by the definitions of now; its thresholds are its own. */
export async function isCurrent(
  deps: DeploymentsDependencies,
  definitions: ReleaseDefinitions,
  { release, version }: { readonly release: Release; readonly version: ReleasableVersion },
): Promise<boolean> {
  if (!followsRule(definitions, release.thresholdSet)) return false
  const now = buildRelease(definitions, version, {
    ...(await deps.modelFacts(version)),
    number: release.number,
    at: 0n,
    thresholdSet: release.thresholdSet,
  })
  return now.digest === release.digest
}

function followsRule({ deployment }: ReleaseDefinitions, set: ThresholdSetData | undefined): boolean {
  const text = (rule: unknown) => canonicalJson((rule ?? null) as Json)
  return set === undefined || text(set.rule) === text(deployment.action?.rule)
}
