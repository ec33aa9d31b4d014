import type { Principal } from '../../governance/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { newId } from '../../kernel/ids.ts'
import { contractSetHash, type ReleaseDefinitions } from '../build-release.ts'
import type { ReleaseRecord } from '../ports.ts'
import { assertMayServe, verdictOn } from '../releases/serve.ts'
import type { RolloutsDependencies } from './dependencies.ts'
import { type FoldedDeployment, hasEnded, type LoggedRollout, leaseHolder } from './fold-deployment.ts'
import type { RolloutActorData } from './model.ts'
import { followed, publishRelease, publishRouting } from './publish.ts'
import { baseOf, formerOf } from './routing.ts'
import { redraws, sameTerms, termsOf } from './terms.ts'
import { actorOf, inLog, type LogWriter, recordOf, systemActor } from './write-log.ts'

export interface StartRequest {
  readonly name: string
  readonly record: ReleaseRecord
  readonly reason: string
  readonly principal: Principal
}

/**
 * Starts the rollout of a release whose verdict stands: it is loaded beside the champion and shadows it; where nothing serves
 * it takes all traffic, in probation. The id; that of the rollout which goes on where the release has one. Throws what the
 * verdict says, DIGEST_ROLLED_BACK for a rule, ROLLOUT_GUARD while an incident is open, ILLEGAL_TRANSITION.
 */
export async function startRollout(deps: RolloutsDependencies, request: StartRequest): Promise<string> {
  const { name } = request
  const definitions = await deps.releaseDefinitions(name)
  await prepareFiles(deps, request)
  const id = await inLog(deps, name, log => begin(deps, log, { ...request, definitions }))
  const folded = await publishRouting(deps, name)
  await followed(deps, folded)
  return id
}

async function prepareFiles(
  deps: RolloutsDependencies,
  { name, record: { release }, principal }: StartRequest,
): Promise<void> {
  const version = await deps.uow.read.registry.findVersion(release.model.name, release.model.version)
  if (version) await deps.assertSigned(version, principal)
  await publishRelease(deps, name, release.digest)
  if (version) await deps.freezeCard(version)
}

type Beginning = StartRequest & { readonly definitions: ReleaseDefinitions }

async function begin(deps: RolloutsDependencies, log: LogWriter, request: Beginning): Promise<string> {
  const { record, definitions, principal, name } = request
  const { release } = record
  const going = [...log.folded().rollouts.values()].find(
    each => each.digest === release.digest && !hasEnded(each),
  )
  if (going) return going.id
  await assertMayServe({ uow: { ...deps.uow, read: log.stores }, clock: deps.clock }, definitions, record)
  const actor = actorOf(principal)
  assertStartable(log.folded(), { actor, digest: release.digest })
  await setTerms(log, request)
  await adoptServing(log, name)
  await supersede(log, { model: release.model.name, actor, number: release.number })
  const rollout = newId('rol')
  const verdict = verdictOn(await log.stores.deployments.listVerdicts(name), release)
  await log.write({
    ...{ rollout, event: 'verify_passed', actor: systemActor, reasonCode: 'verdict' },
    ...{ release: release.number, digest: release.digest },
    contractSet: contractSetHash(definitions.deployment),
    reason: verdict?.page.summary ?? 'the gate passed it',
    evidence: verdict ? [verdict.id] : [],
  })
  const first = !baseOf(log.folded())?.answers
  await log.write({
    ...{ rollout, actor, event: first ? 'first_release' : 'start_shadow' },
    ...{ reasonCode: actor.kind, reason: request.reason },
  })
  return rollout
}

function assertStartable(
  { rollouts, incident, deployment }: FoldedDeployment,
  { actor, digest }: { readonly actor: RolloutActorData; readonly digest: string },
): void {
  if (actor.kind === 'person') return
  if (incident)
    throw new FettleError(
      'ROLLOUT_GUARD',
      `nothing starts by rule on "${deployment}": ${incident.reason}, and nobody has closed the incident`,
      { hint: `fettle rollout incident close ${deployment} --reason …` },
    )
  const taken = [...rollouts.values()].find(
    each =>
      each.digest === digest &&
      (each.now.state === 'rolled_back' || each.now.state === 'aborted') &&
      each.last.reasonCode !== 'superseded',
  )
  if (taken)
    throw new FettleError(
      'DIGEST_ROLLED_BACK',
      `release ${taken.release} of "${deployment}" was taken back before: ${taken.last.reason}`,
      { details: { rollout: taken.id } },
    )
}

