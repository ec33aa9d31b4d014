// Short runs of what bench/reliability measures at length.
import { describe, expect, it } from 'vitest'
import { measureAlone } from '../../bench/reliability/alone.ts'
import { measureFollowing } from '../../bench/reliability/follow.ts'
import { measureKills } from '../../bench/reliability/kills.ts'
import { totalOf } from '../../bench/reliability/load.ts'
import { measureOverload } from '../../bench/reliability/overload.ts'
import { measureRollback } from '../../bench/reliability/rollback.ts'
import { measureRolling } from '../../bench/reliability/rolling.ts'
import { measureSwaps } from '../../bench/reliability/swaps.ts'

describe('the data plane', { timeout: 120_000 }, () => {
  it('killed at random moments: every acknowledged prediction is in the log, no id is there twice', async () => {
    const { acknowledged, ...rest } = await measureKills(2)
    expect(acknowledged).toBeGreaterThan(20)
    expect(rest).toMatchObject({ lost: 0, twice: 0, refused: 0 })
  })

  it('restarted process by process: no connection breaks, no request fails, nothing is lost', async () => {
    const { load, lost, twice } = await measureRolling(1, 2)
    expect(load.ok).toBeGreaterThan(100)
    expect([totalOf(load.broken), totalOf(load.refused), lost, twice]).toEqual([0, 0, 0, 0])
  })

  it('swaps of the release and deaths of its scorer under load: no request fails, none is degraded', async () => {
    const { load } = await measureSwaps(2, 2)
    expect(load.ok).toBeGreaterThan(100)
    expect([totalOf(load.broken), totalOf(load.refused), load.degraded]).toEqual([0, 0, 0])
  })

  it('taken back to a warm release: no request fails, and the last answer of the other comes within a second', async () => {
    const { load, millis } = await measureRollback(1)
    expect([totalOf(load.broken), totalOf(load.refused)]).toEqual([0, 0])
    expect(millis[0]).toBeLessThan(1000)
  })

  it('three times what it can do: it goes on doing that, refuses the rest and recovers', async () => {
    const [over] = (await measureOverload(1, 1)).over
    if (!over) throw new Error('nothing was measured')
    const { results: load, used } = over
    expect(used).toBeGreaterThan(0.85)
    expect([...load.refused.keys()].filter(each => !/OVERLOADED|DEADLINE/.test(each))).toEqual([])
    expect(totalOf(load.refused)).toBeGreaterThan(10)
  })

  it('whoever hands out pointers is killed and comes back: no request fails, and what is new is followed', async () => {
    const { load, lines } = await measureFollowing(1)
    expect(load.ok).toBeGreaterThan(100)
    expect([totalOf(load.broken), totalOf(load.refused)]).toEqual([0, 0])
    expect(lines.join('\n')).toMatch(/release 2 .*does not answer; what is here still answers.*release 3/s)
  })

  it('its control plane and database are killed: no request fails, the kill switch works, the log is shipped later', async () => {
    const { load, lost, left, backlog, killMillis } = await measureAlone(2)
    expect([totalOf(load.broken), totalOf(load.refused), lost, left]).toEqual([0, 0, 0, 0])
    expect(load.degraded).toBeGreaterThan(0)
    expect(backlog).toBeGreaterThan(20)
    expect(killMillis).toBeLessThan(3000)
  })
})
