import { clearAfter, dueAt, elapsed, type RolloutFacts, staleAfter } from './facts.ts'
import type { LoggedRollout } from './fold-deployment.ts'
import { guardsOf, stageDuration } from './guards.ts'
import type { RolloutEvent } from './model.ts'
import { baseOf, formerOf } from './routing.ts'
import { micros } from './terms.ts'

/** What the controller does next with one rollout. */
export type RolloutStep =
  | { readonly act: 'wait'; readonly why: string }
  /** Goes forward when a person says so; every guard holds. */
  | { readonly act: 'suggest'; readonly event: RolloutEvent; readonly reason: string }
  | {
      readonly act: 'event'
      readonly event: RolloutEvent
      readonly by: 'rule' | 'system'
      readonly reasonCode: string
      readonly reason: string
      /** Nothing may start by rule afterwards until a person has closed it. */
      readonly incident: boolean
    }

const waits = (why: string): RolloutStep => ({ act: 'wait', why })

/**
 * One decision about one rollout from what is known now (releases.md §8, §10): what protects first, then what freezes, then
 * what goes forward. Pure: told the same, it says the same.
 */
export function chooseRolloutStep(facts: RolloutFacts): RolloutStep {
  return protects(facts) ?? freezes(facts) ?? resumes(facts) ?? advances(facts)
}

/** The event that takes back what this state gave; undefined where nothing is to be taken back. */
export function takesBack({
  folded,
  rollout,
}: Pick<RolloutFacts, 'folded' | 'rollout'>): RolloutEvent | undefined {
  const { state, heldFrom } = rollout.now
  const own = state === 'held' ? heldFrom : state
  if (own === 'probation') return 'roll_back'
  if (own === 'champion') return formerOf(folded) ? 'roll_back' : undefined
  return own === 'verified' || own === 'shadow' || own === 'canary' ? 'abort' : undefined
}

function protects(facts: RolloutFacts): RolloutStep | undefined {
  const event = takesBack(facts)
  const { look, rollout } = facts
  if (event === undefined || look === null) return undefined
  const taken = (reasonCode: string, reason: string): RolloutStep => ({
    ...{ act: 'event', event, by: 'rule', reasonCode, reason, incident: true },
  })
  const harm = look.evidence.harm.find(({ harmed, status }) => harmed && status === 'protected')
  if (look.evidence.harmed)
    return taken(
      'harm',
      harm
        ? `${harm.metric} on ${harm.slice} is worse than ${harm.contract} allows`
        : 'a protected cell is harmed',
    )
  const state = rollout.now.heldFrom ?? rollout.now.state
  const guard = look.evidence.guards.find(each => each.state === 'breached')
  // What answers nobody can be slow or fail at nobody's cost.
  if (guard && state !== 'shadow')
    return taken(
      'guard',
      `${guard.guard}: ${guard.challenger.events} of ${guard.challenger.of} against ${guard.champion.events} of ${guard.champion.of}`,
    )
  const { contracts } = look.evidence
  // Before its planned rows a contract may only be looked at by the harm test, which any number of looks leaves valid.
  const decided = look.evidence.planned.reached >= look.evidence.planned.cells && stageIsOver(facts)
  if (contracts?.verdict === 'fail' && decided) return taken('contract', contracts.summary)
  return undefined
}

function stageIsOver(facts: RolloutFacts): boolean {
  const duration = stageDuration(facts)
  return duration !== undefined && elapsed(facts) >= micros(duration)
}

