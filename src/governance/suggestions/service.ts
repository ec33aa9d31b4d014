import type { Json } from '../../kernel/canonical.ts'
import { parseDuration } from '../../kernel/time.ts'
import type { Page } from '../../kernel/unit-of-work.ts'
import type { Principal } from '../model.ts'
import {
  type AcceptedBatch,
  acceptBatch,
  knownBatch,
  type ShownBatch,
  startBatch,
  withSample,
} from './batches.ts'
import { type Decided, decide } from './decide.ts'
import { changeLevel, type LevelChange, type Report, report, type Standing, standingOf } from './levels.ts'
import type { AutonomyLevel, LadderKey, Proposal, Suggestion } from './model.ts'
import { type PacePerPerson, paceOf } from './pace.ts'
import type { LadderStep, SuggestionQuery } from './ports.ts'
import { propose } from './propose.ts'
import { assertPerson, knownSuggestion, ladderOf, type SuggestionAct } from './record.ts'
import { applyDecided, judgeOutcome, type SettleDeps, settleDue } from './settle.ts'

const paceWindow = parseDuration('28d')

/**
 * Suggest before you automate: one mechanism for whatever a rule would do by itself (releases.md §7). Every change is audited
 * in its transaction. What a person does is refused for steps and rules (ACTOR_NOT_ALLOWED).
 */
export interface Suggestions {
  /** For rules: all of it or nothing; the same again changes nothing. Throws SUGGESTION_INVALID. */
  propose(proposals: readonly Proposal[]): Promise<readonly Suggestion[]>
  /** For monitoring: breach, late labels, shift or an error of the rule demote at once; the ladders that moved. */
  report(about: Report, by: string): Promise<readonly Standing[]>
  /** For monitoring, k weeks after it was applied. Throws SUGGESTION_UNKNOWN, ILLEGAL_TRANSITION. */
  judge(
    id: string,
    outcome: { readonly breach: boolean; readonly details: Json },
    by: string,
  ): Promise<Suggestion>

  /** The riskiest first. */
  list(query: SuggestionQuery): Promise<Page<Suggestion>>
  get(id: string): Promise<Suggestion>
  /** How many are open, by level. */
  counts(): Promise<Readonly<Partial<Record<AutonomyLevel, number>>>>
  /** Throws SUGGESTION_UNKNOWN, SUGGESTION_CLOSED, ILLEGAL_TRANSITION, BAD_REQUEST. */
  decide(id: string, decided: Decided, principal: Principal): Promise<Suggestion>

  /** Throws BATCH_NOT_READY, BAD_REQUEST. */
  startBatch(
    tail: { readonly below: number; readonly subject?: string },
    principal: Principal,
  ): Promise<ShownBatch>
  batch(id: string): Promise<ShownBatch>
  acceptBatch(
    id: string,
    act: { readonly seconds: number | null; readonly note: string },
    principal: Principal,
  ): Promise<AcceptedBatch>

  /** By subject, rule and class. */
  levels(subject?: string): Promise<readonly Standing[]>
  /** Throws SUGGESTION_UNKNOWN, LADDER_NOT_EARNED, ILLEGAL_TRANSITION, ACTOR_NOT_ALLOWED. */
  changeLevel(key: LadderKey, change: LevelChange, principal: Principal): Promise<Standing>
  /** How autonomy was earned and lost, oldest first. */
  history(key: LadderKey): Promise<readonly LadderStep[]>
  /** Over the last 28 days. */
  pace(): Promise<PacePerPerson>

  /** Expires, lets veto windows pass, and applies what is decided. One at a time. */
  settle(): Promise<void>
}

export type SuggestionDeps = SettleDeps & {
  /** Whether this process applies what is decided at once; else its duty does, wherever that runs. */
  appliesHere?(): boolean
}

function assertValue(
  { appliers }: SettleDeps,
  { kind }: Suggestion,
  { value }: { readonly value: Json },
): void {
  const applier = appliers[kind]
  if (typeof applier === 'object') applier.assertValue(value)
}

export function createSuggestions(deps: SuggestionDeps): Suggestions {
  const { uow, clock } = deps
  const { suggestions } = uow.read
  const inOneAct = <Result>(by: string, work: (act: SuggestionAct) => Promise<Result>): Promise<Result> =>
    uow.transaction(stores => work({ stores, at: clock.nowMicros(), by }))
  const byPerson = async <Result>(principal: Principal, work: (act: SuggestionAct) => Promise<Result>) => {
    assertPerson(principal)
    return inOneAct(principal.name, work)
  }
  let applying: Promise<void> = Promise.resolve()
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const turn = applying.then(work)
    applying = turn.catch(() => undefined)
    return turn
  }
  const applyHere = async () => {
    if (deps.appliesHere?.() === true) await inTurn(() => applyDecided(deps))
  }
  return {
    async propose(proposals) {
      const made = await inOneAct(proposals[0] === undefined ? 'system' : `rule:${proposals[0].rule}`, act =>
        propose(act, proposals),
      )
      if (made.some(({ state }) => state === 'accepted')) await applyHere()
      return made
    },
    report: async (about, by) => (await inOneAct(by, act => report(act, about))).map(standingOf),
    judge: (id, outcome, by) =>
      inOneAct(by, async act => judgeOutcome(act, await knownSuggestion(act.stores, id), outcome)),
    list: query => suggestions.listSuggestions(query),
    get: id => knownSuggestion(uow.read, id),
    counts: () => suggestions.countOpen(),
    async decide(id, decided, principal) {
      if (decided.verdict.act === 'edit')
        assertValue(deps, await knownSuggestion(uow.read, id), decided.verdict)
      const after = await byPerson(principal, act => decide(act, id, decided))
      if (after.state !== 'accepted' && after.state !== 'edited') return after
      await applyHere()
      return knownSuggestion(uow.read, id)
    },
    startBatch: (tail, principal) =>
      byPerson(principal, async act => withSample(act.stores, await startBatch(act, tail))),
    batch: async id => withSample(uow.read, await knownBatch(uow.read, id)),
    async acceptBatch(id, how, principal) {
      const accepted = await byPerson(principal, act => acceptBatch(act, id, how))
      await applyHere()
      return accepted
    },
    levels: async subject => (await suggestions.listLadders(subject)).map(standingOf),
    changeLevel: async (key, change, principal) =>
      standingOf(await byPerson(principal, act => changeLevel(act, key, change))),
    async history(key) {
      await ladderOf(uow.read, key)
      return suggestions.listSteps(key)
    },
    pace: async () => paceOf(await suggestions.countDecisions(clock.nowMicros() - paceWindow)),
    settle: () =>
      inTurn(async () => {
        await settleDue(deps)
        await applyDecided(deps)
      }),
  }
}
