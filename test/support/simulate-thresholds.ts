import type { ThresholdRuleData, ThresholdSetData } from '../../src/definitions/index.ts'
import { chooseThresholds, type JudgedRows } from '../../src/evaluation/index.ts'
import { normalCdf, normalQuantile, randomFrom } from '../../src/kernel/statistics/index.ts'

export interface Simulation {
  readonly segments: number
  /** Negatives per segment. */
  readonly n: number
  readonly rate: number
  readonly delta: number
  /** How often thresholds are chosen anew, each time from fresh rows. Default once. */
  readonly cycles?: number
  readonly seed: string
}

export interface Simulated {
  /** Share of segments whose true false-positive rate is above the target, after the last cycle. */
  readonly violated: number
  /** The same for the plain quantile of the negatives. */
  readonly violatedByQuantile: number
  /** What is expected at most: δ + 2√(δ(1 − δ)/segments). */
  readonly limit: number
  /** Mean recall lost against the plain quantile, relative. */
  readonly recallCost: number
}

/** Negatives are uniform, positives such that recall is Φ(2 + Φ⁻¹(1 − u)) above u: two normal scores that are 2 apart. */
const separation = 2

/**
 * Chooses thresholds for segments whose scores have a known law: negatives of segment g score u^(1 + g mod 7), u uniform, so
 * that the true rate above any threshold is known exactly.
 */
export function simulateThresholds(simulation: Simulation): Simulated {
  const { segments, n, rate, delta, cycles = 1, seed } = simulation
  const power = (segment: number) => 1 + (segment % 7)
  const uniformAt = (segment: number, score: number) => score ** (1 / power(segment))
  const rule: ThresholdRuleData = { target: { kind: 'fpr', rate, delta }, per: 'segment' }
  let former: ThresholdSetData | null = null
  let rows = negatives(simulation, `${seed}-0`, power)
  for (let cycle = 0; cycle < cycles; cycle++) {
    if (cycle > 0) rows = negatives(simulation, `${seed}-${cycle}`, power)
    former = chooseThresholds({
      ...rows,
      choose: Int32Array.from(rows.scores.keys()),
      judge: new Int32Array(0),
      ...{ rule, action: 'act', start: 0.5, former },
    }).set
  }
  let violated = 0
  let violatedByQuantile = 0
  let recallCost = 0
  const recallAbove = (u: number) => normalCdf(separation - normalQuantile(u))
  for (let segment = 0; segment < segments; segment++) {
    const own = rows.scores.slice(segment * n, (segment + 1) * n).sort()
    const plain = uniformAt(segment, own[Math.ceil(n * (1 - rate)) - 1] ?? 1)
    const chosen = uniformAt(segment, former?.segments[String(segment)]?.value ?? 0)
    if (1 - chosen > rate) violated++
    if (1 - plain > rate) violatedByQuantile++
    recallCost += 1 - recallAbove(chosen) / recallAbove(plain)
  }
  return {
    violated: violated / segments,
    violatedByQuantile: violatedByQuantile / segments,
    limit: delta + 2 * Math.sqrt((delta * (1 - delta)) / segments),
    recallCost: recallCost / segments,
  }
}

function negatives(
  { segments, n }: Simulation,
  seed: string,
  power: (segment: number) => number,
): { readonly rows: JudgedRows; readonly scores: Float64Array } {
  const random = randomFrom(seed)
  const count = segments * n
  const scores = new Float64Array(count)
  const codes = new Int32Array(count)
  for (let row = 0; row < count; row++) {
    const segment = Math.floor(row / n)
    codes[row] = segment
    scores[row] = random.unit() ** power(segment)
  }
  const dictionary = Array.from({ length: segments }, (_, segment) => String(segment))
  return {
    rows: {
      task: 'binary',
      rows: count,
      hash: seed,
      labels: new Float64Array(count),
      columns: { segment: { codes, dictionary } },
    },
    scores,
  }
}
