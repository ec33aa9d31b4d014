import { type LeafPaths, leafPaths } from './leaf-paths.ts'
import type { TreeEnsemble } from './model.ts'

export interface TreeShap {
  /** Score of the empty set. */
  readonly base: number
  /** Contribution of each feature of one row, NaN = missing; comparisons in doubles. */
  explain(values: Float64Array): Float64Array
}

/**
 * Exact path-dependent Shapley values of a tree ensemble on the raw score (Lundberg et al. 2020): v(S) follows the row
 * on features in S and averages children by cover otherwise.
 *
 * A leaf with value a and D elements is the game v(S) = a · Π_{i∈S} oᵢ · Π_{i∉S} zᵢ, where oᵢ says whether the row meets
 * element i and zᵢ is its share. Only subsets of the met elements H count. With Π_{i∈H} (zᵢ + y) = Σ cₖ yᵏ and
 * W(k, D) = k!(D−k−1)!/D!, an element that is not met gets −a·Z·Σ cₖ W(k, D), Z the product of the shares not met, and a
 * met one a·Z·(1 − zᵢ)·Σ qₖ W(k, D), q the coefficients of the product divided by (zᵢ + y). No division by a share, so
 * a share of 0 is no special case. O(leaves · depth²) at most. MISSING_COVER when an inner node has no cover.
 */
export function treeShap(ensemble: TreeEnsemble): TreeShap {
  const paths = leafPaths(ensemble)
  const space: Workspace = {
    weights: shapleyWeights(paths.longest),
    coefficients: new Float64Array(paths.longest + 1),
    met: new Uint8Array(paths.longest),
  }
  return {
    base: expectedScore(paths, ensemble.offset),
    explain(values) {
      const phi = new Float64Array(ensemble.features)
      for (let leaf = 0; leaf < paths.value.length; leaf++) addLeaf({ paths, space, values, phi }, leaf)
      return phi
    },
  }
}

/** Reused by every leaf of an explanation. */
interface Workspace {
  /** W(k, D) at [D · (longest + 1) + k]. */
  readonly weights: Float64Array
  readonly coefficients: Float64Array
  readonly met: Uint8Array
}

function expectedScore(paths: LeafPaths, offset: number): number {
  let total = offset
  for (let leaf = 0; leaf < paths.value.length; leaf++) {
    let reached = paths.value[leaf] ?? 0
    for (let i = paths.start[leaf] ?? 0; i < (paths.start[leaf + 1] ?? 0); i++) reached *= paths.share[i] ?? 0
    total += reached
  }
  return total
}

function shapleyWeights(longest: number): Float64Array {
  const width = longest + 1
  const weights = new Float64Array(width * width)
  for (let players = 1; players <= longest; players++) {
    let weight = 1 / players
    for (let k = 0; k < players; k++) {
      weights[players * width + k] = weight
      weight *= (k + 1) / (players - 1 - k)
    }
  }
  return weights
}

interface Call {
  readonly paths: LeafPaths
  readonly space: Workspace
  readonly values: Float64Array
  readonly phi: Float64Array
}

function addLeaf({ paths, space, values, phi }: Call, leaf: number): void {
  const { feature, low, high, missing, share } = paths
  const { coefficients, met, weights } = space
  const first = paths.start[leaf] as number
  const end = paths.start[leaf + 1] as number
  const row = (end - first) * coefficients.length
  let scale = paths.value[leaf] as number
  let hits = 0
  coefficients[0] = 1
  for (let i = first; i < end; i++) {
    const x = values[feature[i] as number] as number
    const z = share[i] as number
    const meets = Number.isNaN(x) ? missing[i] === 1 : !(x <= (low[i] as number)) && x <= (high[i] as number)
    met[i - first] = meets ? 1 : 0
    if (!meets) {
      scale *= z
      continue
    }
    // Multiply the polynomial by (z + y).
    coefficients[++hits] = coefficients[hits - 1] as number
    for (let k = hits - 1; k > 0; k--)
      coefficients[k] = (coefficients[k] as number) * z + (coefficients[k - 1] as number)
    coefficients[0] = (coefficients[0] as number) * z
  }
  if (scale === 0) return
  let notMet = 0
  if (hits < end - first)
    for (let k = 0; k <= hits; k++) notMet -= (coefficients[k] as number) * (weights[row + k] as number)
  for (let i = first; i < end; i++) {
    const own = feature[i] as number
    if (met[i - first] === 0) {
      phi[own] = (phi[own] as number) + scale * notMet
      continue
    }
    // Divide it by (z + y), from the top, weighing the quotient on the way.
    const z = share[i] as number
    let quotient = 0
    let sum = 0
    for (let k = hits; k > 0; k--) {
      quotient = (coefficients[k] as number) - z * quotient
      sum += quotient * (weights[row + k - 1] as number)
    }
    phi[own] = (phi[own] as number) + scale * (1 - z) * sum
  }
}
