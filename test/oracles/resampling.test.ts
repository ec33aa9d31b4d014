import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  benjaminiHochberg,
  clusterBootstrap,
  holm,
  normalCdf,
  normalQuantile,
  pairedDesignEffect,
  randomFrom,
  rateDesignEffect,
} from '../../src/kernel/statistics/index.ts'

/** Values of each entity. */
const entities = fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 4 }), {
  minLength: 3,
  maxLength: 12,
})

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The bootstrap as it is told: draw entities, write down all their rows, take the mean. */
function naiveReplicates(rows: readonly (readonly number[])[], seed: string): number[] {
  const random = randomFrom(seed)
  return Array.from({ length: 2000 }, () =>
    mean(rows.flatMap(() => rows[random.index(rows.length)] ?? [])),
  ).sort((one, other) => one - other)
}

/** BCa by its definition over the sorted replicates. */
function naiveBca(rows: readonly (readonly number[])[], seed: string, alpha: number) {
  const values = naiveReplicates(rows, seed)
  const estimate = mean(rows.flat())
  const score = (at: number) => {
    const [below, ties] = [
      values.filter(value => value < at - 1e-11).length,
      values.filter(value => Math.abs(value - at) <= 1e-11).length,
    ]
    return normalQuantile(Math.min(2000 / 2001, Math.max(1 / 2001, (below + ties / 2) / 2000)))
  }
  const left = rows.map((_, out) => mean(rows.filter((__, row) => row !== out).flat()))
  const spread = left.map(value => mean(left) - value)
  const squares = spread.reduce((sum, each) => sum + each ** 2, 0)
  const a = squares < 1e-20 ? 0 : spread.reduce((sum, each) => sum + each ** 3, 0) / (6 * squares ** 1.5)
  const z0 = score(estimate)
  const bound = (z: number) => {
    const position = 2001 * normalCdf(z0 + (z0 + z) / (1 - a * (z0 + z)))
    const [low, high] = [values[Math.floor(position) - 1], values[Math.floor(position)]]
    if (low === undefined) return values[0]
    return high === undefined ? low : low + (position % 1) * (high - low)
  }
  const pFail = (margin: number) => {
    const w = score(margin) - z0
    return normalCdf(w / (1 + a * w) - z0)
  }
  return {
    estimate,
    z0,
    acceleration: a,
    lower: bound(normalQuantile(alpha)),
    upper: bound(-normalQuantile(alpha)),
    pFail,
  }
}

function meanOfDrawn(rows: readonly (readonly number[])[]) {
  return (times: Uint8Array): number => {
    let [sum, count] = [0, 0]
    for (const [entity, values] of rows.entries()) {
      sum += (times[entity] ?? 0) * values.reduce((total, value) => total + value, 0)
      count += (times[entity] ?? 0) * values.length
    }
    return sum / count
  }
}

test('the cluster bootstrap is BCa over whole entities, drawn in the order of the generator', () => {
  const property = fc.property(
    entities,
    fc.string({ maxLength: 8 }),
    fc.integer({ min: -5, max: 5 }),
    (rows, seed, margin) => {
      const request = {
        clusters: rows.length,
        statistic: meanOfDrawn(rows),
        seed,
        alpha: 0.05,
        leastClusters: 3,
      }
      const found = clusterBootstrap(request)
      if ('undefined' in found) throw new Error(found.undefined)
      const naive = naiveBca(rows, seed, 0.05)
      for (const name of ['estimate', 'z0', 'acceleration', 'lower', 'upper'] as const)
        expect(found[name]).toBeCloseTo(naive[name] ?? Number.NaN, 8)
      expect(found.p(margin).fail).toBeCloseTo(naive.pFail(margin), 8)
      expect(found.p(margin).pass).toBeCloseTo(1 - naive.pFail(margin), 8)
    },
  )
  fc.assert(property, { numRuns: 30 })
})

