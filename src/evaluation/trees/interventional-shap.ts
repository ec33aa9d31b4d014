import { FettleError } from '../../kernel/errors/index.ts'
import { type LeafPaths, leafPaths } from './leaf-paths.ts'
import type { TreeEnsemble } from './model.ts'
import { rawTreeScores } from './score.ts'
import type { TreeShap } from './tree-shap.ts'

/**
 * Exact interventional Shapley values of a tree ensemble on the raw score (Lundberg et al. 2020): v(S) is the mean over
 * the background rows z of f(x on S, z elsewhere). `background` is row-major, NaN = missing.
 *
 * For one z a leaf with value a is reached iff every element is met by who decides it: A are the elements only x meets, B
 * those only z meets, and an element neither meets makes the leaf worth nothing. So v is a when S holds A and nothing of
 * B, an element of A gets a·(|A|−1)!|B|!/(|A|+|B|)! and one of B gets −a·|A|!(|B|−1)!/(|A|+|B|)!. Background rows
 * that meet the same elements of a leaf are counted together. MISSING_BACKGROUND without rows, SIGNATURE_MISMATCH for
 * rows of another width, TOO_LARGE as `leafPaths`.
 */
export function interventionalShap(ensemble: TreeEnsemble, background: Float64Array, rows: number): TreeShap {
  if (rows === 0)
    throw new FettleError('MISSING_BACKGROUND', 'There are no background rows to measure the score against')
  if (background.length !== rows * ensemble.features)
    throw new FettleError(
      'SIGNATURE_MISMATCH',
      `${rows} background rows hold ${background.length} values; the trees take ${ensemble.features} a row`,
    )
  const paths = leafPaths(ensemble)
  const patterns = backgroundPatterns(paths, { background, rows, features: ensemble.features })
  const shares = splitShares(paths.longest)
  const base = meanOf(rawTreeScores(ensemble, background, rows))
  const met = new Uint8Array(paths.longest)
  return {
    base,
    explain(values, count = 1) {
      const phi = new Float64Array(count * ensemble.features)
      for (let row = 0; row < count; row++) {
        const [from, to] = [row * ensemble.features, (row + 1) * ensemble.features]
        const call = {
          paths,
          patterns,
          shares,
          met,
          values: values.subarray(from, to),
          phi: phi.subarray(from, to),
        }
        for (let leaf = 0; leaf < paths.value.length; leaf++) addLeaf(call, leaf)
      }
      return phi
    },
  }
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Which elements of a leaf its background rows meet: patterns of leaf l are first[l] … first[l + 1] − 1. */
interface Patterns {
  readonly first: Int32Array
  /** Where the elements of a pattern start in `met`. */
  readonly at: Int32Array
  /** Share of the background rows. */
  readonly share: Float64Array
  readonly met: Uint8Array
}

interface Background {
  readonly background: Float64Array
  readonly rows: number
  readonly features: number
}

const mostComparisons = 200_000_000

function backgroundPatterns(paths: LeafPaths, { background, rows, features }: Background): Patterns {
  const leaves = paths.value.length
  const comparisons = paths.feature.length * rows
  if (comparisons > mostComparisons)
    throw new FettleError(
      'TOO_LARGE',
      `The trees hold ${paths.feature.length} conditions, too many to compare with ${rows} background rows in seconds`,
    )
  const first = new Int32Array(leaves + 1)
  const at: number[] = []
  const share: number[] = []
  const met = new Uint8Array(comparisons)
  let used = 0
  const own = new Uint8Array(paths.longest)
  for (let leaf = 0; leaf < leaves; leaf++) {
    const players = (paths.start[leaf + 1] as number) - (paths.start[leaf] as number)
    const known = new Map<string, number>()
    for (let row = 0; row < rows; row++) {
      meet(paths, leaf, { values: background.subarray(row * features), met: own })
      const key = String.fromCharCode(...own.subarray(0, players))
      let pattern = known.get(key)
      if (pattern === undefined) {
        pattern = at.push(used) - 1
        known.set(key, pattern)
        share.push(0)
        met.set(own.subarray(0, players), used)
        used += players
      }
      share[pattern] = (share[pattern] as number) + 1 / rows
    }
    first[leaf + 1] = at.length
  }
  return { first, at: Int32Array.from(at), share: Float64Array.from(share), met: met.slice(0, used) }
}

function meet(paths: LeafPaths, leaf: number, row: { values: Float64Array; met: Uint8Array }): void {
  const { start, feature, low, high, missing } = paths
  const first = start[leaf] as number
  for (let i = first; i < (start[leaf + 1] as number); i++) {
    const x = row.values[feature[i] as number] as number
    const meets = x <= (high[i] as number) ? !(x <= (low[i] as number)) : Number.isNaN(x) && missing[i] === 1
    row.met[i - first] = meets ? 1 : 0
  }
}

/** a!b!/(a + b)! at [a · (longest + 1) + b], a and b at most `longest` together. */
function splitShares(longest: number): Float64Array {
  const width = longest + 1
  const shares = new Float64Array(width * width)
  for (let a = 0; a <= longest; a++) {
    shares[a * width] = 1
    for (let b = 1; a + b <= longest; b++)
      shares[a * width + b] = ((shares[a * width + b - 1] as number) * b) / (a + b)
  }
  return shares
}

interface Call {
  readonly paths: LeafPaths
  readonly patterns: Patterns
  readonly shares: Float64Array
  readonly met: Uint8Array
  readonly values: Float64Array
  readonly phi: Float64Array
}

function addLeaf({ paths, patterns, shares, met, values, phi }: Call, leaf: number): void {
  meet(paths, leaf, { values, met })
  const start = paths.start[leaf] as number
  const players = (paths.start[leaf + 1] as number) - start
  for (
    let pattern = patterns.first[leaf] as number;
    pattern < (patterns.first[leaf + 1] as number);
    pattern++
  ) {
    const at = patterns.at[pattern] as number
    let onlyRow = 0
    let onlyOther = 0
    let reachable = true
    for (let i = 0; i < players && reachable; i++) {
      const [mine, theirs] = [met[i], patterns.met[at + i]]
      if (mine === theirs) reachable = mine === 1
      else if (mine === 1) onlyRow++
      else onlyOther++
    }
    if (!reachable || onlyRow + onlyOther === 0) continue
    const worth = (paths.value[leaf] as number) * (patterns.share[pattern] as number)
    const both = worth * (shares[onlyRow * (paths.longest + 1) + onlyOther] as number)
    for (let i = 0; i < players; i++) {
      if (met[i] === patterns.met[at + i]) continue
      const own = paths.feature[start + i] as number
      phi[own] = (phi[own] as number) + (met[i] === 1 ? both / onlyRow : -both / onlyOther)
    }
  }
}
