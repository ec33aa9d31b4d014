import { describe, expect, it } from 'vitest'
import { guardedArms, readGuards } from './guards.ts'
import type { ArmCounts } from './model.ts'

const releases = {
  champion: { release: 1, digest: 'old' },
  challenger: { release: 2, digest: 'new' },
}

function arm(name: string, requests: number, counts: Partial<ArmCounts> = {}): ArmCounts {
  const release = name === 'challenger' ? 2 : 1
  return { arm: name, release, requests, errors: 0, slow: 0, degraded: 0, ...counts }
}

const read = (...arms: ArmCounts[]) => readGuards(guardedArms(arms, releases), [])
const stateOf = (guards: ReturnType<typeof read>, name: string) =>
  guards.find(({ guard }) => guard === name)?.state

describe('guards', () => {
  it('break where the challenger fails far more often, and not at the allowed ratio', () => {
    const champion = arm('champion', 9000, { errors: 90 })
    expect(stateOf(read(champion, arm('challenger', 1000, { errors: 40 })), 'error_rate')).toBe('breached')
    expect(stateOf(read(champion, arm('challenger', 1000, { errors: 12 })), 'error_rate')).toBe('ok')
    expect(stateOf(read(champion, arm('challenger', 1000, { errors: 0 })), 'error_rate')).toBe('ok')
  })

  it('compare with the control arm where there is one: what the champion does is of no concern', () => {
    const slow = arm('challenger', 1000, { slow: 300 })
    const champion = arm('champion', 98_000, { slow: 980 })
    expect(stateOf(read(champion, slow), 'slow_rate')).toBe('breached')
    const guards = read(champion, slow, arm('control', 1000, { slow: 300 }))
    expect(stateOf(guards, 'slow_rate')).toBe('ok')
    expect(guards[0]?.limit).toContain('control arm')
  })

  it('break where more than 1 % of the replies are degraded', () => {
    const champion = arm('champion', 1000)
    expect(stateOf(read(champion, arm('challenger', 1000, { degraded: 40 })), 'degraded_share')).toBe(
      'breached',
    )
    expect(stateOf(read(champion, arm('challenger', 1000, { degraded: 10 })), 'degraded_share')).toBe('ok')
  })

  it('stay broken, and are not measured without requests', () => {
    const [champion, broken] = [arm('champion', 1000, { errors: 1 }), arm('challenger', 1000, { errors: 60 })]
    const before = read(champion, broken)
    const calm = guardedArms(
      [arm('champion', 9000, { errors: 900 }), arm('challenger', 9000, { errors: 60 })],
      releases,
    )
    expect(readGuards(calm, before)[0]).toMatchObject({ state: 'breached', p: before[0]?.p })
    expect(read(champion).map(({ state }) => state)).toEqual(['not-measured', 'not-measured', 'not-measured'])
    expect(stateOf(read(broken), 'error_rate')).toBe('not-measured')
    expect(stateOf(read(broken), 'degraded_share')).toBe('ok')
  })

  it('leaves out the arms of other releases', () => {
    const sibling = { ...arm('challenger', 1000, { errors: 900 }), release: 3 }
    const guards = read(arm('champion', 1000), arm('challenger', 1000), sibling)
    expect(guards[0]).toMatchObject({ challenger: { events: 0, of: 1000 }, state: 'ok' })
  })
})
