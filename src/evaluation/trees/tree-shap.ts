import { FettleError } from '../../kernel/errors/index.ts'
import { type LeafPaths, leafPaths } from './leaf-paths.ts'
import type { TreeEnsemble } from './model.ts'

export interface TreeShap {
  /** Score of the empty set. */
  readonly base: number
  /** Contributions of row-major rows, NaN = missing, in the same layout; comparisons in doubles. A row's bits do not depend on the others. */
  explain(values: Float64Array, rows?: number): Float64Array
}

/**
 * Exact path-dependent Shapley values of a tree ensemble on the raw score (Lundberg et al. 2020): v(S) follows the row
 * on features in S and averages children by cover otherwise.
 *
 * A leaf with value a and D elements is the game v(S) = a · Π_{i∈S} oᵢ · Π_{i∉S} zᵢ, where oᵢ says whether the row meets
 * element i and zᵢ is its share. Only subsets of the met elements H count. With Π_{i∈H} (zᵢ + y) = Σ cₖ yᵏ and
 * W(k, D) = k!(D−k−1)!/D!, an element that is not met gets −a·Z·Σ cₖ W(k, D), Z the product of the shares not met, and a
 * met one a·Z·(1 − zᵢ)·Σ qₖ W(k, D), q the coefficients of the product divided by (zᵢ + y). No division by a share, so
 * a share of 0 is no special case. O(leaves · depth²) at most; since these depend on the row only through H, rows
 * that are explained together share them. MISSING_COVER when an inner node has no cover, TOO_LARGE as `leafPaths`.
 */
export function treeShap(ensemble: TreeEnsemble): TreeShap {
  const paths = leafPaths(ensemble)
  if (paths.share.some(Number.isNaN))
    throw new FettleError('MISSING_COVER', 'A node of the trees has no cover count')
  const leaf = leafGame(paths)
  const { features } = ensemble
  let space = blockSpace(paths, features, 1)
  return {
    base: expectedScore(paths, ensemble.offset),
    explain(values, rows = 1) {
      const phi = new Float64Array(rows * features)
      const block = Math.max(1, Math.min(rows, mostRowsTogether, Math.ceil(valuesInCache / (features || 1))))
      if (space.block !== block) space = blockSpace(paths, features, block)
      for (let first = 0; first < rows; first += block) {
        const count = Math.min(block, rows - first)
        toColumns(values.subarray(first * features), { space, features, count })
        explainBlock({ paths, leaf, space, count })
        fromColumns(phi.subarray(first * features), { space, features, count })
      }
      return phi
    },
  }
}

/** Rows of a block share what their leaves give; their values and contributions should stay in the nearer caches. */
const mostRowsTogether = 2048
const valuesInCache = 32_768
/** Elements of a leaf whose 2^D sets are kept while a block passes it. */
const mostTabled = 12

function expectedScore(paths: LeafPaths, offset: number): number {
  let total = offset
  for (let leaf = 0; leaf < paths.value.length; leaf++) {
    let reached = paths.value[leaf] ?? 0
    for (let i = paths.start[leaf] ?? 0; i < (paths.start[leaf + 1] ?? 0); i++) reached *= paths.share[i] ?? 0
    total += reached
  }
  return total
}

/** W(k, D) at [D · (longest + 1) + k]. */
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

/** Contributions of a leaf's elements when `met` are met; the next call overwrites them. */
type LeafGame = (leaf: number, met: Uint8Array) => Float64Array

function leafGame({ value, start, share, longest }: LeafPaths): LeafGame {
  const weights = shapleyWeights(longest)
  const coefficients = new Float64Array(longest + 1)
  const given = new Float64Array(longest)
  return (leaf, met) => {
    const first = start[leaf] as number
    const players = (start[leaf + 1] as number) - first
    const row = players * (longest + 1)
    let scale = value[leaf] as number
    let hits = 0
    coefficients[0] = 1
    for (let i = 0; i < players; i++) {
      const z = share[first + i] as number
      if (met[i] === 0) {
        scale *= z
        continue
      }
      // Multiply the polynomial by (z + y).
      coefficients[++hits] = coefficients[hits - 1] as number
      for (let k = hits - 1; k > 0; k--)
        coefficients[k] = (coefficients[k] as number) * z + (coefficients[k - 1] as number)
      coefficients[0] = (coefficients[0] as number) * z
    }
    let notMet = 0
    if (hits < players)
      for (let k = 0; k <= hits; k++) notMet -= (coefficients[k] as number) * (weights[row + k] as number)
    for (let i = 0; i < players; i++) {
      if (met[i] === 0) {
        given[i] = scale * notMet
        continue
      }
      // Divide it by (z + y), from the top, weighing the quotient on the way.
      const z = share[first + i] as number
      let quotient = 0
      let sum = 0
      for (let k = hits; k > 0; k--) {
        quotient = (coefficients[k] as number) - z * quotient
        sum += quotient * (weights[row + k - 1] as number)
      }
      given[i] = scale * (1 - z) * sum
    }
    return given
  }
}

