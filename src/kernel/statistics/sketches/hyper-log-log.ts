import { FettleError } from '../../errors/index.ts'
import type { SketchHash } from './hash.ts'

/** 2^p registers; `registers[i]` is the longest run of leading zeros seen in a tail that fell there, plus one. */
export interface HyperLogLog {
  readonly p: number
  readonly registers: Uint8Array
}

export function emptyHyperLogLog(p = 12): HyperLogLog {
  return { p, registers: new Uint8Array(2 ** p) }
}

/** Counts one hashed value: the top p bits choose the register, the other 64 − p bits are the tail. */
export function addHash({ p, registers }: HyperLogLog, { first, second }: SketchHash): void {
  const index = first >>> (32 - p)
  const high = (first << p) >>> 0
  const rank = high === 0 ? 33 - p + Math.clz32(second) : Math.clz32(high) + 1
  if (rank > (registers[index] ?? 0)) registers[index] = rank
}

/** Register-wise maximum: the sketch of the union. LENGTH_MISMATCH for sketches of different p. */
export function mergeHyperLogLogs(one: HyperLogLog, other: HyperLogLog): HyperLogLog {
  if (one.p !== other.p)
    throw new FettleError('LENGTH_MISMATCH', `Sketches of 2^${one.p} and 2^${other.p} registers do not merge`)
  const registers = one.registers.map((rank, index) => Math.max(rank, other.registers[index] ?? 0))
  return { p: one.p, registers }
}

/**
 * Number of distinct values: the improved raw estimator of Ertl 2017 (arXiv 1702.01284, algorithm 6), without tables.
 * Relative standard error 1.04/√2^p.
 */
export function distinctCount({ p, registers }: HyperLogLog): number {
  const tailBits = 64 - p
  const counts = new Float64Array(tailBits + 2)
  for (const rank of registers) counts[rank] = (counts[rank] ?? 0) + 1
  const m = registers.length
  let z = m * tau(1 - (counts[tailBits + 1] ?? 0) / m)
  for (let rank = tailBits; rank >= 1; rank--) z = (z + (counts[rank] ?? 0)) / 2
  z += m * sigma((counts[0] ?? 0) / m)
  return (m * m) / (2 * Math.LN2 * z)
}

/** Σ x^(2^k)·2^(k−1), the part of empty registers; infinite at 1. */
function sigma(x: number): number {
  if (x === 1) return Infinity
  let [power, weight, sum, before] = [x, 1, x, Number.NaN]
  while (sum !== before) {
    before = sum
    power *= power
    sum += power * weight
    weight += weight
  }
  return sum
}

/** The part of full registers. */
function tau(x: number): number {
  if (x === 0 || x === 1) return 0
  let [root, weight, sum, before] = [x, 1, 1 - x, Number.NaN]
  while (sum !== before) {
    before = sum
    root = Math.sqrt(root)
    weight /= 2
    sum -= (1 - root) ** 2 * weight
  }
  return sum / 3
}
