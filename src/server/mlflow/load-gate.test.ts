import { describe, expect, it } from 'vitest'
import { loadGate } from './load-gate.ts'

describe('load gate', () => {
  function started() {
    let now = 0
    const gate = loadGate({ limitMs: 2000, now: () => now })
    return {
      gate,
      wait: (ms: number) => {
        now += ms
      },
    }
  }

  /** How many of weight 1 it lets in before it refuses. */
  function room(gate: ReturnType<typeof loadGate>): number {
    for (let count = 0; ; count++) {
      try {
        gate.enter(1)
      } catch {
        return count
      }
    }
  }

  it('lets in what it can do in the limit, by the rate it was seen to have', () => {
    const { gate, wait } = started()
    for (let i = 0; i < 2000; i++) {
      const leave = gate.enter(1)
      wait(10)
      leave()
    }
    const admitted = room(gate)
    expect(admitted).toBeGreaterThan(200)
    expect(admitted).toBeLessThan(1200)
  })

  it('forgets nothing while it has nothing to do', () => {
    const { gate, wait } = started()
    const leave = gate.enter(1)
    wait(1)
    leave()
    wait(3_600_000)
    expect(room(gate)).toBeGreaterThan(3000)
  })

  it('sees that nothing gets done', () => {
    const { gate, wait } = started()
    gate.enter(1)
    const admitted: number[] = []
    for (let i = 0; i < 5; i++) {
      wait(10_000)
      admitted.push(room(gate))
    }
    expect(admitted.slice(1)).toEqual([0, 0, 0, 0])
  })

  it('never refuses when nothing waits, however much the next brings', () => {
    const { gate, wait } = started()
    const leave = gate.enter(1_000_000)
    wait(1_000_000)
    leave()
    expect(gate.enter(1_000_000)).toBeTypeOf('function')
    expect(() => gate.enter(1)).toThrow('more work waits')
  })
})
