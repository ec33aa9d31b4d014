import { FettleError } from '../../kernel/errors/index.ts'
import { acceptanceBound, acceptanceLooks } from '../../kernel/statistics/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { AutonomyLevel, LadderKey } from './model.ts'

interface Gate {
  readonly to: AutonomyLevel
  /** One-sided 95 % Clopper-Pearson lower bound that the share of good evidence must reach. */
  readonly lower: number
  readonly cycles: number
  /** Applied values judged on matured labels without a breach. */
  readonly judged: number
}

const gates: Readonly<Partial<Record<AutonomyLevel, Gate>>> = {
  suggest: { to: 'veto', lower: 0.9, cycles: 3, judged: 29 },
  veto: { to: 'auto', lower: 0.95, cycles: 6, judged: 0 },
}

/** Evidence of one sort since it was last put back to zero. */
export interface Tally {
  readonly count: number
  readonly good: number
  readonly cycles: number
  /** What the last look at the bound saw. */
  readonly look: { readonly count: number; readonly good: number; readonly lower: number } | null
}

/** Where a rule stands for a class of segments, and what it has earned since its evidence started. */
export interface Ladder extends LadderKey {
  readonly ruleHash: string
  readonly ruleBy: string
  readonly level: AutonomyLevel
  /** Since when it is at this level. */
  readonly since: Micros
  /** How often the evidence was put back to zero. */
  readonly era: number
  /** At level `suggest`: accepted of those decided one by one. */
  readonly decisions: Tally
  /** At level `veto`: windows that passed without a veto. */
  readonly windows: Tally
  readonly judged: number
  /** The level that an approver may raise it to. */
  readonly offer: AutonomyLevel | null
  /** Count at the look whose offer was declined: the next look may offer again. */
  readonly declined: number | null
}

export type EvidenceSort = 'decision' | 'window' | 'outcome'

/** Demotes to `suggest` at once. */
export type Alarm = 'veto' | 'breach' | 'cap-hit' | 'late-labels' | 'shift'

export type LadderEvent =
  | {
      readonly type: 'evidence'
      readonly sort: EvidenceSort
      readonly segment: string
      readonly cycle: string
      /** Era of the suggestion. */
      readonly era: number
      readonly good: boolean
    }
  | { readonly type: 'alarm'; readonly what: Alarm }
  | { readonly type: 'rule-changed'; readonly ruleHash: string }
  | { readonly type: 'rule-error' }
  /** A person's: only these lead upwards. */
  | { readonly type: 'switched' | 'raised' | 'declined' }
  | { readonly type: 'lowered'; readonly to: AutonomyLevel }

/** Whether an item is the first of its segment and cycle, and the first of its cycle. */
export interface Freshness {
  readonly first: boolean
  readonly newCycle: boolean
}

const none: Tally = { count: 0, good: 0, cycles: 0, look: null }
const unproven = { decisions: none, windows: none, judged: 0, offer: null, declined: null } as const

export function newLadder(
  { subject, rule, segmentClass }: LadderKey,
  code: { readonly ruleHash: string; readonly ruleBy: string },
  since: Micros,
): Ladder {
  return { subject, rule, segmentClass, ...code, ...{ level: 'observe', since, era: 0 }, ...unproven }
}

/** Why an item of evidence does not count where the ladder stands; undefined when it may. */
export function evidenceFault(
  { level, era }: Pick<Ladder, 'level' | 'era'>,
  item: { readonly sort: EvidenceSort; readonly era: number },
): 'before-demotion' | 'level' | undefined {
  if (item.era !== era) return 'before-demotion'
  const levels: Readonly<Record<EvidenceSort, readonly AutonomyLevel[]>> = {
    decision: ['suggest'],
    window: ['veto'],
    outcome: ['suggest', 'veto'],
  }
  return levels[item.sort].includes(level) ? undefined : 'level'
}

/**
 * The ladder after an event. Pure; `fresh` is asked for evidence only. Throws LADDER_NOT_EARNED for a raise that is not
 * offered, ILLEGAL_TRANSITION for an act that the level does not know.
 */
export function advance(ladder: Ladder, event: LadderEvent, at: Micros, fresh?: Freshness): Ladder {
  switch (event.type) {
    case 'evidence':
      if (evidenceFault(ladder, event) !== undefined || fresh?.first !== true) return ladder
      return withOffer(counted(ladder, event, fresh))
    case 'alarm':
      return ladder.level === 'observe' ? ladder : restarted(ladder, 'suggest', at)
    case 'rule-changed':
      return restarted({ ...ladder, ruleHash: event.ruleHash }, 'observe', at)
    case 'rule-error':
      return restarted(ladder, 'observe', at)
    case 'switched':
      if (ladder.level !== 'observe') throw illegal(ladder, 'is past observing already')
      return { ...ladder, level: 'suggest', since: at }
    case 'raised':
      if (ladder.offer === null) throw notEarned(ladder)
      return { ...ladder, level: ladder.offer, since: at, offer: null, declined: null }
    case 'declined':
      if (ladder.offer === null) throw notEarned(ladder)
      return { ...ladder, offer: null, declined: tallyOf(ladder).look?.count ?? null }
    case 'lowered':
      if (order.indexOf(event.to) >= order.indexOf(ladder.level))
        throw illegal(ladder, `cannot be lowered to ${event.to}`)
      return restarted(ladder, event.to, at)
  }
}

