import {
  type Cell,
  type CellClaim,
  type CellErrors,
  designEffect,
  type JudgedCells,
  judgeCells,
  type PlannedN,
  planPaired,
  planSet,
  type Random,
  randomFrom,
  sufficientMargin,
} from '../../src/kernel/statistics/index.ts'
import { type Finding, share } from './claim.ts'

/** A slice of traffic: its entities repeat, so that its rows are not independent. */
interface TrafficSlice {
  /** Rows of each entity. */
  readonly sizes: Uint8Array
  readonly rows: number
  readonly disagreement: number
  /** Smallest margin, and smallest gain, that the plan accepts with the rows there are. */
  readonly margin: number
  readonly gain: number
}

interface Observed {
  readonly n: number
  readonly b: number
  readonly c: number
  readonly deff: number
}

const slices = 50
/** Release pairs of the past that a plan looks at. */
const pastPairs = 3
/** Within an entity the models disagree the same way: with this probability a row repeats the one before it. */
const stickiness = 0.3

/** Fifty slices of very unequal size, with the margins and gains that their rows can decide (the offers of §5). */
function traffic(random: Random, errors: CellErrors, mostRows: number): TrafficSlice[] {
  return Array.from({ length: slices }, () => {
    const sizes = new Uint8Array(Math.round(300 * 10 ** random.unit())).map(
      () => 1 + Math.floor(random.unit() ** 2 * mostRows),
    )
    const rows = sizes.reduce((sum, size) => sum + size, 0)
    const slice = { sizes, rows, disagreement: 0.01 * 8 ** random.unit() }
    const past = largest(Array.from({ length: pastPairs }, () => observe(random, slice, 0)))
    const margin = (value: number) => planPaired({ ...errors, ...past, margin: value }).n
    const gain = (value: number) => {
      const disagreement = Math.max(value, past.disagreement)
      return planPaired({ ...errors, ...past, disagreement, margin: 0, assumedHarm: -value }).n
    }
    return { ...slice, margin: smallest(rows, margin), gain: smallest(rows, gain) }
  })
}

/** What a plan takes from the last release pairs: the largest disagreement, and likewise the largest design effect. */
function largest(past: readonly Observed[]): { readonly disagreement: number; readonly deff: number } {
  return {
    disagreement: Math.max(...past.map(({ n, b, c }) => (b + c) / n)),
    deff: Math.max(...past.map(({ deff }) => deff)),
  }
}

function smallest(rows: number, needed: (value: number) => PlannedN): number {
  const found = sufficientMargin(rows, needed, { least: 0, widest: 0.5 })
  if (found === null) throw new Error('the slice is too small for any margin')
  return found
}

/** −1, 0 or 1: only the old one acts, no difference, only the new one acts. */
function flip(random: Random, disagreement: number, harm: number): number {
  const drawn = random.unit()
  if (drawn >= disagreement) return 0
  return drawn < (disagreement + harm) / 2 ? 1 : -1
}

/** Draws the slice entity by entity and counts it as the product does: with the design effect of its entities. */
function observe(
  random: Random,
  slice: Pick<TrafficSlice, 'sizes' | 'rows' | 'disagreement'>,
  harm: number,
): Observed {
  const disagreement = Math.max(slice.disagreement, Math.abs(harm))
  const sums = new Int16Array(slice.sizes.length)
  let [b, c] = [0, 0]
  for (let entity = 0; entity < sums.length; entity++) {
    let drawn = 0
    for (let row = slice.sizes[entity] ?? 0, first = true; row > 0; row--, first = false) {
      if (first || random.unit() >= stickiness) drawn = flip(random, disagreement, harm)
      if (drawn === 0) continue
      b += Number(drawn > 0)
      c += Number(drawn < 0)
      sums[entity] = (sums[entity] ?? 0) + drawn
    }
  }
  const n = slice.rows
  const { deff } = designEffect(slice.sizes, sums, (b + c) / n - ((b - c) / n) ** 2)
  return { n, b, c, deff }
}

interface Scenario {
  readonly seed: string
  /** Rows of the largest entities; 1: every row is independent. */
  readonly mostRows: number
  claim(slice: TrafficSlice): CellClaim
  /** True harm of a slice; `chosen` once per release, each slice in turn. */
  harm(slice: TrafficSlice, chosen: boolean): number
}

/** Releases judged at one look, each with the verdict of the slice whose turn it was. */
function simulate(
  { seed, mostRows, claim, harm }: Scenario,
  releases: number,
): { judged: JudgedCells; chosen: string | undefined }[] {
  const random = randomFrom(`bench/slices/${seed}`)
  const plan = planSet({ protectedCells: slices, power: 0.8, alpha: 0.05, looks: 1 })
  const declared = traffic(random, plan, mostRows)
  return Array.from({ length: releases }, (_, release) => {
    const turn = release % slices
    const cells = declared.map((slice, index): Cell => {
      const observed = observe(random, slice, harm(slice, index === turn))
      return { claim: claim(slice), status: 'protected', measurement: { kind: 'paired', ...observed } }
    })
    const judged = judgeCells(cells, plan)
    return { judged, chosen: judged.cells[turn]?.verdict }
  })
}

const noWorse = (slice: TrafficSlice): CellClaim => ({ form: 'noWorse', margin: slice.margin })
const better = (): CellClaim => ({ form: 'better', by: 0 })

/**
 * Releases judged on 50 protected slices of unequal size: A/A, and A/B with the effects that were declared. A/A against
 * `better` is the sharpest: equality is its edge.
 */
export function slicedReleases(releases: number, mostRows: number): Finding[] {
  const play = (seed: string, claim: Scenario['claim'], harm: Scenario['harm']) =>
    simulate({ seed: `${seed}/${mostRows}`, mostRows, claim, harm }, releases)
  const harmed = (times: number) =>
    play(`harm ${times}`, noWorse, (slice, chosen) => (chosen ? times * slice.margin : 0))
  const label = mostRows === 1 ? 'independent rows' : `up to ${mostRows} rows per entity`
  const finding = (claim: string, target: Finding['target'], happened: readonly boolean[]): Finding => ({
    claim: `${claim} (${slices} slices, ${label})`,
    target,
    measured: share(releases, release => happened[release] === true),
    runs: releases,
  })
  const released = (runs: ReturnType<typeof play>, verdict: string) =>
    runs.map(run => run.judged.release === verdict)
  const equal = play('equal', noWorse, () => 0)
  const edge = play('edge', better, () => 0)
  const gained = play('gain', better, slice => -slice.gain)
  return [
    finding('A/A, no worse than the margin: false blocks', { atMost: 0.05 }, released(equal, 'fail')),
    finding('A/A, no worse than the margin: passes', { atLeast: 0.8 }, released(equal, 'pass')),
    finding('A/A, better: false blocks', { atMost: 0.05 }, released(edge, 'fail')),
    finding('A/B, every slice better as declared: passes', { atLeast: 0.8 }, released(gained, 'pass')),
    finding(
      'A/B, one slice harmed by twice its margin: found there',
      { atLeast: 0.8 },
      harmed(2).map(run => run.chosen === 'fail'),
    ),
    finding('A/B, one slice harmed by its margin: passes', { atMost: 0.06 }, released(harmed(1), 'pass')),
  ]
}
