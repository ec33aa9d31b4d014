import { mergeRising, type RankedScores } from '../../kernel/statistics/index.ts'
import type { JudgedRows } from '../rows.ts'
import type { Segments } from './segments.ts'

/** Rising scores of some segments taken together; each array is made when it is first asked for. */
export interface PoolScores {
  /** Of all rows, with a label or without. */
  readonly all: Float64Array
  /** Of labelled rows. */
  readonly matured: Float64Array
  readonly ranked: RankedScores
}

/** The scores of the choosing half by segment. Codes are those of the segments; one more is for rows without a segment. */
export interface ScoresBySegment {
  readonly counts: (code: number) => { rows: number; positives: number; negatives: number }
  readonly pool: (codes: readonly number[]) => PoolScores
}

/** Values of one kind of row, grouped by segment and rising inside each: two arrays, however many segments. */
interface Grouped {
  readonly values: Float64Array
  readonly starts: Float64Array
}

/** Groups and sorts in time O(n log n) and memory of twice the scores. */
export function scoresBySegment(
  { labels }: Pick<JudgedRows, 'labels'>,
  scores: Float64Array,
  { segments, chosen }: { readonly segments: Segments; readonly chosen: Int32Array },
): ScoresBySegment {
  const groups = segments.names.length + 1
  const groupOf = (row: number) => {
    const code = segments.codes[row] ?? -1
    return code < 0 ? groups - 1 : code
  }
  const group = (belongs: (row: number) => boolean): Grouped => {
    const starts = new Float64Array(groups + 1)
    for (const row of chosen) if (belongs(row)) starts[groupOf(row) + 1] = (starts[groupOf(row) + 1] ?? 0) + 1
    for (let at = 1; at <= groups; at++) starts[at] = (starts[at] ?? 0) + (starts[at - 1] ?? 0)
    const values = new Float64Array(starts[groups] ?? 0)
    const next = starts.slice()
    for (const row of chosen) {
      if (!belongs(row)) continue
      const to = groupOf(row)
      // −0 and 0 are the same score.
      values[next[to] ?? 0] = (scores[row] ?? Number.NaN) + 0
      next[to] = (next[to] ?? 0) + 1
    }
    for (let at = 0; at < groups; at++) values.subarray(starts[at], starts[at + 1]).sort()
    return { values, starts }
  }
  const all = group(() => true)
  const positives = group(row => labels[row] === 1)
  const negatives = group(row => labels[row] === 0)
  const sizeOf = ({ starts }: Grouped, code: number) => (starts[code + 1] ?? 0) - (starts[code] ?? 0)
  return {
    counts: code => ({
      rows: sizeOf(all, code),
      positives: sizeOf(positives, code),
      negatives: sizeOf(negatives, code),
    }),
    pool: codes => poolOf(codes, { all, positives, negatives }),
  }
}

function poolOf(
  codes: readonly number[],
  kinds: Readonly<Record<'all' | 'positives' | 'negatives', Grouped>>,
): PoolScores {
  const merged = ({ values, starts }: Grouped) =>
    mergeRising(codes.map(code => values.subarray(starts[code], starts[code + 1])))
  const once = <Result>(make: () => Result) => {
    let made: Result | undefined
    return () => {
      made ??= make()
      return made
    }
  }
  const all = once(() => merged(kinds.all))
  const positives = once(() => merged(kinds.positives))
  const negatives = once(() => merged(kinds.negatives))
  const matured = once(() => mergeRising([positives(), negatives()]))
  return {
    get all() {
      return all()
    },
    get matured() {
      return matured()
    },
    ranked: {
      get positives() {
        return positives()
      },
      get negatives() {
        return negatives()
      },
    },
  }
}
