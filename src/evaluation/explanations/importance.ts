import type { Explainer } from '../ports.ts'
import type { ImportanceReport } from '../reports/fairness.ts'
import type { ResolvedSlice } from '../rows.ts'
import { reservoir } from './reservoir.ts'

export interface ImportanceRequest {
  readonly explainer: Explainer
  /** Names of the vector, in order. */
  readonly inputs: readonly string[]
  /** Row-major, NaN = missing. */
  readonly vectors: Float64Array
  readonly rows: number
  readonly slices?: readonly ResolvedSlice[]
  /** Content hash of the rows: which of them are sampled follows from it alone. */
  readonly rowSet: string
}

/** Rows sampled of the whole and of each slice; a model that must be scored to be explained takes far longer. */
const samples = { quick: { all: 2000, slice: 200 }, scored: { all: 50, slice: 20 } } as const
const leastInSlice = 20
const mostPerSlice = 5

/**
 * Mean |φ| of every input over a reservoir of rows, and the inputs that weigh most differently in each slice, over a
 * reservoir of its own. Slices with fewer than 20 rows are left out. Errors as the explainer's.
 */
export async function importanceOf(request: ImportanceRequest): Promise<ImportanceReport> {
  const { explainer, rows, rowSet, slices = [] } = request
  const { variant } = explainer
  const most = variant === 'exact' || variant === 'permutation' ? samples.scored : samples.quick
  const label = `importance/${rowSet}`
  const whole = reservoir(
    Int32Array.from({ length: rows }).map((_, row) => row),
    most.all,
    label,
  )
  const parts = slices
    .filter(slice => slice.name !== 'all' && slice.rows.length >= leastInSlice)
    .map(slice => ({ slice, sample: reservoir(slice.rows, most.slice, `${label}/${slice.name}`) }))
  const magnitudes = await magnitudesOf(request, [...whole, ...parts.flatMap(({ sample }) => sample)])
  const overall = meanMagnitudes(magnitudes, whole)
  return {
    schema: 1,
    variant,
    rows: whole.length,
    features:
      whole.length === 0 ? [] : sharesOf(magnitudes.names, overall).sort((a, b) => b.meanAbs - a.meanAbs),
    slices: parts.map(({ slice, sample }) => ({
      slice: slice.name,
      rows: sample.length,
      features: mostDifferent(magnitudes.names, meanMagnitudes(magnitudes, sample), overall),
    })),
  }
}

interface Magnitudes {
  readonly names: readonly string[]
  /** |φ| by row. */
  readonly of: ReadonlyMap<number, Float64Array>
}

async function magnitudesOf(
  { explainer, inputs, vectors }: ImportanceRequest,
  rows: readonly number[],
): Promise<Magnitudes> {
  const distinct = [...new Set(rows)].sort((a, b) => a - b)
  const sampled = new Float64Array(distinct.length * inputs.length)
  distinct.forEach((row, position) => {
    sampled.set(vectors.subarray(row * inputs.length, (row + 1) * inputs.length), position * inputs.length)
  })
  const names =
    explainer.players?.map(player => player.map(input => inputs[input] ?? '').join(' + ')) ?? inputs
  const contributions = await explainer.explainRows(sampled, distinct.length)
  const width = names.length
  return {
    names,
    of: new Map(
      distinct.map((row, position) => [
        row,
        contributions.subarray(position * width, (position + 1) * width).map(Math.abs),
      ]),
    ),
  }
}

function meanMagnitudes({ names, of }: Magnitudes, rows: readonly number[]): Float64Array {
  const sums = new Float64Array(names.length)
  for (const row of rows)
    of.get(row)?.forEach((magnitude, player) => {
      sums[player] = (sums[player] ?? 0) + magnitude
    })
  return sums.map(sum => (rows.length === 0 ? 0 : sum / rows.length))
}

function sharesOf(
  names: readonly string[],
  means: Float64Array,
): { feature: string; share: number; meanAbs: number }[] {
  const total = means.reduce((sum, mean) => sum + mean, 0)
  return names.map((feature, player) => {
    const meanAbs = means[player] ?? 0
    return { feature, share: total === 0 ? 0 : meanAbs / total, meanAbs }
  })
}

function mostDifferent(
  names: readonly string[],
  means: Float64Array,
  overall: Float64Array,
): ImportanceReport['slices'][number]['features'] {
  const whole = sharesOf(names, overall)
  return sharesOf(names, means)
    .map(({ feature, share }, player) => ({ feature, share, overall: whole[player]?.share ?? 0 }))
    .sort((a, b) => Math.abs(b.share - b.overall) - Math.abs(a.share - a.overall))
    .slice(0, mostPerSlice)
}
