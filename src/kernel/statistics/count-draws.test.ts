import fc from 'fast-check'
import { expect, test } from 'vitest'
import { randomFrom } from './index.ts'

/** Draws as they are told, one by one. */
function drawnOneByOne(label: string, entities: number, replicates: number) {
  const random = randomFrom(label)
  const counts = Array.from({ length: replicates }, () => {
    const times = new Uint8Array(entities)
    for (let draw = 0; draw < entities; draw++) {
      const drawn = random.index(entities)
      times[drawn] = (times[drawn] ?? 0) + 1
    }
    return times
  })
  return { counts, next: random.u32() }
}

function resampled(label: string, entities: number, replicates: number) {
  const random = randomFrom(label)
  const counts = Array.from({ length: replicates }, () => {
    const times = new Uint8Array(entities).fill(9)
    random.resample(times)
    return times
  })
  return { counts, next: random.u32() }
}

test('a resample is as many draws as there are entities, and leaves the stream where they leave it', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 200 }), fc.nat(4), (label, entities, replicates) => {
      expect(resampled(label, entities, replicates)).toEqual(drawnOneByOne(label, entities, replicates))
    }),
  )
})

test.each([65_536, 99_991, 1_000_003])('low bits decide where they must: %i entities', entities => {
  // In about one draw of 2²⁷/entities: at a million these are thousands.
  const [found, wanted] = [resampled('low bits', entities, 1), drawnOneByOne('low bits', entities, 1)]
  expect(found.next).toBe(wanted.next)
  expect(Buffer.concat(found.counts).equals(Buffer.concat(wanted.counts))).toBe(true)
})
