import { FettleError } from '../../kernel/errors/index.ts'
import { type Alarm, conditionsOf, type Ladder, nextStep } from './ladder.ts'
import type { AutonomyLevel, LadderKey } from './model.ts'
import { ladderOf, type SuggestionAct, stepLadder } from './record.ts'

/** What a person does with the autonomy of a rule. Raising needs an offer; lowering is free at any time. */
export type LevelAct = 'switch-on' | 'raise' | 'decline' | 'lower'

export interface LevelChange {
  readonly act: LevelAct
  /** Where `lower` goes: `suggest` when left out, `observe` from there. */
  readonly to?: AutonomyLevel
  readonly reason: string
}

/** Throws SUGGESTION_UNKNOWN, LADDER_NOT_EARNED, ILLEGAL_TRANSITION, ACTOR_NOT_ALLOWED (the author of the rule), BAD_REQUEST. */
export async function changeLevel(
  act: SuggestionAct,
  key: LadderKey,
  { act: wanted, to, reason }: LevelChange,
): Promise<Ladder> {
  const ladder = await ladderOf(act.stores, key)
  if (wanted === 'raise') assertApprover(ladder, act.by)
  if (reason.trim() === '' && wanted !== 'switch-on')
    throw new FettleError('BAD_REQUEST', 'a reason is wanted: it is kept with the change of autonomy')
  const lowered = to ?? (ladder.level === 'suggest' ? 'observe' : 'suggest')
  const events = {
    'switch-on': { type: 'switched' },
    raise: { type: 'raised' },
    decline: { type: 'declined' },
    lower: { type: 'lowered', to: lowered },
  } as const
  return stepLadder(act, ladder, { event: events[wanted], why: reason })
}

function assertApprover({ rule, ruleBy, offer }: Ladder, by: string): void {
  if (by !== ruleBy || offer === null) return
  throw new FettleError('ACTOR_NOT_ALLOWED', `${by} wrote the rule "${rule}": somebody else raises it`)
}

/** What monitoring and pipelines tell of. `rule-error`: the rule itself failed, and only observes from now on. */
export interface Report {
  readonly subject: string
  /** All rules of the subject when left out. */
  readonly rule?: string
  /** All classes when left out. */
  readonly segmentClass?: string
  readonly what: Exclude<Alarm, 'veto' | 'cap-hit'> | 'rule-error'
  readonly why: string
}

/** Demotes every ladder that the report is about; those that changed. */
export async function report(
  act: SuggestionAct,
  { what, why, ...about }: Report,
): Promise<readonly Ladder[]> {
  const ladders = await act.stores.suggestions.listLadders(about.subject)
  const event = what === 'rule-error' ? ({ type: 'rule-error' } as const) : ({ type: 'alarm', what } as const)
  const demoted: Ladder[] = []
  for (const ladder of ladders) {
    const meant =
      (about.rule ?? ladder.rule) === ladder.rule &&
      (about.segmentClass ?? ladder.segmentClass) === ladder.segmentClass
    if (!meant || ladder.level === 'observe') continue
    demoted.push(await stepLadder(act, ladder, { event, why: `${what}: ${why}` }))
  }
  return demoted
}

/** A ladder with what its next level asks for. */
export interface Standing extends Ladder {
  readonly next: ReturnType<typeof nextStep>
  readonly conditions: ReturnType<typeof conditionsOf>
}

export function standingOf(ladder: Ladder): Standing {
  return { ...ladder, next: nextStep(ladder), conditions: conditionsOf(ladder) }
}
