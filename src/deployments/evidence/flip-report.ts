import type { ResolvedSlice } from '../../evaluation/index.ts'
import {
  countDistance,
  countNumbers,
  freezeNumbers,
  isDefined,
  ksDistance,
  mcnemar,
  pairedBounds,
  type Quantity,
  ratio,
  spearman,
  undefinedBecause,
} from '../../kernel/statistics/index.ts'
import type { Flip, FlipReport, FlipSlice, ScoreCounts } from './model.ts'
import type { TableView } from './row-table.ts'

/** Two-sided 95 %. */
const alpha = 0.025
/** Distances of distributions and ranks are read from so many evenly spaced rows of a cell. */
const mostRanked = 10_000

export interface FlipReportRequest extends Omit<TableView, 'arms'> {
  /** The whole population first. */
  readonly cells: readonly ResolvedSlice[]
  /** All pairs that there were, of which the rows may be a part. */
  readonly pairs: number
  /** Answers a week for each pair that is looked at; undefined where no time has passed. */
  readonly perWeek: Quantity
  readonly flips: readonly Omit<Flip, 'slices' | 'label'>[]
  rowOf(predictionId: string): number
}

/** What the two do on the same rows, on the whole and by slice, with the largest flips (releases.md §11). Null where nothing acts. */
export function flipReport(request: FlipReportRequest): FlipReport | null {
  const { cells, champion, challenger, rows } = request
  const [whole, ...others] = cells
  if (whole === undefined || champion.actions === undefined || challenger.actions === undefined) return null
  const actions = { champion: champion.actions, challenger: challenger.actions }
  const bins = freezeNumbers(spaced(whole.rows, champion.scores))
  const sliceOf = (cell: ResolvedSlice) => flipSlice(request, { cell, actions, bins })
  return {
    pairs: request.pairs,
    all: sliceOf(whole),
    scores: scoreCounts(spaced(whole.rows, champion.scores), spaced(whole.rows, challenger.scores)),
    slices: others
      .filter(cell => cell.rows.length > 0)
      .map(sliceOf)
      .sort(mostHarmedFirst),
    flips: request.flips.map(flip => {
      const row = request.rowOf(flip.predictionId)
      const label = row < 0 ? Number.NaN : (rows.labels[row] ?? Number.NaN)
      return {
        ...flip,
        slices: row < 0 ? [] : others.flatMap(cell => (holds(cell.rows, row) ? [cell.name] : [])),
        label: Number.isNaN(label) ? null : label,
      }
    }),
  }
}

interface SliceParts {
  readonly cell: ResolvedSlice
  readonly actions: Readonly<Record<'champion' | 'challenger', Uint8Array>>
  readonly bins: ReturnType<typeof freezeNumbers>
}

function flipSlice(request: FlipReportRequest, { cell, actions, bins }: SliceParts): FlipSlice {
  const n = cell.rows.length
  const counts = countActions(cell.rows, actions, request.rows.labels)
  const { onlyChallenger: b, onlyChampion: c } = counts
  const bounds = pairedBounds({ n, b, c }, alpha)
  return {
    slice: cell.name,
    n,
    ...counts,
    disagreement: ratio(b + c, n, 'no-rows'),
    difference: ratio(b - c, n, 'no-rows'),
    interval: 'undefined' in bounds ? null : bounds,
    pMcNemar: n === 0 ? undefinedBecause('no-rows') : mcnemar(b, c).twoSided,
    ...scoreDistances(request, cell.rows, bins),
    flipsPerWeek: isDefined(request.perWeek) ? (b + c) * request.perWeek : request.perWeek,
  }
}

function countActions(
  rows: Int32Array,
  { champion, challenger }: SliceParts['actions'],
  labels: Float64Array,
) {
  let [both, neither, onlyChallenger, onlyChampion, challengerRight, championRight] = [0, 0, 0, 0, 0, 0]
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as number
    const [old, own] = [champion[row] as number, challenger[row] as number]
    if (old === own) {
      if (own === 1) both++
      else neither++
      continue
    }
    if (own === 1) onlyChallenger++
    else onlyChampion++
    const label = labels[row] as number
    if (own === label) challengerRight++
    else if (old === label) championRight++
  }
  return { both, neither, onlyChallenger, onlyChampion, challengerRight, championRight }
}

function scoreDistances(
  { champion, challenger }: FlipReportRequest,
  rows: Int32Array,
  bins: SliceParts['bins'],
): Pick<FlipSlice, 'psi' | 'ks' | 'meanShift' | 'rankCorrelation'> {
  const [old, own] = [spaced(rows, champion.scores), spaced(rows, challenger.scores)]
  const counted = (scores: Float64Array): number[] => {
    const counter = countNumbers(bins)
    counter.add(scores)
    return counter.counts()
  }
  let shift = 0
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as number
    shift += (challenger.scores[row] as number) - (champion.scores[row] as number)
  }
  return {
    psi: countDistance('psi/frozen', { reference: counted(old), current: counted(own) }),
    ks: ksDistance(old, own),
    meanShift: ratio(shift, rows.length, 'no-rows'),
    rankCorrelation: spearman(old, own),
  }
}

const scoreBins = 24

/** Null where there is no row. */
function scoreCounts(champion: Float64Array, challenger: Float64Array): ScoreCounts | null {
  if (champion.length === 0) return null
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const scores of [champion, challenger])
    for (const score of scores) {
      if (score < from) from = score
      if (score > to) to = score
    }
  const counted = (scores: Float64Array): readonly number[] => {
    const counts = new Array<number>(scoreBins).fill(0)
    for (const score of scores) {
      const at = to > from ? Math.floor(((score - from) / (to - from)) * scoreBins) : 0
      const bin = Math.min(at, scoreBins - 1)
      counts[bin] = (counts[bin] ?? 0) + 1
    }
    return counts
  }
  return { from, to, champion: counted(champion), challenger: counted(challenger) }
}

/** Values of evenly spaced rows. */
function spaced(rows: Int32Array, values: Float64Array): Float64Array {
  const size = Math.min(rows.length, mostRanked)
  const step = rows.length / size
  return Float64Array.from(
    { length: size },
    (_, place) => values[rows[Math.floor(place * step)] as number] as number,
  )
}

/** Where labels say that the champion was right more often; then where more flips. */
function mostHarmedFirst(one: FlipSlice, other: FlipSlice): number {
  const harm = ({ championRight, challengerRight, n }: FlipSlice) => (championRight - challengerRight) / n
  const share = ({ onlyChallenger, onlyChampion, n }: FlipSlice) => (onlyChallenger + onlyChampion) / n
  return (
    harm(other) - harm(one) ||
    share(other) - share(one) ||
    other.n - one.n ||
    (one.slice < other.slice ? -1 : 1)
  )
}

/** Binary search among ascending rows. */
function holds(rows: Int32Array, row: number): boolean {
  let [low, high] = [0, rows.length - 1]
  while (low <= high) {
    const middle = (low + high) >> 1
    const found = rows[middle] as number
    if (found === row) return true
    if (found < row) low = middle + 1
    else high = middle - 1
  }
  return false
}
