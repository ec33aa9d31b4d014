import type { Json } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Principal } from '../model.ts'
import type { AuditStores } from '../service.ts'
import { advance, evidenceFault, type Ladder, type LadderEvent } from './ladder.ts'
import type { CountsNot, Suggestion } from './model.ts'
import type { LadderStep, SuggestionStore } from './ports.ts'

export interface SuggestionStores extends AuditStores {
  readonly suggestions: SuggestionStore
}

/** The part of a transaction that changes suggestions: one instant, one actor. */
export interface SuggestionAct {
  readonly stores: SuggestionStores
  readonly at: Micros
  readonly by: string
}

/** Stores a suggestion as it is now, with the audit event of what happened to it. */
export async function changed(
  act: SuggestionAct,
  suggestion: Suggestion,
  said: { readonly action: string; readonly details?: Readonly<Record<string, Json>> },
): Promise<Suggestion> {
  await act.stores.suggestions.updateSuggestion(suggestion)
  await act.stores.audit.append(suggestionEvent(act, suggestion, said))
  return suggestion
}

/** `suggestion.<action>` of the subject. */
export function suggestionEvent(
  { at, by }: SuggestionAct,
  suggestion: Suggestion,
  { action, details = {} }: { readonly action: string; readonly details?: Readonly<Record<string, Json>> },
) {
  const { id, kind, rule, segmentClass, segment, cycle, subject, level } = suggestion
  return {
    at,
    principal: by,
    action: `suggestion.${action}`,
    object: subject,
    details: { id, kind, rule, segmentClass, segment, cycle, level, ...details },
  }
}

/**
 * Puts an event to the ladder: stores where it stands then, keeps a step of its history when it moved, was offered more or
 * lost its evidence, and takes open suggestions along. Throws as `advance` does.
 */
export async function stepLadder(
  act: SuggestionAct,
  before: Ladder,
  { event, why }: { readonly event: LadderEvent; readonly why: string },
): Promise<Ladder> {
  const { suggestions } = act.stores
  const fresh =
    event.type === 'evidence' && evidenceFault(before, event) === undefined
      ? await suggestions.addEvidence(before, event)
      : undefined
  const after = advance(before, event, act.at, fresh)
  if (after === before) return before
  await suggestions.putLadder(after)
  if (event.type !== 'evidence')
    await keepStep(act, { what: event.type === 'alarm' ? 'demoted' : event.type, before, after, why })
  else if (after.offer !== null && before.offer === null)
    await keepStep(act, { what: 'offered', before, after, why: `the evidence for ${after.offer} is there` })
  // A raise holds for what is proposed from then on; everything else holds for what is open, too.
  if (after.era !== before.era || event.type === 'switched') await suggestions.relevelOpen(after, after.level)
  if (after.era !== before.era) await reopen(act, after)
  return after
}

/** What the rule accepted in its own name and is not applied yet waits for a person from now on. */
async function reopen(act: SuggestionAct, { subject, rule, segmentClass, level }: Ladder): Promise<void> {
  const place = { subject, rule, segmentClass, cycle: '' }
  const related = await act.stores.suggestions.relatedSuggestions(place)
  for (const each of related)
    if (each.state === 'accepted' && each.appliedAt === null && each.decision?.countsNot === 'rule')
      await changed(
        act,
        { ...each, level, state: 'open', decision: null, appliesAt: null, problem: null },
        { action: 'reopened' },
      )
}

/** The evidence that the next level is judged by; for history and audit. */
export function evidenceOf({ decisions, windows, judged, offer }: Ladder) {
  return { decisions: { ...decisions }, windows: { ...windows }, judged, offer }
}

export async function keepStep(
  { stores, at, by }: SuggestionAct,
  step: Pick<LadderStep, 'what' | 'why'> & { readonly before: Ladder; readonly after: Ladder },
): Promise<void> {
  const { what, why, before, after } = step
  const evidence = JSON.parse(JSON.stringify(evidenceOf(what === 'offered' ? after : before))) as Json
  const kept: LadderStep = { at, by, what, from: before.level, to: after.level, why, evidence }
  await stores.suggestions.appendStep(after, kept)
  const { subject, rule, segmentClass } = after
  await stores.audit.append({
    at,
    principal: by,
    action: `autonomy.${what}`,
    object: subject,
    details: { rule, segmentClass, from: kept.from, to: kept.to, why, evidence },
  })
}

export async function knownSuggestion(
  { suggestions }: Pick<SuggestionStores, 'suggestions'>,
  id: string,
): Promise<Suggestion> {
  const found = await suggestions.findSuggestion(id)
  if (found === undefined)
    throw new FettleError('SUGGESTION_UNKNOWN', `there is no suggestion ${id.slice(0, 80)}`)
  return found
}

export async function ladderOf(
  { suggestions }: Pick<SuggestionStores, 'suggestions'>,
  key: Parameters<SuggestionStore['findLadder']>[0],
): Promise<Ladder> {
  const found = await suggestions.findLadder(key)
  if (found === undefined)
    throw new FettleError(
      'SUGGESTION_UNKNOWN',
      `no rule "${key.rule.slice(0, 80)}" has suggested anything for ${key.subject.slice(0, 80)}${key.segmentClass === '' ? '' : `, class ${key.segmentClass.slice(0, 80)}`}`,
      { hint: 'fettle suggestions levels lists the rules.' },
    )
  return found
}

/** Steps, schedules and rules act under names like `step:…`: none of them decides. Throws ACTOR_NOT_ALLOWED. */
export function assertPerson({ name }: Principal): void {
  if (!/^(?:step|rule|schedule|system)(?::|$)/.test(name)) return
  throw new FettleError('ACTOR_NOT_ALLOWED', `${name} is not a person; persons decide on suggestions`)
}

/** Decisions after fewer seconds than this have not looked at what they decide. */
export const hastySeconds = 2

/** Why the decision of a person is no evidence, whatever there was before; null when it may be. */
export function personalFault(decision: {
  readonly by: string
  readonly ruleBy: string
  readonly seconds: number | null
  readonly accepted: boolean
}): CountsNot | null {
  const { by, ruleBy, seconds, accepted } = decision
  if (by === ruleBy) return 'own-rule'
  if (seconds === null) return accepted ? 'not-measured' : null
  return seconds < hastySeconds ? 'rubber-stamp' : null
}
