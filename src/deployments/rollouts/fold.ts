/** Where a rollout stands (releases.md §8). */
export type RolloutState =
  | 'verified'
  | 'shadow'
  | 'canary'
  | 'probation'
  | 'champion'
  | 'held'
  | 'retired'
  | 'aborted'
  | 'rolled_back'

type RolloutActor = 'person' | 'rule' | 'system' | 'local-kill'

/** One row of the log, as far as weights follow from it. */
export interface RolloutRow {
  readonly event: string
  readonly actor: string
  /** Percent; of a step that names where it goes. */
  readonly weight?: number
  /** Of a hold. */
  readonly cause?: string
}

/** What the rows so far come to. */
export interface FoldedRollout {
  /** Null before the first row. */
  readonly state: RolloutState | null
  /** Percent of traffic. */
  readonly weight: number
  /** Index of the canary step; null outside. */
  readonly step: number | null
  /** What it was held from, and why. */
  readonly heldFrom: RolloutState | null
  readonly cause: string | null
}

export interface RefusedRow {
  readonly row: number
  readonly code: RowRefusal
  /** Events that may follow what stands. */
  readonly allowed: readonly string[]
}

export type RowRefusal = 'ILLEGAL_TRANSITION' | 'ACTOR_NOT_ALLOWED' | 'ILLEGAL_WEIGHT'

interface Transition {
  readonly event: string
  /** Null: the first row. */
  readonly from: readonly (RolloutState | null)[]
  readonly actors: readonly RolloutActor[]
  /** Undefined: the weight is not one of the steps that may follow. */
  apply(before: FoldedRollout, row: RolloutRow, steps: readonly number[]): FoldedRollout | undefined
  /** Where more than the state decides whether it may happen at all. */
  possible?(before: FoldedRollout, row: RolloutRow, steps: readonly number[]): boolean
  /** Where more than the event decides who may. */
  permits?(before: FoldedRollout, actor: RolloutActor): boolean
}

export const nothing: FoldedRollout = { state: null, weight: 0, step: null, heldFrom: null, cause: null }
const at = (state: RolloutState, weight: number): FoldedRollout => ({ ...nothing, state, weight })
const fixed = (state: RolloutState, weight: number) => () => at(state, weight)
const decides: readonly RolloutActor[] = ['rule', 'person']
const protects: readonly RolloutActor[] = ['rule', 'person', 'local-kill']

/** Causes that a rule may resume from by itself. */
const passing: ReadonlySet<string | null> = new Set(['measuring-error', 'capacity'])

const onStep = (steps: readonly number[], step: number): FoldedRollout => ({
  ...at('canary', steps[step] ?? 0),
  step,
})
const meant = ({ weight }: RolloutRow, wanted: number | undefined): boolean =>
  wanted !== undefined && (weight === undefined || weight === wanted)

/** T1–T15, as the specification lists them. */
const transitions: readonly Transition[] = [
  { event: 'verify_passed', from: [null], actors: ['system'], apply: fixed('verified', 0) },
  { event: 'start_shadow', from: ['verified'], actors: decides, apply: fixed('shadow', 0) },
  { event: 'first_release', from: ['verified'], actors: ['person'], apply: fixed('probation', 100) },
  {
    event: 'start_canary',
    from: ['shadow'],
    actors: decides,
    apply: (_, row, steps) => (meant(row, steps[0]) ? onStep(steps, 0) : undefined),
  },
  {
    event: 'step_up',
    from: ['canary'],
    actors: decides,
    possible: ({ step }, _, steps) => (step ?? 0) + 1 < steps.length,
    apply({ step }, row, steps) {
      const next = (step ?? 0) + 1
      return meant(row, steps[next]) ? onStep(steps, next) : undefined
    },
  },
  {
    event: 'start_probation',
    from: ['canary'],
    actors: decides,
    possible: ({ step }, _, steps) => step === steps.length - 1,
    apply: fixed('probation', 100),
  },
  { event: 'confirm', from: ['probation'], actors: decides, apply: fixed('champion', 100) },
  { event: 'superseded', from: ['champion'], actors: ['system'], apply: fixed('retired', 0) },
  {
    event: 'hold',
    from: ['verified', 'shadow', 'canary', 'probation'],
    actors: ['rule', 'person', 'system'],
    apply: (before, { cause }) => ({
      ...before,
      state: 'held',
      heldFrom: before.state,
      cause: cause ?? null,
    }),
  },
  {
    event: 'resume',
    from: ['held'],
    actors: decides,
    permits: ({ cause }, actor) => actor === 'person' || passing.has(cause),
    apply: before => ({ ...before, state: before.heldFrom, heldFrom: null, cause: null }),
  },
  {
    event: 'abort',
    from: ['verified', 'shadow', 'canary', 'held'],
    actors: protects,
    possible: ({ heldFrom }) => heldFrom !== 'probation',
    apply: fixed('aborted', 0),
  },
  {
    event: 'roll_back',
    from: ['probation', 'held', 'champion'],
    actors: protects,
    possible: ({ state, heldFrom }) => state !== 'held' || heldFrom === 'probation',
    permits: ({ state }, actor) => state !== 'champion' || actor !== 'local-kill',
    apply: fixed('rolled_back', 0),
  },
  { event: 'reinstated', from: ['retired'], actors: ['system'], apply: fixed('champion', 100) },
  {
    event: 'step_down',
    from: ['canary'],
    actors: decides,
    possible: ({ step }, { weight }) => weight !== undefined || (step ?? 0) > 0,
    apply({ step }, { weight }, steps) {
      const now = step ?? 0
      const target = weight === undefined ? now - 1 : steps.indexOf(weight)
      return target >= 0 && target < now ? onStep(steps, target) : undefined
    },
  },
]

/** One row on top of the rows before it, or why it must be refused. Guards are for whoever writes the row. */
export function foldRow(
  before: FoldedRollout,
  row: RolloutRow,
  steps: readonly number[],
): FoldedRollout | RowRefusal {
  const found = transitions.find(
    each =>
      each.event === row.event &&
      each.from.includes(before.state) &&
      (each.possible?.(before, row, steps) ?? true),
  )
  if (found === undefined) return 'ILLEGAL_TRANSITION'
  const actor = found.actors.find(each => each === row.actor)
  if (actor === undefined || found.permits?.(before, actor) === false) return 'ACTOR_NOT_ALLOWED'
  return found.apply(before, row, steps) ?? 'ILLEGAL_WEIGHT'
}

export function allowedEvents(before: FoldedRollout, steps: readonly number[]): readonly string[] {
  return transitions
    .filter(
      each =>
        each.from.includes(before.state) &&
        (each.possible?.(before, { event: each.event, actor: '' }, steps) ?? true),
    )
    .map(({ event }) => event)
}

/**
 * Weights are a pure fold of the log: the same rows give the same weights wherever they are replayed. Stops at the first
 * row that must be refused; what stands before it stands.
 */
export function foldRollout(
  rows: readonly RolloutRow[],
  steps: readonly number[],
): FoldedRollout & { readonly refused: RefusedRow | null } {
  let folded = nothing
  for (const [index, row] of rows.entries()) {
    const next = foldRow(folded, row, steps)
    if (typeof next === 'string')
      return { ...folded, refused: { row: index, code: next, allowed: allowedEvents(folded, steps) } }
    folded = next
  }
  return { ...folded, refused: null }
}