/** Terms as they are declared now, where they differ. Throws ILLEGAL_TRANSITION where units in a canary would be drawn anew. */
export async function setTerms(
  log: LogWriter,
  { definitions, record, name }: Pick<Beginning, 'definitions' | 'record' | 'name'>,
): Promise<void> {
  const { terms, ranges } = log.folded()
  const serving = (await log.stores.deployments.servingReleases())[name]?.release
  const keys = record.release.features.request.filter(({ role }) => role === 'key').map(each => each.name)
  const declared = termsOf(definitions.deployment, { keys, former: serving?.digest ?? null })
  // Who is held back keeps the release that was champion when the holdback began.
  const kept = terms?.holdback?.digest ?? null
  const next =
    declared.holdback?.digest && kept
      ? { ...declared, holdback: { ...declared.holdback, digest: kept } }
      : declared
  if (sameTerms(terms, next)) return
  if (terms && ranges.arms.size > 0 && redraws(terms, next))
    throw new FettleError(
      'ILLEGAL_TRANSITION',
      `unit, pins, exclusions or holdback of "${name}" changed while a rollout has traffic`,
      { hint: 'Abort the rollout or finish it first: its units would be drawn anew.' },
    )
  await log.write({
    ...{ rollout: null, event: 'terms_set', actor: systemActor, terms: next },
    ...{ reasonCode: 'declared', reason: 'as the deployment is declared now' },
  })
}

/** What serves and is not in the log came before it, or by another way. */
export async function adoptServing(log: LogWriter, name: string): Promise<void> {
  const serving = (await log.stores.deployments.servingReleases())[name]
  const base = baseOf(log.folded())?.rollout
  if (serving === undefined || base?.digest === serving.release.digest) return
  await log.write({
    ...{ rollout: newId('rol'), event: 'replaced', actor: systemActor },
    ...{ release: serving.release.number, digest: serving.release.digest, contractSet: null },
    ...{ reasonCode: 'served-before', reason: `served since before this log: ${serving.serving.reason}` },
  })
}

/** Newest wins: what has no traffic yet makes way for a newer release of the same model (releases.md §14). */
async function supersede(
  log: LogWriter,
  {
    model,
    actor,
    number,
  }: { readonly model: string; readonly actor: RolloutActorData; readonly number: number },
): Promise<void> {
  const { deployment } = log.folded()
  for (const each of [...log.folded().rollouts.values()]) {
    const { state, heldFrom } = each.now
    const own = state === 'held' ? heldFrom : state
    const waiting = own === 'verified' || own === 'shadow' || (state === 'held' && own === 'canary')
    if (!waiting || leaseHolder(log.folded())?.id === each.id) continue
    const { release } = await recordOf(log.stores, deployment, each.digest)
    if (release.model.name !== model || each.release >= number) continue
    await log.write({
      ...{ rollout: each.id, event: 'abort', reasonCode: 'superseded' },
      actor: actor.kind === 'person' ? actor : { kind: 'rule', name: 'newest-wins' },
      reason: `release ${number} is newer`,
    })
  }
}

/**
 * A release takes all traffic at once: what is rolled out is taken back, and what served is kept warm. The way back is the
 * warm former release where it is meant.
 */
export async function replaceAtOnce(deps: RolloutsDependencies, request: StartRequest): Promise<void> {
  const { name, record, principal, reason } = request
  const definitions = await deps.releaseDefinitions(name)
  await prepareFiles(deps, request)
  await inLog(deps, name, async log => {
    const actor = actorOf(principal)
    const { digest, number } = record.release
    const former = formerOf(log.folded())
    for (const each of [...log.folded().rollouts.values()]) await takeBack(log, each, { actor, number })
    await setTerms(log, { ...request, definitions })
    await adoptServing(log, name)
    const champion = baseOf(log.folded())
    if (champion?.answers && champion.rollout.digest === digest) return
    const said = { actor, reasonCode: actor.kind, reason }
    if (former?.digest === digest && champion?.rollout.now.state === 'champion') {
      await log.write({ ...said, rollout: champion.rollout.id, event: 'roll_back' })
      await log.write({ ...said, rollout: former.id, event: 'reinstated', actor: systemActor })
      return
    }
    const contractSet = contractSetHash(definitions.deployment)
    const rollout = newId('rol')
    await log.write({ ...said, rollout, event: 'replaced', release: number, digest, contractSet })
  })
  const folded = await publishRouting(deps, name)
  await followed(deps, folded)
}

async function takeBack(
  log: LogWriter,
  { id, now: { state, heldFrom } }: LoggedRollout,
  { actor, number }: { readonly actor: RolloutActorData; readonly number: number },
): Promise<void> {
  const own = state === 'held' ? heldFrom : state
  if (own === null || own === 'champion' || own === 'retired' || own === 'aborted' || own === 'rolled_back')
    return
  await log.write({
    ...{ rollout: id, actor, reasonCode: 'superseded', reason: `release ${number} replaces it at once` },
    event: own === 'probation' ? 'roll_back' : 'abort',
  })
}
