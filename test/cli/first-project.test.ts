import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cliProject } from '../support/cli-project.ts'

let at: Awaited<ReturnType<typeof cliProject>>
beforeAll(async () => {
  at = await cliProject('parcels')
})
afterAll(() => at.remove())

describe('a first project, without Python', () => {
  it('goes from fettle init to a prediction with reasons', async () => {
    expect(await at.init()).toBe(0)
    await at.startDev()
    expect((await at.fettle('predict', 'slow')).err).toContain('UNKNOWN_DEPLOYMENT')
    const applied = await at.fettle('apply', '--yes')
    expect([applied.code, applied.out]).toEqual([0, 'Applied 6 changes.\n'])
    expect(applied.err).toContain('Next: fettle run slow\n')
    expect((await at.fettle('apply', '--yes')).out).toBe('Nothing to apply: 6 definitions unchanged.\n')
    const early = await at.fettle('deploy', 'slow')
    expect([early.code, early.err]).toEqual([1, expect.stringContaining('fettle run slow')])

    const trained = await at.fettle('run', 'slow')
    expect(trained.code, trained.err).toBe(0)
    expect(trained.err).toContain('Next: fettle run slow-online, then fettle deploy slow\n')
    expect((await at.fettle('run', 'slow-online')).code).toBe(0)
    expect((await at.fettle('models', 'slow')).out).toMatch(/v1 .*linear.*roc_auc 0\.6/)
    const { items } = JSON.parse((await at.fettle('experiments', '--json')).out)
    // The project replays a day of the past; what is logged happens now.
    expect(Date.now() - Date.parse(items[0].lastRunAt)).toBeLessThan(600_000)
    const deployed = await at.fettle('deploy', 'slow')
    expect(deployed.out).toBe('Deployment slow is ready with release 1 (slow v1).\n')
    expect(deployed.err).toContain('Verify it in an isolated copy: done')
    expect(deployed.err).toMatch(/\nTry it\. For example: fettle predict slow depot=\w+ weight_kg=[\d.]+\n$/)

    const predicted = await at.fettle('predict', 'slow', 'depot=porto', 'weight_kg=2.5')
    expect(predicted.out).toMatch(/^score 0\.\d+, action tell_customer, served by model\n- .*days_14d/)
    const id = /fettle decision (\S+)/.exec(predicted.out)?.[1] ?? ''
    expect((await at.fettle('decision', id)).out).toContain('for depot=porto weight_kg=2.5')
  })

  it('output that nobody reads any more ends a command without a trace', async () => {
    const { child, written, ended } = at.start(['catalog', '--json'], at.project)
    child.stdout.destroy()
    expect(await ended).toBe(0)
    expect(written.err).toBe('')
  })

  it('commands work from a folder inside the project, and say so when the server has stopped', async () => {
    const inside = await at.start(['runs', '--json'], join(at.project, 'data'))
    expect(await inside.ended).toBe(0)
    expect(JSON.parse(inside.written.out)).toMatchObject({
      items: [{ pipeline: 'slow-release' }, { pipeline: 'slow-online' }, {}],
    })
    await at.stopDev()
    const stopped = await at.fettle('runs')
    expect(stopped.code).toBe(69)
    expect(stopped.err).toContain('Start one in another terminal: fettle dev.')
  })
})
