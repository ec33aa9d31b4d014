import type { DeploymentData } from '../definitions/index.ts'
import type { AuditStore, Principal } from '../governance/index.ts'
import type { Json } from '../kernel/canonical.ts'
import type { Clock } from '../kernel/clock.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { UnitOfWork } from '../kernel/unit-of-work.ts'
import {
  assertReleasable,
  compareSignatures,
  type ModelVersion,
  type RegistryStore,
  type Release,
  recordMove,
  type WebhookStore,
} from '../registry/index.ts'
import { buildRelease, type ReleaseDefinitions } from './build-release.ts'
import type { DataPlane, DeploymentStore, ReleaseFolder, ReleaseRecord, ServedDeployment } from './ports.ts'

export interface DeploymentsDependencies {
  readonly uow: UnitOfWork<{
    readonly deployments: DeploymentStore
    readonly registry: RegistryStore
    readonly webhooks: WebhookStore
    readonly audit: AuditStore
  }>
  readonly clock: Clock
  readonly releases: ReleaseFolder
  readonly dataPlane: DataPlane
  /** Deployments as defined and applied. */
  definedDeployments(): Promise<readonly DeploymentData[]>
  /** What the release takes from the project; throws UNKNOWN_DEPLOYMENT. */
  releaseDefinitions(deployment: string): Promise<ReleaseDefinitions>
  /** selfTest and tolerance as the trainer wrote them. */
  modelFacts(
    version: ModelVersion,
  ): Promise<{ readonly selfTest: Release['selfTest']; readonly tolerance: number }>
  /** Throws where the files of a version are not those that somebody trusted has signed. */
  assertSigned(version: ModelVersion, principal: Principal): Promise<void>
  /** The signatures of a version, as files that stand beside its own. */
  signaturesOf(version: ModelVersion): Promise<Readonly<Record<string, string>>>
  /** A version was released: its card is kept as it is now. */
  freezeCard(version: ModelVersion): Promise<void>
  /** How long a deploy waits for the data plane to be ready. */
  readonly readyWithinMs: number
}

export interface DeployRequest {
  readonly name: string
  readonly version?: number
  readonly reason: string
  readonly principal: Principal
}

export type DeploymentsService = ReturnType<typeof createDeploymentsService>

