import { FettleError } from '../../errors/index.ts'
import { sumOver } from '../sum.ts'
import { type Coin, kllLevels } from './kll-levels.ts'
import { insertionSort } from './sorted-runs.ts'

/** Mergeable state: an item of level h stands for 2^h values. Level 0 is in order of arrival, the others ascend. */
export interface KllState {
  readonly k: number
  readonly n: number
  readonly min: number
  readonly max: number
  readonly levels: readonly Float64Array[]
}

/** Quantile sketch of Karnin, Lang & Liberty 2016 with lazy compaction. */
export interface Kll {
  /** Takes values in order. NOT_A_NUMBER for NaN: missing rows are counted elsewhere. */
  add(values: ArrayLike<number>): void
  /** Takes in another sketch level by level. LENGTH_MISMATCH for another k. */
  merge(other: KllState): void
  state(): KllState
}

/** Room of level 0: so many values are sorted at a time. */
const arrivals = 32

export function emptyKll(k = 200): KllState {
  return { k, n: 0, min: Infinity, max: -Infinity, levels: [] }
}

/** A sketch that goes on from a state. Same state, values and coin give the same state. */
export function openKll(from: KllState, coin: Coin): Kll {
  const { k } = from
  let { n, min, max } = from
  const levels = kllLevels(k, coin)
  levels.absorb(from.levels.slice(1))
  /** Level 0. */
  const room = new Float64Array(arrivals)
  let waiting = 0
  for (const value of from.levels[0] ?? []) put(value)

  function put(value: number): void {
    room[waiting++] = value
    if (waiting < arrivals) return
    insertionSort(room)
    waiting = 0
    levels.takeIn(room)
  }

  return {
    add(values) {
      for (let index = 0; index < values.length; index++) {
        const value = (values[index] as number) + 0
        if (value < min) min = value
        if (value > max) max = value
        if (Number.isNaN(value)) throw new FettleError('NOT_A_NUMBER', `Value ${index} is not a number`)
        n++
        put(value)
      }
    },
    merge(other) {
      if (other.k !== k)
        throw new FettleError('LENGTH_MISMATCH', `Sketches of k = ${k} and ${other.k} do not merge`)
      levels.absorb(other.levels.slice(1))
      for (const value of other.levels[0] ?? []) put(value)
      n += other.n
      min = Math.min(min, other.min)
      max = Math.max(max, other.max)
    },
    state: () => ({ k, n, min, max, levels: [room.slice(0, waiting), ...levels.kept()] }),
  }
}

interface Item {
  readonly value: number
  /** Rows it stands for. */
  readonly weight: number
}

function weightedItems(state: KllState): readonly Item[] {
  return state.levels
    .flatMap((level, at) => Array.from(level, value => ({ value, weight: 2 ** at })))
    .sort((a, b) => (a.value < b.value ? -1 : Number(a.value > b.value)))
}

/** The smallest kept value whose share of rows at or below it reaches q; exact at 0 and 1. NaN without rows. */
export function kllQuantile(state: KllState, q: number): number {
  if (state.n === 0) return Number.NaN
  if (q <= 0) return state.min
  if (q >= 1) return state.max
  let below = 0
  for (const { value, weight } of weightedItems(state)) {
    below += weight
    if (below >= q * state.n) return value
  }
  return state.max
}

/** Share of rows at or below a value. NaN without rows. */
export function kllRank(state: KllState, value: number): number {
  const below = weightedItems(state).filter(item => item.value <= value)
  return sumOver(below.length, index => below[index]?.weight ?? 0) / state.n
}

/** Size of the stored form: k, n, minimum, maximum and a length per level beside the values. */
export function kllBytes({ levels }: KllState): number {
  return 4 + 3 * 8 + sumOver(levels.length, at => 2 + (levels[at]?.length ?? 0) * 8)
}
