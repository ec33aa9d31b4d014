import { randomFrom } from '../../kernel/statistics/index.ts'

/**
 * A cooperative game to be solved from some of its values: which coalitions to evaluate, and what the players get once
 * that is done. A coalition is a row of `players` bytes, 1 where the player is in; the first is empty, the second full.
 */
export interface ShapleyPlan {
  readonly players: number
  readonly coalitions: Uint8Array
  readonly count: number
  /** Shares of the players, which sum to v(full) − v(empty) up to rounding. */
  share(values: Float64Array): ShapleyShares
}

export interface ShapleyShares {
  readonly phi: Float64Array
  /** Of each φ over the drawn pairs; null where nothing was drawn, or one pair only. */
  readonly standardErrors: Float64Array | null
}

/** With at most so many players every coalition is evaluated. */
export const mostExactPlayers = 12

/**
 * Every coalition: φᵢ = Σ over S without i of |S|!(n − |S| − 1)!/n! · (v(S ∪ i) − v(S)). At most `mostExactPlayers`: 2ⁿ
 * coalitions.
 */
export function exactShapley(players: number): ShapleyPlan {
  const count = 2 ** players
  // Set s is evaluated at position s, but that the full set is the second.
  const position = (set: number): number => (set === 0 || count <= 2 ? set : set === count - 1 ? 1 : set + 1)
  const coalitions = new Uint8Array(count * players)
  for (let set = 0; set < count; set++)
    for (let player = 0; player < players; player++)
      coalitions[position(set) * players + player] = (set >> player) & 1
  const weights = weightsBySize(players)
  return {
    players,
    coalitions,
    count,
    share(values) {
      const phi = new Float64Array(players)
      for (let set = 0; set < count - 1; set++) {
        const weight = weights[bitsIn(set)] as number
        const value = values[position(set)] as number
        for (let player = 0; player < players; player++) {
          const joined = set | (1 << player)
          if (joined === set) continue
          phi[player] = (phi[player] as number) + weight * ((values[position(joined)] as number) - value)
        }
      }
      return { phi, standardErrors: null }
    },
  }
}

/** k!(n − k − 1)!/n! for a coalition of k. */
function weightsBySize(players: number): Float64Array {
  const weights = new Float64Array(players)
  let weight = 1 / (players || 1)
  for (let size = 0; size < players; size++) {
    weights[size] = weight
    weight *= (size + 1) / (players - 1 - size)
  }
  return weights
}

function bitsIn(set: number): number {
  let bits = 0
  for (let rest = set; rest > 0; rest &= rest - 1) bits++
  return bits
}

/**
 * Antithetic permutations: `pairs` times a shuffled order and its reverse, each player getting what it adds when it
 * joins; φ is the mean over pairs, with its standard error. Every order sums to v(full) − v(empty), so φ does too. The
 * orders follow from the label alone.
 */
export function sampledShapley(
  players: number,
  { label, pairs }: { readonly label: string; readonly pairs: number },
): ShapleyPlan {
  const random = randomFrom(label)
  const order = Array.from({ length: players }, (_, player) => player)
  const orders = Array.from({ length: pairs }, () => random.shuffle(order))
  const count = 2 + 2 * pairs * Math.max(0, players - 1)
  return {
    players,
    coalitions: prefixCoalitions(orders, players, count),
    count,
    share: values => pairShares(orders, values, players),
  }
}

/** Empty, full, then for each order its proper prefixes and those of its reverse. */
function prefixCoalitions(
  orders: readonly (readonly number[])[],
  players: number,
  count: number,
): Uint8Array {
  const coalitions = new Uint8Array(count * players)
  coalitions.fill(1, players, 2 * players)
  let at = 2 * players
  for (const order of orders)
    for (const sequence of [order, order.toReversed()])
      for (let size = 1; size < players; size++, at += players)
        for (let place = 0; place < size; place++) coalitions[at + (sequence[place] as number)] = 1
  return coalitions
}

function pairShares(
  orders: readonly (readonly number[])[],
  values: Float64Array,
  players: number,
): ShapleyShares {
  const [empty, full] = [values[0] as number, values[1] as number]
  const sums = new Float64Array(players)
  const pairs = orders.map((order, pair) => {
    const shares = new Float64Array(players)
    for (const [turn, sequence] of [order, order.toReversed()].entries()) {
      const start = 2 + (2 * pair + turn) * (players - 1)
      let before = empty
      for (const [place, player] of sequence.entries()) {
        const after = place === players - 1 ? full : (values[start + place] as number)
        shares[player] = (shares[player] as number) + (after - before) / 2
        before = after
      }
    }
    shares.forEach((share, player) => {
      sums[player] = (sums[player] as number) + share
    })
    return shares
  })
  const phi = sums.map(sum => sum / orders.length)
  return { phi, standardErrors: orders.length < 2 ? null : standardErrors(pairs, phi) }
}

function standardErrors(pairs: readonly Float64Array[], phi: Float64Array): Float64Array {
  const n = pairs.length
  return phi.map((mean, player) => {
    const squares = pairs.reduce((sum, shares) => sum + ((shares[player] as number) - mean) ** 2, 0)
    return Math.sqrt(squares / (n - 1) / n)
  })
}
