import type { Json } from '../../kernel/canonical.ts'
import type { Clock } from '../../kernel/clock.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { messageOf } from '../../kernel/message-of.ts'
import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import { outdate } from './decide.ts'
import type { Suggestion, SuggestionKind } from './model.ts'
import { byRule } from './propose.ts'
import { changed, ladderOf, type SuggestionAct, type SuggestionStores, stepLadder } from './record.ts'

/**
 * Does what a suggestion of a kind proposes: `value` is the proposed value, or the one it was edited to. Called again with
 * the same suggestion after a crash, so it must do nothing where it is done. Resolves to what came of it, for the audit.
 */
export type Applier = (suggestion: Suggestion, value: Json) => Promise<Json>

/** A decided suggestion with its proposed value, or the one it was edited to. */
export interface DecidedSuggestion {
  readonly suggestion: Suggestion
  readonly value: Json
}

/** What became of a decided suggestion: done, or why not; one that waits is asked about again. */
export type Application = { readonly result: Json } | { readonly problem: string } | { readonly waits: true }

/** Does what all decided suggestions of a kind propose in one act, where one by one would be hundreds. */
export interface GroupApplier {
  /** Throws BAD_REQUEST for a value that nothing can be made of. */
  assertValue(value: Json): void
  /** By id. Like {@link Applier}, it does nothing where it is done. */
  apply(decided: readonly DecidedSuggestion[]): Promise<ReadonlyMap<string, Application>>
}
export type Appliers = Readonly<Partial<Record<SuggestionKind, Applier | GroupApplier>>>

export interface SettleDeps {
  readonly uow: UnitOfWork<SuggestionStores>
  readonly clock: Clock
  readonly appliers: Appliers
}

const page = 200

/** Ends what is over and accepts what nobody objected to. A suggestion whose next cycle has come is never applied late. */
export async function settleDue({ uow, clock }: SettleDeps): Promise<void> {
  for (let full = true; full; )
    full = await uow.transaction(async stores => {
      const act: SuggestionAct = { stores, at: clock.nowMicros(), by: 'system' }
      const due = await stores.suggestions.dueSuggestions(act.at, page)
      for (const each of due) {
        if (act.at >= each.expiresAt) await changed(act, { ...each, state: 'expired' }, { action: 'expired' })
        else await passWindow({ ...act, by: `rule:${each.rule}` }, each)
      }
      return due.length > 0
    })
}

async function passWindow(act: SuggestionAct, suggestion: Suggestion): Promise<void> {
  const { rule, segment, cycle, era } = suggestion
  const decision = byRule(act, rule, 'nobody objected')
  const accepted = await changed(
    act,
    { ...suggestion, state: 'accepted', decision },
    { action: 'accepted', details: { window: 'passed' } },
  )
  await outdate(act, accepted)
  await stepLadder(act, await ladderOf(act.stores, suggestion), {
    event: { type: 'evidence', sort: 'window', segment, cycle, era, good: true },
    why: '',
  })
}

/** Applies what is decided and not applied yet, oldest decision first. What fails keeps its problem, and is tried again. */
export async function applyDecided(deps: SettleDeps): Promise<void> {
  const together = new Map<GroupApplier, Suggestion[]>()
  for (let after: Suggestion | undefined, more = true; more; ) {
    const waiting = await deps.uow.read.suggestions.unappliedSuggestions({ after, limit: page })
    for (const each of waiting) {
      const applier = deps.appliers[each.kind]
      if (typeof applier !== 'object') await applyOne(deps, each, applier)
      else if (together.get(applier)?.push(each) === undefined) together.set(applier, [each])
    }
    after = waiting.at(-1)
    more = waiting.length === page
  }
  for (const [applier, waiting] of together) await applyTogether(deps, waiting, applier)
}