test('the bootstrap bounds of a skewed mean miss about as often as they say', () => {
  const random = randomFrom('coverage')
  let [below, above] = [0, 0]
  const runs = 200
  for (let run = 0; run < runs; run++) {
    const rows = Array.from({ length: 60 }, () => [-Math.log(1 - random.unit())])
    const found = clusterBootstrap({
      clusters: 60,
      statistic: meanOfDrawn(rows),
      seed: `${run}`,
      alpha: 0.05,
    })
    if ('undefined' in found) throw new Error(found.undefined)
    if (found.lower > 1) below++
    if (found.upper < 1) above++
  }
  expect(below / runs).toBeLessThan(0.05 + 4 * Math.sqrt(0.0475 / runs))
  expect(above / runs).toBeLessThan(0.05 + 4 * Math.sqrt(0.0475 / runs))
})

test('a bootstrap that cannot answer says why', () => {
  const options = { seed: 'x', alpha: 0.05 }
  expect(clusterBootstrap({ ...options, clusters: 19, statistic: () => 1 })).toEqual({ undefined: 'too-few' })
  expect(
    clusterBootstrap({ ...options, clusters: 20, statistic: () => ({ undefined: 'no-positives' }) }),
  ).toEqual({
    undefined: 'no-positives',
  })
  const positives = (times: Uint8Array) =>
    (times[0] ?? 0) + (times[1] ?? 0) > 0 ? 1 : { undefined: 'no-positives' }
  expect(clusterBootstrap({ ...options, clusters: 20, statistic: positives })).toEqual({
    undefined: 'unstable',
  })
  expect(() => clusterBootstrap({ ...options, clusters: 20, statistic: () => 1, replicates: 1999 })).toThrow(
    expect.objectContaining({ code: 'INVALID_COUNTS' }),
  )
  const constant = clusterBootstrap({ ...options, clusters: 20, statistic: () => 1 })
  expect(constant).toMatchObject({ estimate: 1, lower: 1, upper: 1, acceleration: 0, undefinedReplicates: 0 })
})

test('the design effect is the variance of whole entities over that of rows', () => {
  const counts = fc
    .record({ b: fc.nat(3), c: fc.nat(3), neither: fc.nat(4) })
    .filter(each => each.b + each.c + each.neither > 0)
  const property = fc.property(fc.array(counts, { minLength: 2, maxLength: 30 }), groups => {
    const clusters = groups.map(({ b, c, neither }) => ({ n: b + c + neither, b, c }))
    const values = clusters.map(({ n, b, c }) => [
      ...Array(b).fill(1),
      ...Array(c).fill(-1),
      ...Array(n - b - c).fill(0),
    ])
    const rows = values.flat() as number[]
    const centre = mean(rows)
    const iid = mean(rows.map(value => (value - centre) ** 2)) / rows.length
    const sums = values.map(each => each.reduce((sum: number, value: number) => sum + value - centre, 0))
    const cluster =
      (sums.length * mean(sums.map(sum => (sum * sum) / (sums.length - 1))) * sums.length) / rows.length ** 2
    const found = pairedDesignEffect(clusters)
    expect(found.iid).toBeCloseTo(iid, 12)
    expect(found.cluster).toBeCloseTo(cluster, 12)
    const repeats = clusters.some(({ n }) => n > 1)
    expect(found.deff).toBeCloseTo(repeats && iid > 1e-15 ? Math.max(1, cluster / iid) : 1, 8)
    expect(rateDesignEffect(clusters.map(({ n }) => ({ n, x: 0 }))).deff).toBe(1)
  })
  fc.assert(property)
})

test('one entity, however many rows, is one observation', () => {
  expect(pairedDesignEffect([{ n: 500, b: 20, c: 1 }]).deff).toBe(500)
  expect(rateDesignEffect([{ n: 1, x: 1 }]).deff).toBe(1)
})

test('Holm and Benjamini-Hochberg reject what their steps reject', () => {
  const property = fc.property(
    fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }),
    fc.constantFrom(0.01, 0.05, 0.2),
    (ps, level) => {
      const sorted = [...ps].sort((one, other) => one - other)
      const stop = sorted.findIndex((p, rank) => p > level / (ps.length - rank))
      const holmCount = stop < 0 ? ps.length : stop
      expect(holm(ps).filter(p => p <= level).length).toBe(holmCount)
      const last = sorted.findLastIndex((p, rank) => p <= ((rank + 1) * level) / ps.length)
      expect(benjaminiHochberg(ps).filter(q => q <= level).length).toBe(last + 1)
    },
  )
  fc.assert(property)
})