const order: readonly AutonomyLevel[] = ['observe', 'suggest', 'veto', 'auto']

function restarted(ladder: Ladder, level: AutonomyLevel, at: Micros): Ladder {
  const since = ladder.level === level ? ladder.since : at
  return { ...ladder, level, since, era: ladder.era + 1, ...unproven }
}

function counted(
  ladder: Ladder,
  { sort, good }: Extract<LadderEvent, { type: 'evidence' }>,
  fresh: Freshness,
): Ladder {
  if (sort === 'outcome') return { ...ladder, judged: ladder.judged + 1 }
  const name = sort === 'decision' ? 'decisions' : 'windows'
  const before = ladder[name]
  const [count, accepted] = [before.count + 1, before.good + (good ? 1 : 0)]
  const look = acceptanceLooks.includes(count)
    ? { count, good: accepted, lower: acceptanceBound(accepted, count).lower }
    : before.look
  return {
    ...ladder,
    [name]: { count, good: accepted, cycles: before.cycles + (fresh.newCycle ? 1 : 0), look },
  }
}

function withOffer(ladder: Ladder): Ladder {
  const gate = gates[ladder.level]
  const count = tallyOf(ladder).look?.count ?? 0
  const declined = ladder.declined !== null && count <= ladder.declined
  const earned = gate !== undefined && !declined && conditionsOf(ladder).every(each => each.met)
  return { ...ladder, offer: earned ? gate.to : null }
}

function tallyOf({ level, decisions, windows }: Ladder): Tally {
  return level === 'veto' ? windows : decisions
}

/** One thing a rule must show before a person may raise it. */
export interface Condition {
  readonly name: 'bound' | 'cycles' | 'judged'
  readonly have: number | null
  readonly need: number
  readonly met: boolean
}

/** What the next level asks for; empty at `observe`, which a person may leave at any time, and at `auto`. */
export function conditionsOf(ladder: Ladder): readonly Condition[] {
  const gate = gates[ladder.level]
  if (gate === undefined) return []
  const { look, cycles } = tallyOf(ladder)
  const lower = look?.lower ?? null
  return [
    { name: 'bound', have: lower, need: gate.lower, met: lower !== null && lower >= gate.lower },
    { name: 'cycles', have: cycles, need: gate.cycles, met: cycles >= gate.cycles },
    ...(gate.judged === 0
      ? []
      : [
          {
            name: 'judged' as const,
            have: ladder.judged,
            need: gate.judged,
            met: ladder.judged >= gate.judged,
          },
        ]),
  ]
}

/** The level after this one, and the count at which the bound is looked at next; null where there is none. */
export function nextStep(ladder: Ladder): {
  readonly to: AutonomyLevel | null
  readonly look: number | null
} {
  const to = ladder.level === 'observe' ? 'suggest' : (gates[ladder.level]?.to ?? null)
  if (gates[ladder.level] === undefined) return { to, look: null }
  const { count } = tallyOf(ladder)
  return { to, look: acceptanceLooks.find(each => each > count) ?? null }
}

const said = (value: number | null) =>
  value === null ? 'not looked at yet' : String(Number(value.toFixed(4)))

function notEarned(ladder: Ladder): FettleError {
  const missing = conditionsOf(ladder).filter(({ met }) => !met)
  const words = missing.map(({ name, have, need }) => `${name} ${said(have)} of ${need}`).join(', ')
  const why =
    ladder.level === 'auto'
      ? 'is at auto already'
      : ladder.level === 'observe'
        ? 'only observes: a person switches it to suggest first'
        : `is at ${ladder.level}${words === '' ? ', and the offer was declined until the next look' : `: ${words}`}`
  return new FettleError('LADDER_NOT_EARNED', `${nameOf(ladder)} ${why}`, {
    details: { level: ladder.level, missing: missing.map(each => ({ ...each })) },
  })
}

function illegal(ladder: Ladder, what: string): FettleError {
  return new FettleError('ILLEGAL_TRANSITION', `${nameOf(ladder)} ${what}; it is at ${ladder.level}`, {
    hint: 'fettle suggestions levels shows where every rule stands.',
  })
}

function nameOf({ rule, subject, segmentClass }: LadderKey): string {
  return `the rule "${rule}" of ${subject}${segmentClass === '' ? '' : ` for ${segmentClass}`}`
}