async function applyTogether(
  deps: SettleDeps,
  waiting: readonly Suggestion[],
  applier: GroupApplier,
): Promise<void> {
  const decided = waiting.map(suggestion => ({ suggestion, value: decidedValue(suggestion) }))
  const told = await applier.apply(decided).catch((error: unknown) => problemOf(error))
  for (const each of waiting)
    await keepApplication(deps, each, 'problem' in told ? told : (told.get(each.id) ?? { waits: true }))
}

async function applyOne(deps: SettleDeps, seen: Suggestion, applier: Applier | undefined): Promise<void> {
  const suggestion = await deps.uow.read.suggestions.findSuggestion(seen.id)
  if (suggestion === undefined || !isWaiting(suggestion)) return
  const done: Application =
    applier === undefined
      ? { problem: `nothing here applies a ${seen.kind} by itself: it is done by hand` }
      : await attempt(applier, suggestion)
  await keepApplication(deps, suggestion, done)
}

async function keepApplication(
  { uow, clock }: SettleDeps,
  suggestion: Suggestion,
  done: Application,
): Promise<void> {
  if ('waits' in done || ('problem' in done && done.problem === suggestion.problem)) return
  await uow.transaction(async stores => {
    const now = await stores.suggestions.findSuggestion(suggestion.id)
    if (now === undefined || now.appliedAt !== null) return
    const act: SuggestionAct = { stores, at: clock.nowMicros(), by: `rule:${now.rule}` }
    if ('problem' in done) {
      if (!isWaiting(now)) return
      const { problem } = done
      await changed(act, { ...now, problem }, { action: 'not-applied', details: { problem } })
      return
    }
    // Where a newer decision or a demotion came in the meantime, it was done all the same.
    const state = now.state === 'accepted' || now.state === 'open' ? 'applied' : now.state
    const decision = now.decision ?? suggestion.decision
    await changed(
      act,
      { ...now, state, decision, appliedAt: act.at, problem: null },
      { action: 'applied', details: { value: decidedValue(suggestion), result: done.result } },
    )
  })
}

const isWaiting = ({ state, appliedAt }: Suggestion) =>
  (state === 'accepted' || state === 'edited') && appliedAt === null

function decidedValue({ state, decision, proposed }: Suggestion): Json {
  return state === 'edited' && decision !== null ? decision.value : proposed
}

async function attempt(applier: Applier, suggestion: Suggestion): Promise<Application> {
  try {
    return { result: await applier(suggestion, decidedValue(suggestion)) }
  } catch (error) {
    return problemOf(error)
  }
}

function problemOf(error: unknown): { readonly problem: string } {
  const code = error instanceof FettleError ? `${error.code}: ` : ''
  return { problem: `${code}${messageOf(error)}`.slice(0, 2_000) }
}

/**
 * What came of an applied suggestion, k weeks later, on matured labels. A breach of what the rule proposed takes the rule
 * back to `suggest`; of an edited value it does not, for that was the person's. Judged twice, the first stays.
 * Throws ILLEGAL_TRANSITION for one that was not applied.
 */
export async function judgeOutcome(
  act: SuggestionAct,
  suggestion: Suggestion,
  { breach, details }: { readonly breach: boolean; readonly details: Json },
): Promise<Suggestion> {
  const { id, state, appliedAt, segment, cycle, era, title } = suggestion
  if (suggestion.outcome !== null) return suggestion
  if (appliedAt === null)
    throw new FettleError('ILLEGAL_TRANSITION', `${id} is ${state}: only what was applied has an outcome`)
  const judged = await changed(
    act,
    { ...suggestion, outcome: { at: act.at, breach, details } },
    { action: 'judged', details: { breach, outcome: details } },
  )
  if (state === 'edited') return judged
  await stepLadder(
    act,
    await ladderOf(act.stores, suggestion),
    breach
      ? { event: { type: 'alarm', what: 'breach' }, why: `breach after ${title}` }
      : { event: { type: 'evidence', sort: 'outcome', segment, cycle, era, good: true }, why: '' },
  )
  return judged
}