/** Deployments: what is defined, which release answers, and how the data plane is. */
export function createDeploymentsService(dependencies: DeploymentsDependencies) {
  const { uow, clock, releases, dataPlane, definedDeployments } = dependencies

  const served = async (): Promise<ReadonlyMap<string, ServedDeployment>> =>
    new Map((await dataPlane.status())?.map(each => [each.name, each]) ?? [])

  async function list() {
    const [defined, latest, now] = await Promise.all([
      definedDeployments(),
      uow.read.deployments.latestReleases(),
      served(),
    ])
    return defined.map(each =>
      statusOf(each, latest[each.name], { served: now.get(each.name), url: dataPlane.url }),
    )
  }

  async function get(name: string) {
    const status = (await list()).find(each => each.name === name)
    if (!status) throw new FettleError('UNKNOWN_DEPLOYMENT', `no deployment "${name}" is applied`)
    const records = await uow.read.deployments.listReleases(name)
    const definitions = await dependencies.releaseDefinitions(name)
    const release = records[0]?.release
    const now = (await served()).get(name)
    return {
      ...status,
      request: release?.features.request ?? [],
      vector: release?.signature.inputs ?? [],
      action: definitions.deployment.action ?? null,
      fallback: definitions.deployment.fallback as unknown as Json,
      releases: records.map(({ release, deployedAt, by }) => ({
        number: release.number,
        digest: release.digest,
        model: release.model.name,
        modelVersion: release.model.version,
        deployedAt,
        by,
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

  /** Makes a release of a version (the challenger, else the champion, else the newest) and serves it. The same release again is a no-op. */
  async function deploy(request: DeployRequest) {
    const definitions = await dependencies.releaseDefinitions(request.name)
    const version = await chooseVersion(uow.read.registry, definitions.deployment.model, request.version)
    assertReleasable(version)
    await dependencies.assertSigned(version, request.principal)
    const facts = await dependencies.modelFacts(version)
    const records = await uow.read.deployments.listReleases(request.name)
    const at = clock.nowMicros()
    const candidate = buildRelease(definitions, version, {
      ...facts,
      number: (records[0]?.release.number ?? 0) + 1,
      at,
    })
    const standing = records[0]?.release.digest === candidate.digest ? records[0].release : undefined
    const release = standing ?? candidate
    await releases.publish(release, await dependencies.signaturesOf(version))
    if (!standing)
      await recordRelease(
        { release, deployedAt: at, by: request.principal.name, reason: request.reason },
        records[0]?.release,
      )
    await dependencies.freezeCard(version)
    await releases.point(request.name, release.digest)
    await waitUntilServed(request.name, release.digest)
    return get(request.name)
  }

  async function recordRelease(record: ReleaseRecord, former: Release | undefined): Promise<void> {
    const { deployment, model, number, digest } = record.release
    await uow.transaction(async stores => {
      if ((await stores.registry.findVersion(model.name, model.version)) === undefined)
        throw new FettleError(
          'MODEL_VERSION_UNKNOWN',
          `version ${model.version} of "${model.name}" was deleted meanwhile`,
        )
      await stores.deployments.insertRelease(record)
      await moveChampion(stores, record)
      await stores.audit.append({
        at: record.deployedAt,
        principal: record.by,
        action: 'release.deployed',
        object: `deployment:${deployment}`,
        details: {
          release: number,
          digest,
          model: model.name,
          version: model.version,
          reason: record.reason,
          signature: former ? signatureChange(former, record.release) : null,
        },
      })
    })
  }

  async function waitUntilServed(name: string, digest: string): Promise<void> {
    const deadline = Date.now() + dependencies.readyWithinMs
    let problem: string | null = 'the serving process does not answer'
    while (Date.now() < deadline) {
      const now = (await served()).get(name)
      if (now?.digest === digest && now.state === 'ready') return
      problem = now?.problem ?? problem
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    throw new FettleError(
      'NOT_READY',
      `deployment "${name}" is recorded but does not answer yet: ${problem}`,
      { hint: 'fettle doctor checks the serving process; the former release goes on answering.' },
    )
  }

  return {
    list,
    get,
    deploy,
    /** Deployments that are no longer applied answer no longer. */
    withdrawDeleted: async (): Promise<void> =>
      releases.keepOnly((await definedDeployments()).map(each => each.name)),
    predict: (name: string, body: Json): Promise<Json> => dataPlane.predict(name, body),
  }
}

/** What changes for callers, by the models' signatures. */
function signatureChange(former: Release, release: Release) {
  const { effect, changes } = compareSignatures(former.signature, release.signature)
  return { effect, reasons: changes.map(({ reason }) => reason) }
}

/** The champion of a model is what is served: it follows the release, as an event and an audit row. */
async function moveChampion(
  stores: Parameters<typeof recordMove>[0]['stores'],
  { release, deployedAt, by }: ReleaseRecord,
): Promise<void> {
  const { name: model, version } = release.model
  const before = (await stores.registry.aliases(model))['champion'] ?? null
  if (before === version) return
  const reason = `release ${release.number} of ${release.deployment}`
  await recordMove(
    { stores, principal: { name: by }, clock: { nowMicros: () => deployedAt } },
    { model, alias: 'champion', version, reason },
    before,
  )
}

function statusOf(
  defined: DeploymentData,
  record: ReleaseRecord | undefined,
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
    deployedAt: record?.deployedAt ?? null,
    predictUrl: url === null ? null : `${url}/predict/${defined.name}`,
  }
}

async function chooseVersion(
  registry: RegistryStore,
  model: string,
  wanted: number | undefined,
): Promise<ModelVersion> {
  const aliases = await registry.aliases(model)
  const number =
    wanted ??
    aliases['challenger'] ??
    aliases['champion'] ??
    (await registry.listVersions(model)).at(-1)?.version
  const version = number === undefined ? undefined : await registry.findVersion(model, number)
  if (!version) {
    throw new FettleError(
      'MODEL_VERSION_UNKNOWN',
      wanted === undefined
        ? `model "${model}" has no version yet`
        : `model "${model}" has no version ${wanted}`,
      {
        hint: `Train one first: fettle run ${model}.`,
      },
    )
  }
  return version
}
