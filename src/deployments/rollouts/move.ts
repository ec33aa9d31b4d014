import type { Principal } from '../../governance/index.ts'
import { FettleError, isFettleError } from '../../kernel/errors/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type { RolloutsDependencies } from './dependencies.ts'
import type { RolloutFacts } from './facts.ts'
import { factsOf, type OutsideFacts, outsideFacts } from './facts-of.ts'
import type { FoldedDeployment, LoggedRollout } from './fold-deployment.ts'
import { type Guard, guardsOf } from './guards.ts'
import type { RolloutActorData, RolloutEvent } from './model.ts'
import { followed, publishRouting } from './publish.ts'
import { formerOf } from './routing.ts'
import { actorOf, inLog, type LogWriter, type Said, systemActor } from './write-log.ts'

export interface MoveRequest {
  readonly name: string
  /** `latest`: the newest. */
  readonly id: string
  readonly event: RolloutEvent
  /** Of a step: the percent it goes to. */
  readonly weight?: number | undefined
  readonly reason: string
  readonly principal: Principal
}

/** One move of a rollout as it goes into the log. */
export interface Move {
  readonly event: RolloutEvent
  readonly weight?: number | undefined
  readonly actor: RolloutActorData
  readonly reasonCode: string
  readonly reason: string
  readonly evidence: readonly string[]
  /** It was taken back without a person: nothing starts by rule until one has closed it. */
  readonly incident: boolean
}

/**
 * Moves a rollout as a person asks, where its guards hold (releases.md §8). Refused moves leave nothing but an audit event.
 * Throws the codes of §18: ILLEGAL_TRANSITION, ACTOR_NOT_ALLOWED, LEASE_TAKEN, WINDOW_TOO_SHORT, ROLLOUT_GUARD and others.
 */
export async function moveRollout(deps: RolloutsDependencies, request: MoveRequest): Promise<void> {
  const { name, event, weight, reason, principal } = request
  const actor = actorOf(principal)
  const move: Move = {
    ...{ event, weight, actor, reason, reasonCode: actor.kind, evidence: [], incident: false },
  }
  try {
    const outside = await outsideFacts(deps, name)
    await inLog(deps, name, log => makeMove(deps, log, { id: request.id, move, outside }))
  } catch (error) {
    if (isFettleError(error)) await auditRefusal(deps, request, error)
    throw error
  }
  await followed(deps, await publishRouting(deps, name))
}

/** Throws ROLLOUT_UNKNOWN. */
export function rolloutBy({ deployment, rollouts }: FoldedDeployment, id: string): LoggedRollout {
  const found = id === 'latest' ? [...rollouts.values()].at(-1) : rollouts.get(id)
  if (found) return found
  throw new FettleError(
    'ROLLOUT_UNKNOWN',
    rollouts.size === 0
      ? `deployment "${deployment}" has no rollout yet`
      : `deployment "${deployment}" has no rollout "${id.slice(0, 80)}"`,
  )
}

interface Moving {
  readonly id: string
  readonly move: Move
  readonly outside: OutsideFacts
}

/** Checks the guards and writes the row with those that belong to it, in one transaction. */
export async function makeMove(
  deps: Pick<RolloutsDependencies, 'production' | 'clock'>,
  log: LogWriter,
  { id, move, outside }: Moving,
): Promise<void> {
  const folded = log.folded()
  const rollout = rolloutBy(folded, id)
  const facts = await factsOf(deps, log.stores, { folded, rollout, outside })
  const evidence = move.evidence.length > 0 ? move.evidence : facts.look ? [facts.look.id] : []
  const said: Said = {
    ...{ rollout: rollout.id, event: move.event, actor: move.actor },
    ...{ reasonCode: move.reasonCode, reason: move.reason, evidence },
    ...(move.weight === undefined ? {} : { weight: move.weight }),
  }
  // The table is asked first: what it forbids is not a matter of numbers.
  log.assertMay(said)
  const refusal = guardRefusal(facts, move.event)
  if (refusal) throw refusal
  await besideBefore(log, rollout, move.event)
  const former = formerOf(log.folded())
  const champion = log.folded().champion
  await log.write(said)
  await besideAfter(log, { rollout, event: move.event, former, champion })
  if (move.incident)
    await log.write({
      ...{ rollout: rollout.id, event: 'incident_opened', actor: systemActor },
      ...{ reasonCode: move.reasonCode, reason: move.reason, evidence },
    })
}

/** What the first guard that does not hold is called, with all that do not. */
export function guardRefusal(facts: RolloutFacts, event: RolloutEvent): FettleError | undefined {
  const missing = guardsOf(event, facts).filter(({ holds }) => !holds)
  const [first] = missing
  if (first === undefined) return undefined
  return new FettleError(first.code, `${event} has to wait: ${missing.map(sentenceOf).join('; ')}`, {
    ...(first.hint === undefined ? {} : { hint: first.hint }),
    details: {
      event,
      state: facts.rollout.now.state,
      missing: missing.map(({ guard, now, needed, when }) => ({
        ...{ guard, now, needed },
        when: when === null ? null : formatTimestamp(when),
      })),
    },
  })
}

function sentenceOf({ title, now, needed, when }: Guard): string {
  return `${title}: ${now}, needed ${needed}${when === null ? '' : ` (${formatTimestamp(when)})`}`
}

/** Siblings were compared with a champion that is about to change (releases.md §14). */
async function besideBefore(log: LogWriter, own: LoggedRollout, event: RolloutEvent): Promise<void> {
  if (event !== 'start_probation') return
  for (const { id, now } of log.folded().rollouts.values()) {
    if (id === own.id || now.state !== 'canary') continue
    await log.write({
      ...{ rollout: id, event: 'hold', actor: systemActor, reasonCode: 'champion-changing' },
      reason: `release ${own.release} is about to become champion`,
    })
  }
}

/** The rows that belong to the same group: a new champion retires the former one, a champion taken back brings it again. */
async function besideAfter(
  log: LogWriter,
  {
    rollout,
    event,
    former,
    champion,
  }: {
    readonly rollout: LoggedRollout
    readonly event: RolloutEvent
    readonly former: LoggedRollout | undefined
    readonly champion: string | null
  },
): Promise<void> {
  const said = { actor: systemActor, reasonCode: event }
  if (event === 'confirm' && champion !== null)
    await log.write({
      ...said,
      ...{ rollout: champion, event: 'superseded', reason: `release ${rollout.release} is champion now` },
    })
  if (event === 'roll_back' && champion === rollout.id && former)
    await log.write({
      ...said,
      ...{ rollout: former.id, event: 'reinstated', reason: `release ${rollout.release} was taken back` },
    })
}

async function auditRefusal(
  { uow, clock }: Pick<RolloutsDependencies, 'uow' | 'clock'>,
  { name, id, event, principal }: MoveRequest,
  { code, message }: FettleError,
): Promise<void> {
  await uow.transaction(stores =>
    stores.audit.append({
      at: clock.nowMicros(),
      principal: principal.name,
      action: 'rollout.refused',
      object: `deployment:${name}`,
      details: { rollout: id, event, code, message },
    }),
  )
}
