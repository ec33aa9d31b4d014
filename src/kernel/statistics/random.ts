import { createHash } from 'node:crypto'
import { countDraws } from './count-draws.ts'

/** A stream of random numbers that is the same wherever its label is known. */
export interface Random {
  /** The four state words before the first draw. */
  readonly seed: readonly [number, number, number, number]
  /** Uniform whole number in [0, 2³²). */
  u32(): number
  /** Uniform in [0, 1) with 53 bits, from two draws a and b: ((a ≫ 5)·2²⁶ + (b ≫ 6))/2⁵³. */
  unit(): number
  /** Uniform whole number in [0, n): ⌊unit · n⌋. */
  index(n: number): number
  /** As many draws of `index(times.length)` as there are entities, each counted into `times`, which is emptied first. */
  resample(times: Uint8Array): void
  /** A shuffled copy: Fisher-Yates from the end. */
  shuffle<Item>(items: readonly Item[]): Item[]
}

/**
 * The product's one generator: xoshiro128** 1.1 (Blackman & Vigna), its state the first 16 bytes of SHA-256(label) as four
 * little-endian words. The label is stored with the result, so nobody can re-roll.
 */
export function randomFrom(label: string): Random {
  const digest = createHash('sha256').update(label, 'utf8').digest()
  const seed = [0, 4, 8, 12].map(at => digest.readUInt32LE(at)) as unknown as Random['seed']
  let [a, b, c, d] = seed
  const u32 = (): number => {
    const turned = Math.imul(b, 5)
    const result = Math.imul((turned << 7) | (turned >>> 25), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 11) | (d >>> 21)
    return result
  }
  const unit = (): number => ((u32() >>> 5) * 67_108_864 + (u32() >>> 6)) / 9_007_199_254_740_992
  const index = (n: number): number => Math.floor(unit() * n)
  return {
    seed,
    u32,
    unit,
    index,
    resample(times) {
      const state = Int32Array.of(a, b, c, d)
      countDraws(times, state)
      ;[a = 0, b = 0, c = 0, d = 0] = state
    },
    shuffle(items) {
      const shuffled = [...items]
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = index(last + 1)
        const held = shuffled[last] as (typeof shuffled)[number]
        shuffled[last] = shuffled[other] as (typeof shuffled)[number]
        shuffled[other] = held
      }
      return shuffled
    },
  }
}
