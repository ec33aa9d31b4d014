import type { SegmentThreshold, ThresholdSetData } from '../../src/definitions/index.ts'

/** One row, as plain as can be. */
export interface NaiveRow {
  readonly segment: string | null
  readonly parent: string | null
  readonly score: number
  /** null: not known yet. */
  readonly label: 0 | 1 | null
}

export interface NaiveRule {
  readonly rate: number
  readonly delta: number
  readonly start: number
  readonly maxStep: number
  readonly maxRateChange: number
}

type NaiveValue = Pick<SegmentThreshold, 'value' | 'capHit'> & { readonly from: string }

/** P(Bin(n, p) ≥ k) by adding its terms. */
function tail(k: number, n: number, p: number): number {
  let term = (1 - p) ** n
  let sum = 0
  for (let j = 0; j <= n; j++) {
    if (j >= k) sum += term
    term *= ((n - j) / (j + 1)) * (p / (1 - p))
  }
  return sum
}

/** The place of the first score that keeps the rate with this risk; 0: there is none. */
function place(n: number, rate: number, delta: number): number {
  for (let k = 1; k <= n; k++) if (tail(k, n, 1 - rate) <= delta) return k
  return 0
}

function negativesOf(rows: readonly NaiveRow[]): number[] {
  return rows
    .filter(row => row.label === 0)
    .map(row => row.score)
    .sort((a, b) => a - b)
}

/**
 * Thresholds for a target false-positive rate by segments with one level of parents, read off the text of releases.md §6
 * row by row: rows are filtered anew for every question, and binomial tails are added term by term.
 */
export function naiveThresholds(
  rows: readonly NaiveRow[],
  rule: NaiveRule,
  former: ThresholdSetData | null,
): ReadonlyMap<string, NaiveValue> {
  const enough = (pool: readonly NaiveRow[]) => place(negativesOf(pool).length, rule.rate, rule.delta) > 0
  const segments = [...new Set(rows.map(row => row.segment).filter(segment => segment !== null))]
  const rowsOf = (segment: string) => rows.filter(row => row.segment === segment)
  const parentOf = (segment: string) => rowsOf(segment)[0]?.parent ?? null
  const small = segments.filter(segment => !enough(rowsOf(segment)))
  const remainder = (parent: string | null) => small.filter(segment => parentOf(segment) === parent)
  const poolOf = (names: readonly string[]) => names.flatMap(rowsOf)
  const passedOn = small.filter(segment => {
    const parent = parentOf(segment)
    return parent === null || !enough(poolOf(remainder(parent)))
  })
  const found = new Map<string, NaiveValue>()
  for (const segment of segments) {
    const old = former?.segments[segment]?.value ?? former?.otherwise.value
    const parent = parentOf(segment)
    const [pool, from] = !small.includes(segment)
      ? [rowsOf(segment), 'own']
      : !passedOn.includes(segment)
        ? [poolOf(remainder(parent)), `pooled(parent=${parent})`]
        : [poolOf(passedOn), 'pooled(all)']
    found.set(
      segment,
      enough(pool) ? settle(pool, from) : { value: old ?? rule.start, from: 'infeasible', capHit: false },
    )

    function settle(chosenFrom: readonly NaiveRow[], from: string): NaiveValue {
      const negatives = negativesOf(chosenFrom)
      const n = negatives.length
      const candidate = negatives[place(n, rule.rate, rule.delta) - 1] ?? Number.NaN
      const keepTo = negatives[(place(n, rule.rate, rule.delta / 20) || n) - 1] ?? Number.NaN
      const serves = old ?? rule.start
      if (candidate <= serves && serves <= keepTo) return { value: serves, from: 'kept', capHit: false }
      if (old === undefined) return { value: candidate, from, capHit: false }
      const value = capped(
        rowsOf(segment).map(row => row.score),
        old,
        candidate,
        rule,
      )
      return { value, from, capHit: value !== candidate }
    }
  }
  return found
}

function capped(scores: readonly number[], old: number, candidate: number, rule: NaiveRule): number {
  const rate = (value: number) => scores.filter(score => score > value).length / scores.length
  const holds = (value: number) => Math.abs(rate(value) - rate(old)) <= rule.maxRateChange + 1e-12
  const far = Math.abs(candidate - old) > rule.maxStep + 1e-12
  const stepped = far ? old + Math.sign(candidate - old) * rule.maxStep : candidate
  const between = scores
    .filter(score => score > Math.min(stepped, old) && score < Math.max(stepped, old))
    .sort((a, b) => (stepped < old ? a - b : b - a))
  return [stepped, ...between, old].find(holds) ?? old
}
