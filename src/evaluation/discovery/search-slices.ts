import { benjaminiHochberg, normalSf } from '../../kernel/statistics/index.ts'
import { clustersOf } from '../metrics/cell-rows.ts'
import { intervalZ } from '../metrics/estimate.ts'
import { varianceOf } from '../metrics/influence.ts'
import type { DiscoveredSlice } from '../report.ts'
import type { JudgedRows } from '../rows.ts'
import { type BinnedColumn, binColumn } from './binned-column.ts'
import { drawHalves } from './draw-halves.ts'

/** A slice whose rows have a larger mean response than the others, on rows that did not find it. */
export interface FoundSlice {
  readonly where: string
  /** Of the measuring half, ascending. */
  readonly rows: Int32Array
  readonly mean: number
  readonly rest: number
  readonly interval: DiscoveredSlice['interval']
  readonly q: number
}

/** Columns crossed with each other at most: those with the clearest cell of their own. */
const mostCrossed = 12
const leastRows = 50
const mostFound = 20
const leastQ = 0.1
/** A pair must be this much worse than a found part of it. */
const pairExcess = 1.1

interface Candidate {
  readonly parts: readonly (readonly [column: BinnedColumn, bin: number])[]
  readonly mean: number
  readonly p: number
}

/**
 * Slices among single columns and pairs of them where a response is larger than elsewhere (as Slice Finder, Chung et al. 2019).
 * Found on one half of the entities, measured on the other, where Benjamini-Hochberg over all that were measured must reach
 * q ≤ 0.1. Rows whose response is NaN take no part. Largest difference first.
 */
export function searchSlices(
  rows: JudgedRows,
  response: Float64Array,
  columns: readonly string[],
): FoundSlice[] {
  const drawn = drawHalves(rows, {
    purpose: 'discovered-slices',
    takes: row => !Number.isNaN(response[row]),
  })
  const { first: find, second: measure } = drawn
  const single = [...new Set(columns)].map(name => {
    const column = binColumn(rows, name, drawn)
    return { column, cells: candidatesOf(response, find, [column]) }
  })
  const clearest = (cells: readonly Candidate[]) => Math.min(1, ...cells.map(cell => cell.p))
  const crossed = [...single]
    .sort((a, b) => clearest(a.cells) - clearest(b.cells))
    .slice(0, mostCrossed)
    .map(each => each.column)
  const candidates = [
    ...single.flatMap(each => each.cells),
    ...crossed.flatMap((first, index) =>
      crossed.slice(index + 1).flatMap(second => candidatesOf(response, find, [first, second])),
    ),
  ]
  const qs = benjaminiHochberg(candidates.map(each => each.p))
  const promising = candidates.filter((_, index) => (qs[index] ?? 1) <= leastQ)
  const measured = pick(promising).flatMap(candidate => measureOn({ rows, response, measure }, candidate))
  const confirmed = benjaminiHochberg(measured.map(each => each.p))
  return measured
    .map(({ p: _, ...slice }, index) => ({ ...slice, q: confirmed[index] ?? 1 }))
    .filter(slice => slice.q <= leastQ)
    .sort((a, b) => b.mean - b.rest - (a.mean - a.rest))
}

/** Every cell of one or two columns with enough rows and a larger mean than the rest, by Welch's z, one-sided. */
function candidatesOf(
  response: Float64Array,
  rows: Int32Array,
  columns: readonly BinnedColumn[],
): Candidate[] {
  const [first, second] = columns
  if (!first) return []
  const width = second?.labels.length ?? 1
  const sums = new Float64Array(first.labels.length * width * 3)
  let [sum, squares] = [0, 0]
  for (const row of rows) {
    const value = response[row] as number
    sum += value
    squares += value * value
    const [one, two] = [first.codes[row] as number, second ? (second.codes[row] as number) : 0]
    if (one < 0 || two < 0) continue
    const at = (one * width + two) * 3
    sums[at] = (sums[at] as number) + 1
    sums[at + 1] = (sums[at + 1] as number) + value
    sums[at + 2] = (sums[at + 2] as number) + value * value
  }
  const found: Candidate[] = []
  for (let cell = 0; cell < first.labels.length * width; cell++) {
    const [n = 0, own = 0, ownSquares = 0] = sums.subarray(cell * 3, cell * 3 + 3)
    const others = rows.length - n
    if (n < leastRows || others < leastRows) continue
    const [mean, rest] = [own / n, (sum - own) / others]
    const spread =
      variance(n, own, ownSquares) / n + variance(others, sum - own, squares - ownSquares) / others
    if (!(mean > rest && spread > 0)) continue
    const parts = [
      [first, Math.floor(cell / width)] as const,
      ...(second ? [[second, cell % width] as const] : []),
    ]
    found.push({ parts, mean, p: normalSf((mean - rest) / Math.sqrt(spread)) })
  }
  return found
}

const variance = (n: number, sum: number, squares: number): number =>
  Math.max(0, (squares - (sum * sum) / n) / (n - 1))

/** The clearest first; a pair only where it is worse than a part of it that was taken. */
function pick(candidates: readonly Candidate[]): Candidate[] {
  const taken: Candidate[] = []
  const rising = [...candidates].sort(
    (a, b) => a.p - b.p || a.parts.length - b.parts.length || b.mean - a.mean,
  )
  for (const candidate of rising) {
    if (taken.length === mostFound) break
    const covered = taken.some(
      other =>
        other.parts.every(part => candidate.parts.some(own => own[0] === part[0] && own[1] === part[1])) &&
        candidate.mean < other.mean * pairExcess,
    )
    if (!covered) taken.push(candidate)
  }
  return taken
}

function measureOn(
  on: { readonly rows: JudgedRows; readonly response: Float64Array; readonly measure: Int32Array },
  { parts }: Candidate,
): (Omit<FoundSlice, 'q'> & { readonly p: number })[] {
  const inside = (row: number) => parts.every(([column, bin]) => column.codes[row] === bin)
  const own = on.measure.filter(inside)
  const n = own.length
  const others = on.measure.length - n
  if (n < 2 || others < 2) return []
  let [sum, rest] = [0, 0]
  for (const row of on.measure) {
    if (inside(row)) sum += on.response[row] as number
    else rest += on.response[row] as number
  }
  const [mean, restMean] = [sum / n, rest / others]
  const influence = new Float64Array(on.measure.length)
  on.measure.forEach((row, at) => {
    const value = on.response[row] as number
    influence[at] = inside(row) ? (value - mean) / n : (restMean - value) / others
  })
  const clusters = on.rows.entities ? clustersOf(on.rows.entities.codes, on.measure) : null
  const spread = varianceOf({ influence, factor: n / (n - 1) }, clusters)
  if (spread === null || !(spread > 0)) return []
  const [difference, sd] = [mean - restMean, Math.sqrt(spread)]
  return [
    {
      ...{
        where: parts.map(([column, bin]) => column.labels[bin]).join(' × '),
        rows: own,
        mean,
        rest: restMean,
      },
      interval: { lower: difference - intervalZ * sd, upper: difference + intervalZ * sd },
      p: normalSf(difference / sd),
    },
  ]
}