/** Reused by every block: a column of `block` values per feature, and what a leaf gives by the set it meets. */
interface BlockSpace {
  readonly block: number
  readonly values: Float64Array
  readonly phi: Float64Array
  readonly masks: Uint16Array
  readonly met: Uint8Array
  /** Contributions of the elements at [set · D]; `known[set]` is the leaf they belong to, plus one. */
  readonly table: Float64Array
  readonly known: Int32Array
}

function blockSpace({ longest }: LeafPaths, features: number, block: number): BlockSpace {
  const tabled = block > 1 ? Math.min(longest, mostTabled) : 0
  return {
    block,
    values: new Float64Array(features * block),
    phi: new Float64Array(features * block),
    masks: new Uint16Array(block),
    met: new Uint8Array(longest),
    table: new Float64Array(2 ** tabled * tabled),
    known: new Int32Array(2 ** tabled),
  }
}

interface Rows {
  readonly space: BlockSpace
  readonly features: number
  readonly count: number
}

function toColumns(rows: Float64Array, { space, features, count }: Rows): void {
  const { values, phi, block, known } = space
  phi.fill(0)
  known.fill(0)
  for (let row = 0, i = 0; row < count; row++)
    for (let feature = 0; feature < features; feature++, i++)
      values[feature * block + row] = rows[i] as number
}

function fromColumns(rows: Float64Array, { space, features, count }: Rows): void {
  const { phi, block } = space
  for (let row = 0, i = 0; row < count; row++)
    for (let feature = 0; feature < features; feature++, i++) rows[i] = phi[feature * block + row] as number
}

interface Block {
  readonly paths: LeafPaths
  readonly leaf: LeafGame
  readonly space: BlockSpace
  readonly count: number
}

function explainBlock(block: Block): void {
  const { value, start } = block.paths
  for (let leaf = 0; leaf < value.length; leaf++) {
    const players = (start[leaf + 1] as number) - (start[leaf] as number)
    if (players <= mostTabled && block.count > 1) {
      meetTogether(block, leaf, players)
      addTogether(block, leaf, players)
    } else for (let row = 0; row < block.count; row++) addAlone(block, leaf, row)
  }
}

/** masks[row]: which elements of the leaf the row meets. */
function meetTogether({ paths, space, count }: Block, leaf: number, players: number): void {
  const { values, masks, block } = space
  const first = paths.start[leaf] as number
  masks.fill(0, 0, count)
  for (let i = 0; i < players; i++) {
    const low = paths.low[first + i] as number
    const high = paths.high[first + i] as number
    const missing = paths.missing[first + i] === 1
    const column = (paths.feature[first + i] as number) * block
    const bit = 1 << i
    for (let row = 0; row < count; row++) {
      const x = values[column + row] as number
      // A missing value is on no side of any limit.
      if (x <= high ? !(x <= low) : missing && Number.isNaN(x)) masks[row] = (masks[row] as number) | bit
    }
  }
}

function addTogether({ paths, leaf: game, space, count }: Block, leaf: number, players: number): void {
  const { masks, known, table, met, phi, block } = space
  const first = paths.start[leaf] as number
  for (let row = 0; row < count; row++) {
    const mask = masks[row] as number
    if (known[mask] === leaf + 1) continue
    known[mask] = leaf + 1
    for (let i = 0; i < players; i++) met[i] = (mask >> i) & 1
    const given = game(leaf, met)
    for (let i = 0; i < players; i++) table[mask * players + i] = given[i] as number
  }
  for (let i = 0; i < players; i++) {
    const column = (paths.feature[first + i] as number) * block
    for (let row = 0; row < count; row++)
      phi[column + row] =
        (phi[column + row] as number) + (table[(masks[row] as number) * players + i] as number)
  }
}

function addAlone({ paths, leaf: game, space }: Block, leaf: number, row: number): void {
  const { values, met, phi, block } = space
  const { feature, low, high, missing } = paths
  const first = paths.start[leaf] as number
  const end = paths.start[leaf + 1] as number
  for (let i = first; i < end; i++) {
    const x = values[(feature[i] as number) * block + row] as number
    met[i - first] = (
      x <= (high[i] as number)
        ? !(x <= (low[i] as number))
        : Number.isNaN(x) && missing[i] === 1
    )
      ? 1
      : 0
  }
  const given = game(leaf, met)
  for (let i = first; i < end; i++) {
    const own = (feature[i] as number) * block + row
    phi[own] = (phi[own] as number) + (given[i - first] as number)
  }
}