function freezes(facts: RolloutFacts): RolloutStep | undefined {
  const { rollout, look, lookProblem, now } = facts
  const { state } = rollout.now
  if (state !== 'shadow' && state !== 'canary' && state !== 'probation') return undefined
  const hold = (reasonCode: string, reason: string): RolloutStep => ({
    ...{ act: 'event', event: 'hold', by: 'rule', reasonCode, reason, incident: false },
  })
  if (look?.evidence.sampleRatio?.state === 'mismatch')
    return hold('sample-ratio', 'units are not split as the weights say: the evidence of this step is void')
  const measuredAt = look?.at ?? rollout.since
  if (lookProblem !== null && now - measuredAt > staleAfter(rollout))
    return hold('measuring-error', `nothing can be measured: ${lookProblem}`)
  if (state === 'probation' && now >= dueAt(rollout, rollout.terms.probationLimit))
    return hold('stale-labels', `not decided after ${rollout.terms.probationLimit} of probation`)
  if (isExhausted(facts))
    return hold('inconclusive', `twice the planned rows decide nothing: ${look?.evidence.contracts?.summary}`)
  return undefined
}

/** Twice the planned rows are there and the contracts are still open (releases.md §10). */
function isExhausted({ look }: RolloutFacts): boolean {
  const contracts = look?.evidence.contracts
  if (contracts?.verdict !== 'inconclusive') return false
  const planned = contracts.cells.filter(cell => cell.status === 'protected' && cell.planned !== null)
  return planned.length > 0 && planned.every(cell => cell.matured >= 2 * (cell.planned ?? 0))
}

const passing: ReadonlySet<string | null> = new Set(['measuring-error', 'capacity'])

function resumes(facts: RolloutFacts): RolloutStep | undefined {
  const { rollout, clearSince, now } = facts
  const { state, cause } = rollout.now
  if (state !== 'held') return undefined
  if (!passing.has(cause)) return waits(`held (${cause}): a person resumes it or takes it back`)
  if (clearSince === null || now - clearSince < clearAfter(rollout))
    return waits(`held (${cause}) until everything has been measured again for a while`)
  const missing = guardsOf('resume', facts).find(({ holds }) => !holds)
  if (missing) return waits(`held: ${missing.title}: ${missing.now}`)
  return {
    ...{ act: 'event', event: 'resume', by: 'rule', reasonCode: 'clear', incident: false },
    reason: 'everything is measured again',
  }
}

/** The event that comes next where everything goes well; undefined at the end of the way. */
export function forwardEvent({ now, terms }: Pick<LoggedRollout, 'now' | 'terms'>): RolloutEvent | undefined {
  switch (now.state) {
    case 'verified':
      return 'start_shadow'
    case 'shadow':
      return 'start_canary'
    case 'canary':
      return (now.step ?? 0) + 1 < terms.canary.length ? 'step_up' : 'start_probation'
    case 'probation':
      return 'confirm'
    default:
      return undefined
  }
}

function advances(facts: RolloutFacts): RolloutStep {
  const { rollout, folded, routers, lookProblem } = facts
  const event = forwardEvent(rollout)
  if (event === undefined) return waits('nothing comes next')
  if (lookProblem !== null) return waits(`${event} waits for a look that succeeds: ${lookProblem}`)
  const missing = guardsOf(event, facts).filter(({ holds }) => !holds)
  if (missing.length > 0)
    return waits(
      `${event} waits for ${missing.map(({ title, now, needed }) => `${title}: ${now}, needed ${needed}`).join('; ')}`,
    )
  const reason = `every guard of ${event} holds`
  const applied = routers?.length ? routers.every(({ seq }) => seq >= folded.seq) : false
  if (!applied) return waits(`${event} waits for every router to follow row ${folded.seq}`)
  if (rollout.terms.advance === 'person' || folded.incident !== null) return { act: 'suggest', event, reason }
  return { act: 'event', event, by: 'rule', reasonCode: 'guards-hold', reason, incident: false }
}

/** Rollouts that somebody must look at, in the order they began. */
export function lookedAt(folded: RolloutFacts['folded']): readonly LoggedRollout[] {
  const base = baseOf(folded)?.rollout.id
  return [...folded.rollouts.values()].filter(({ id, now }) => {
    if (now.state === 'champion') return id === base && formerOf(folded) !== undefined
    return now.state !== null && !['retired', 'aborted', 'rolled_back'].includes(now.state)
  })
}
