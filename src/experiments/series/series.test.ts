import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chunkPoints, encodeChunk } from './chunk.ts'
import { compareInTime } from './order.ts'
import { createSampler } from './sample.ts'
import { createStepSample } from './sample-steps.ts'

const point = fc.record({
  step: fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -9, max: 9 })),
  at: fc.oneof(fc.bigInt({ min: 0n, max: (1n << 62n) - 1n }), fc.bigInt({ min: 0n, max: 300n })),
  value: fc.oneof(fc.double({ noDefaultInfinity: true }), fc.constant(Number.NaN)),
})

describe('a chunk', () => {
  it('gives back its points, bit by bit, in the order of a history', () => {
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 60 }), points => {
        const chunk = encodeChunk(points)
        expect(chunkPoints(chunk.body)).toEqual([...points].sort(compareInTime))
        const steps = points.map(({ step }) => step)
        expect([chunk.fromStep, chunk.toStep]).toEqual([Math.min(...steps), Math.max(...steps)])
        expect(points.every(({ at }) => at >= chunk.fromAt && at <= chunk.toAt)).toBe(true)
      }),
    )
  })

  it('takes little more than its values when steps and times are regular', () => {
    const points = Array.from({ length: 4_096 }, (_, step) => ({
      ...{ step, value: Math.sin(step) },
      at: 1_700_000_000_000_000n + BigInt(step) * 1_000n,
    }))
    expect(encodeChunk(points).body.length).toBe(24 + 4_096 * (8 + 1 + 2))
  })
})

/** What must be seen of one column: its ends, its extremes, and that it has a gap. */
function naiveColumns(x: readonly number[], y: readonly number[], pixels: number) {
  const width = (x.at(-1) ?? 0) - (x[0] ?? 0)
  const columns = new Map<number, number[]>()
  x.forEach((each, index) => {
    const column = width === 0 ? 0 : Math.min(pixels - 1, Math.floor(((each - (x[0] ?? 0)) / width) * pixels))
    columns.set(column, [...(columns.get(column) ?? []), index])
  })
  return [...columns.values()].map(indexes => {
    const numbers = indexes.map(index => y[index] ?? 0).filter(value => !Number.isNaN(value))
    return {
      indexes,
      ends: [indexes[0] ?? 0, indexes.at(-1) ?? 0],
      least: Math.min(...numbers),
      greatest: Math.max(...numbers),
      gap: numbers.length < indexes.length,
    }
  })
}

describe('sampling', () => {
  it('shows ends, extremes and gaps of every pixel column, and little else', () => {
    const values = fc.array(
      fc.oneof({ weight: 9, arbitrary: fc.integer() }, { weight: 1, arbitrary: fc.constant(Number.NaN) }),
      {
        minLength: 1,
        maxLength: 300,
      },
    )
    fc.assert(
      fc.property(
        values,
        fc.array(fc.nat(9), { minLength: 300, maxLength: 300 }),
        fc.integer({ min: 1, max: 30 }),
        fc.infiniteStream(fc.nat(1_000)),
        (y, gaps, pixels, turns) => {
          let at = 0
          const x = y.map((_, index) => (at += gaps[index] ?? 0))
          const sampler = createSampler({ from: x[0] ?? 0, to: at, pixels })
          const columns = {
            x: Float64Array.from(x),
            y: Float64Array.from(y),
            times: Float64Array.from(x.keys()),
          }
          const anyOrder = [...y.keys()].map(index => ({ index, turn: turns.next().value as number }))
          for (const { index } of anyOrder.sort((a, b) => a.turn - b.turn))
            sampler.look(columns, index, index)
          const chosen = new Set(sampler.chosen())
          for (const { indexes, ends, least, greatest, gap } of naiveColumns(x, y, pixels)) {
            const shown = indexes.filter(index => chosen.has(index))
            const numbers = shown.map(index => y[index] ?? 0)
            expect(ends.every(end => chosen.has(end))).toBe(true)
            expect(shown.length).toBeLessThanOrEqual(5)
            expect(numbers.some(Number.isNaN)).toBe(gap)
            const real = numbers.filter(value => !Number.isNaN(value))
            expect([Math.min(...real), Math.max(...real)]).toEqual([least, greatest])
          }
        },
      ),
    )
  })

  it('of steps follows the naive choice', () => {
    const steps = fc.array(fc.integer({ min: -20, max: 60 }), { maxLength: 40 })
    const bound = fc.option(fc.tuple(fc.integer({ min: -20, max: 60 }), fc.integer({ min: -20, max: 60 })), {
      nil: undefined,
    })
    fc.assert(
      fc.property(
        fc.array(steps, { maxLength: 4 }),
        bound,
        fc.integer({ min: 1, max: 20 }),
        (runs, bounds, limit) => {
          const [from, to] =
            bounds === undefined ? [-Infinity, Infinity] : [Math.min(...bounds), Math.max(...bounds)]
          const sorted = runs.map(run => [...run].sort((a, b) => a - b))
          const all = [...new Set(runs.flat())]
            .filter(step => step >= from && step <= to)
            .sort((a, b) => a - b)
          const wanted = new Set(all)
          if (all.length > limit) {
            wanted.clear()
            for (let i = 0; i < limit; i++) wanted.add(all[Math.floor((i * all.length) / limit)] ?? 0)
            for (const step of [
              ...sorted.flatMap(run => [...run.slice(0, 1), ...run.slice(-1)]),
              all.at(-1) ?? 0,
            ])
              if (all.includes(step)) wanted.add(step)
          }
          const sample = createStepSample({ limit, ...(bounds && { from, to }) })
          for (const run of runs) sample.add(Float64Array.from(run))
          const found = sample.chosen()
          expect([...found].sort((a, b) => a - b)).toEqual([...wanted].sort((a, b) => a - b))
        },
      ),
    )
  })
})
