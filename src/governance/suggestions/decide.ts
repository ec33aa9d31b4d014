import type { Json } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import { evidenceFault } from './ladder.ts'
import {
  type CountsNot,
  type RefusalReason,
  refusalReasons,
  type Suggestion,
  type SuggestionDecision,
  type SuggestionState,
} from './model.ts'
import {
  changed,
  knownSuggestion,
  ladderOf,
  personalFault,
  type SuggestionAct,
  stepLadder,
} from './record.ts'

/** What a person does with one suggestion. */
export type SuggestionVerdict =
  | { readonly act: 'accept' }
  | { readonly act: 'edit'; readonly value: Json; readonly reason: RefusalReason }
  | { readonly act: 'reject' | 'veto'; readonly reason: RefusalReason }

export interface Decided {
  readonly verdict: SuggestionVerdict
  readonly note: string
  readonly seconds: number | null
  /** The batch whose sample it is decided for. */
  readonly batch: string | null
}

/**
 * Decides on an open suggestion, in the transaction of the act. A refusal of one whose veto window runs is a veto: the rule
 * goes back to `suggest`. Throws SUGGESTION_UNKNOWN, SUGGESTION_CLOSED (by whom, when), ILLEGAL_TRANSITION, BAD_REQUEST.
 */
export async function decide(act: SuggestionAct, id: string, decided: Decided): Promise<Suggestion> {
  const { verdict, note, seconds, batch } = decided
  const suggestion = await knownSuggestion(act.stores, id)
  assertVerdict(decided)
  assertOpen(act, suggestion)
  const inWindow = suggestion.level === 'veto'
  assertAct(suggestion, verdict)
  const accepted = verdict.act === 'accept'
  const fault =
    personalFault({ by: act.by, ruleBy: suggestion.ruleBy, seconds, accepted }) ??
    (await weigh(act, suggestion, accepted))
  const decision: SuggestionDecision = {
    ...{ by: act.by, at: act.at, note, seconds, batch },
    reason: verdict.act === 'accept' ? null : verdict.reason,
    value: verdict.act === 'edit' ? verdict.value : null,
    counts: fault === null,
    countsNot: fault,
  }
  const state: SuggestionState = inWindow && verdict.act === 'reject' ? 'vetoed' : ends[verdict.act]
  const after = await changed(
    act,
    { ...suggestion, state, decision },
    {
      action: state,
      details: { reason: decision.reason, note, seconds, batch, value: decision.value, countsNot: fault },
    },
  )
  if (accepted || verdict.act === 'edit') await outdate(act, after)
  if (inWindow && !accepted)
    await stepLadder(act, await ladderOf(act.stores, suggestion), {
      event: { type: 'alarm', what: 'veto' },
      why: `${act.by} objected to ${suggestion.title}: ${decision.reason}`,
    })
  return after
}

const ends = { accept: 'accepted', edit: 'edited', reject: 'rejected', veto: 'vetoed' } as const

/** Puts the decision to the ladder as evidence; why it is none, or null. */
async function weigh(act: SuggestionAct, suggestion: Suggestion, good: boolean): Promise<CountsNot | null> {
  const { segment, cycle, era } = suggestion
  const ladder = await ladderOf(act.stores, suggestion)
  const event = { type: 'evidence', sort: 'decision', segment, cycle, era, good } as const
  const fault = suggestion.level === 'suggest' ? evidenceFault(ladder, event) : 'level'
  if (fault !== undefined) return fault
  const after = await stepLadder(act, ladder, { event, why: '' })
  return after.decisions.count === ladder.decisions.count ? 'same-cycle' : null
}

/** An older decision on the same place that was not applied yet must not come after this one. */
export async function outdate(act: SuggestionAct, suggestion: Suggestion): Promise<void> {
  const related = await act.stores.suggestions.relatedSuggestions(suggestion)
  for (const each of related) {
    const waits = (each.state === 'accepted' || each.state === 'edited') && each.appliedAt === null
    if (each.id === suggestion.id || !waits) continue
    await changed(
      act,
      { ...each, state: 'superseded' },
      { action: 'superseded', details: { by: suggestion.id } },
    )
  }
}

export function assertOpen({ at }: SuggestionAct, suggestion: Suggestion): void {
  const { id, state, decision, expiresAt } = suggestion
  if (state === 'open' && at < expiresAt) return
  const now = state === 'open' ? 'expired' : state
  const who = decision === null ? '' : ` by ${decision.by} at ${formatTimestamp(decision.at)}`
  throw new FettleError('SUGGESTION_CLOSED', `${id} is ${now}${who}`, {
    details: {
      state: now,
      by: decision?.by ?? null,
      at: decision === null ? null : formatTimestamp(decision.at),
    },
  })
}

function assertAct({ id, level, rule }: Suggestion, { act }: SuggestionVerdict): void {
  if (level === 'observe')
    throw new FettleError('ILLEGAL_TRANSITION', `${id}: ${rule} only observes, nobody decides on it yet`, {
      hint: 'Switch the rule to suggest first: fettle suggestions switch-on.',
    })
  if (act === 'veto' && level !== 'veto')
    throw new FettleError('ILLEGAL_TRANSITION', `${id} has no veto window: it waits for a decision`, {
      hint: 'Reject it instead.',
    })
}

function assertVerdict({ verdict, note, seconds }: Decided): void {
  if (seconds !== null && !(seconds >= 0 && seconds < 1e9))
    throw new FettleError('BAD_REQUEST', `seconds: ${seconds} is no time between display and decision`)
  if (verdict.act === 'accept') return
  if (!refusalReasons.includes(verdict.reason))
    throw new FettleError(
      'BAD_REQUEST',
      `reason: one of ${refusalReasons.join(', ')} is wanted, not "${String(verdict.reason).slice(0, 80)}"`,
    )
  if (verdict.reason === 'other' && note.trim() === '')
    throw new FettleError('BAD_REQUEST', 'the reason "other" needs a note that says which')
}
