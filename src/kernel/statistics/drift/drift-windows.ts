import { compareText } from '../../values/order.ts'
import { benjaminiHochberg } from '../multiple-testing.ts'
import { enoughRows } from './total-variation.ts'

/** One feature's test in one window: p for "more than the limit moved". */
export interface FeatureTest {
  readonly pValue: number
  readonly referenceRows: number
  readonly currentRows: number
  /** Bins of the reference that hold rows. */
  readonly binsUsed: number
}

export interface DriftWindow {
  /** Number of the window's day. */
  readonly day: number
  /** By feature; null where the feature has no reference. */
  readonly features: Readonly<Record<string, FeatureTest | null>>
}

export type FeatureState = 'no_reference' | 'not_enough_data' | 'quiet' | 'alarm' | 'watched_alarm'

export interface WindowDecision {
  readonly states: Readonly<Record<string, FeatureState>>
  readonly decision: 'none' | 'trigger' | 'suppressed_cooldown'
  /** Features that would trigger, by name. */
  readonly by: readonly string[]
}

export interface DriftRule {
  /** Features whose drift may act; the others are watched. */
  readonly counting: readonly string[]
  /** Days after a trigger in which no other follows. */
  readonly cooldownDays: number
}

const alpha = 0.01
const falseDiscoveryRate = 0.05
/** An alarm triggers when so many of the last windows in which the feature was tested alarmed, itself among them. */
const persistence = { alarms: 2, windows: 3 }

/**
 * Decides windows in order (monitoring.md §3.3). A counting feature alarms iff p ≤ 0.01 and its Benjamini-Hochberg
 * adjusted p over the window's tested counting features is ≤ 0.05; it triggers iff it alarms now and in two of its last
 * three tested windows; after a trigger comes the cool-down.
 */
export function decideWindows(rule: DriftRule, windows: readonly DriftWindow[]): WindowDecision[] {
  const alarms = new Map<string, boolean[]>()
  let lastTrigger = Number.NEGATIVE_INFINITY
  return windows.map(window => {
    const states = statesOf(rule.counting, window)
    for (const [name, state] of Object.entries(states)) remember(alarms, name, state)
    const by = rule.counting.filter(name => states[name] === 'alarm' && persists(alarms.get(name) ?? []))
    if (by.length === 0) return { states, decision: 'none', by }
    const cooling = window.day - lastTrigger < rule.cooldownDays
    if (!cooling) lastTrigger = window.day
    return { states, decision: cooling ? 'suppressed_cooldown' : 'trigger', by: by.sort(compareText) }
  })
}

function statesOf(counting: readonly string[], { features }: DriftWindow): Record<string, FeatureState> {
  const tested = Object.entries(features).flatMap(([name, test]) =>
    test !== null && hasEnough(test) && counting.includes(name) ? [{ name, p: test.pValue }] : [],
  )
  const adjusted = benjaminiHochberg(tested.map(({ p }) => p))
  const discovered = new Set(
    tested.filter((_, at) => (adjusted[at] ?? 1) <= falseDiscoveryRate).map(({ name }) => name),
  )
  return Object.fromEntries(
    Object.entries(features).map(([name, test]): [string, FeatureState] => {
      if (test === null) return [name, 'no_reference']
      if (!hasEnough(test)) return [name, 'not_enough_data']
      if (test.pValue > alpha) return [name, 'quiet']
      if (!counting.includes(name)) return [name, 'watched_alarm']
      return [name, discovered.has(name) ? 'alarm' : 'quiet']
    }),
  )
}

function hasEnough({ referenceRows, currentRows, binsUsed }: FeatureTest): boolean {
  return Math.min(referenceRows, currentRows) >= enoughRows(binsUsed)
}

function remember(alarms: Map<string, boolean[]>, name: string, state: FeatureState): void {
  if (state === 'no_reference' || state === 'not_enough_data') return
  alarms.set(name, [...(alarms.get(name) ?? []), state === 'alarm'].slice(-persistence.windows))
}

function persists(last: readonly boolean[]): boolean {
  return last.filter(Boolean).length >= persistence.alarms
}
