import type { Explainer } from '../ports.ts'
import type { ComparisonReport, FlippedRow } from '../reports/comparison.ts'

export interface FlipExplainers {
  /** Inputs in the order of the vector. */
  readonly features: readonly string[]
  /** The vector of a row, NaN for missing. */
  vector(row: number): Float64Array
  /** Undefined where a model cannot be explained exactly; its contributions are then null. */
  readonly champion?: Explainer | undefined
  readonly challenger?: Explainer | undefined
}

const mostReasons = 5

/** The same report with why each flipped row flips: the inputs whose contributions to the raw score differ most. */
export async function explainFlips(report: ComparisonReport, by: FlipExplainers): Promise<ComparisonReport> {
  const flips: FlippedRow[] = []
  for (const flip of report.flips) flips.push({ ...flip, why: await reasonsOf(flip.row, by) })
  return { ...report, flips }
}

async function reasonsOf(row: number, by: FlipExplainers): Promise<FlippedRow['why']> {
  if (!by.champion && !by.challenger) return []
  const vector = by.vector(row)
  const [old, own] = [await perFeature(by.champion, vector), await perFeature(by.challenger, vector)]
  const distance = (feature: number) => Math.abs((own?.[feature] ?? 0) - (old?.[feature] ?? 0))
  return [...by.features.keys()]
    .sort((a, b) => distance(b) - distance(a) || a - b)
    .filter(feature => distance(feature) > 0)
    .slice(0, mostReasons)
    .map(feature => ({
      feature: by.features[feature] ?? '',
      value: Number.isNaN(vector[feature]) ? null : (vector[feature] ?? null),
      champion: old?.[feature] ?? null,
      challenger: own?.[feature] ?? null,
    }))
}

/** Contribution by input; null where inputs are explained in groups, which have no contribution of their own. */
async function perFeature(
  explainer: Explainer | undefined,
  vector: Float64Array,
): Promise<Float64Array | null> {
  if (!explainer || explainer.players?.some(inputs => inputs.length !== 1)) return null
  const { contributions } = await explainer.explain(vector)
  const { players } = explainer
  if (!players) return contributions
  const byInput = new Float64Array(vector.length)
  players.forEach(([input = 0], player) => {
    byInput[input] = contributions[player] ?? 0
  })
  return byInput
}
