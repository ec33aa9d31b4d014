import type { AuditStore, Principal } from '../../governance/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { formatTimestamp, type Micros } from '../../kernel/time.ts'
import { compareSignatures, type RegistryStore, type Release, recordMove } from '../../registry/index.ts'
import { contractSetHash, type ReleaseDefinitions } from '../build-release.ts'
import type { DeploymentsDependencies } from '../dependencies.ts'
import { refusalOf } from '../gate/verdict.ts'
import type { DeploymentStore, ReleaseRecord, ServedDeployment, StoredVerdict } from '../ports.ts'
import { textsBeside } from './beside.ts'

export interface ServeRequest {
  readonly record: ReleaseRecord
  readonly reason: string
  readonly principal: Principal
  /** What the audit calls it; default `release.deployed`. */
  readonly action?: 'release.deployed' | 'release.rolled-back'
}

/** What a verdict is held against when a release is to serve. */
export interface Standing {
  readonly now: Micros
  /** Contracts and slices declared now; null when there are none. */
  readonly contractSet: string | null
  /** What serves now; undefined for a first release. */
  readonly champion: Release | undefined
}

/**
 * Why the newest verdict on a release does not let it serve; undefined when it does. STALE_VERIFY without one, after its end,
 * or when another release serves than the one it was compared with; SIGNATURE_VOID when other contracts are declared now;
 * CONTRACT_FAILED, GATE_FAILED, CONTRACT_INCONCLUSIVE with the words of the page.
 */
export function objectionTo(
  { number, deployment }: Release,
  verdict: StoredVerdict | undefined,
  { now, contractSet, champion }: Standing,
): FettleError | undefined {
  const name = `release ${number} of ${deployment}`
  if (verdict === undefined) return new FettleError('STALE_VERIFY', `${name} has not been verified`)
  const { page, expiresAt } = verdict
  const refusal = refusalOf(page)
  if (refusal) return refusal
  if (page.contractSet !== contractSet)
    return new FettleError(
      'SIGNATURE_VOID',
      `${name} was verified against other contracts than those declared now`,
    )
  if (expiresAt <= now)
    return new FettleError('STALE_VERIFY', `the verification of ${name} ended ${formatTimestamp(expiresAt)}`)
  if (page.champion?.digest !== champion?.digest)
    return new FettleError(
      'STALE_VERIFY',
      `${name} was compared with ${named(page.champion)}, and ${named(champion)} serves now`,
      {
        hint: `fettle release verify ${deployment} --model-version ${page.release.version} compares it with what serves; fettle release rollback ${deployment} goes back to what served before.`,
      },
    )
  return undefined
}

const named = (release: { readonly number: number } | null | undefined): string =>
  release ? `release ${release.number}` : 'no champion'

/** Throws what {@link objectionTo} says of a release. */
export async function assertMayServe(
  { uow, clock }: Pick<DeploymentsDependencies, 'uow' | 'clock'>,
  { deployment }: Pick<ReleaseDefinitions, 'deployment'>,
  { release }: ReleaseRecord,
): Promise<void> {
  const { deployments } = uow.read
  const verdict = verdictOn(await deployments.listVerdicts(deployment.name), release)
  const objection = objectionTo(release, verdict, {
    now: clock.nowMicros(),
    contractSet: contractSetHash(deployment),
    champion: (await deployments.servingReleases())[deployment.name]?.release,
  })
  if (objection) throw objection
}

/** The newest verdict on a release; `verdicts` newest first. */
export function verdictOn(
  verdicts: readonly StoredVerdict[],
  { digest }: Release,
): StoredVerdict | undefined {
  return verdicts.find(({ page }) => page.release.digest === digest)
}

/** Publishes a release, records that it serves, and points the data plane at it; waits until it answers. */
export async function serveRelease(deps: DeploymentsDependencies, request: ServeRequest): Promise<void> {
  const { release } = request.record
  const { name: model, version: number } = release.model
  const version = await deps.uow.read.registry.findVersion(model, number)
  if (version === undefined)
    throw new FettleError('MODEL_VERSION_UNKNOWN', `version ${number} of "${model}" was deleted meanwhile`)
  await deps.assertSigned(version, request.principal)
  await deps.releases.publish(release, await textsBeside(deps, release, version))
  const former = (await deps.uow.read.deployments.servingReleases())[release.deployment]?.release
  if (former?.digest !== release.digest)
    await deps.uow.transaction(stores =>
      recordServing(stores, { ...request, at: deps.clock.nowMicros() }, former),
    )
  await deps.freezeCard(version)
  await deps.releases.point(release.deployment, release.digest)
  await waitUntilServed(deps, release)
}

/** That a release serves from now on: its record, the champion of its model, an audit event. */
export async function recordServing(
  stores: MoveStores & { readonly deployments: DeploymentStore; readonly audit: AuditStore },
  {
    record: { release },
    reason,
    principal,
    action = 'release.deployed',
    at,
  }: ServeRequest & { readonly at: Micros },
  former: Release | undefined,
): Promise<void> {
  const { deployment, model, number, digest } = release
  await stores.deployments.insertServing({ deployment, number, at, by: principal.name, reason })
  await moveChampion(stores, { release, at, principal })
  await stores.audit.append({
    at,
    principal: principal.name,
    action,
    object: `deployment:${deployment}`,
    details: {
      release: number,
      digest,
      model: model.name,
      version: model.version,
      reason,
      signature: former ? signatureChange(former, release) : null,
    },
  })
}

/** What changes for callers, by the models' signatures. */
function signatureChange(former: Release, release: Release) {
  const { effect, changes } = compareSignatures(former.signature, release.signature)
  return { effect, reasons: changes.map(({ reason }) => reason) }
}

export type MoveStores = Parameters<typeof recordMove>[0]['stores'] & { readonly registry: RegistryStore }

/** The champion of a model is what is served: it follows the release, as an event and an audit row. */
async function moveChampion(
  stores: MoveStores,
  { release, at, principal }: { release: Release; at: bigint; principal: Principal },
): Promise<void> {
  const { name: model, version } = release.model
  const before = (await stores.registry.aliases(model))['champion'] ?? null
  if (before === version) return
  const reason = `release ${release.number} of ${release.deployment}`
  await recordMove(
    { stores, principal, clock: { nowMicros: () => at } },
    { model, alias: 'champion', version, reason },
    before,
  )
}

/** What the data plane says now, by name. */
export async function servedNow({
  dataPlane,
}: Pick<DeploymentsDependencies, 'dataPlane'>): Promise<ReadonlyMap<string, ServedDeployment>> {
  return new Map((await dataPlane.status())?.map(each => [each.name, each]) ?? [])
}

export async function waitUntilServed(
  deps: DeploymentsDependencies,
  { deployment: name, digest }: Release,
): Promise<void> {
  const deadline = Date.now() + deps.readyWithinMs
  let problem: string | null = 'the serving process does not answer'
  while (Date.now() < deadline) {
    const now = (await servedNow(deps)).get(name)
    if (now?.digest === digest && now.state === 'ready') return
    problem = now?.problem ?? problem
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new FettleError('NOT_READY', `deployment "${name}" is recorded but does not answer yet: ${problem}`, {
    hint: 'fettle doctor checks the serving process; the former release goes on answering.',
  })
}
