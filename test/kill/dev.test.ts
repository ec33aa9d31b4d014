import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exitCodes } from '../../src/cli/exit-codes.ts'
import { type Dev, installFettle, makeProject, type Project } from './dev-project.ts'
import { mountSmallDisk, type SmallDisk } from './small-disk.ts'

const fettle = installFettle()
const projects: Project[] = []
afterAll(() => {
  for (const project of projects) project.remove()
  fettle.remove()
})

function newProject(): Project {
  const project = makeProject(fettle.bin)
  projects.push(project)
  return project
}

/** Whether something holds soon. */
async function eventually<T>(what: () => Promise<T> | T, limitMs = 20_000): Promise<T> {
  for (const limit = performance.now() + limitMs; ; await sleep(50)) {
    try {
      return await what()
    } catch (error) {
      if (performance.now() > limit) throw error
    }
  }
}

async function expectNothingLeft(project: Project): Promise<void> {
  await eventually(() => expect(project.processes()).toEqual([]))
}

async function kill(project: Project, dev: Dev): Promise<void> {
  dev.child.kill('SIGKILL')
  await dev.ended
  await expectNothingLeft(project)
}

async function stop(project: Project, dev: Dev, signal: NodeJS.Signals = 'SIGINT'): Promise<void> {
  dev.child.kill(signal)
  expect(await dev.ended).toMatchObject({ code: exitCodes.done })
  expect(project.processes()).toEqual([])
  expect(existsSync(project.below('holder.json'))).toBe(false)
}

/** Predictions one after another until stopped; ids of those that were acknowledged. */
function sendTraffic(project: Project) {
  const acknowledged: string[] = []
  let on = true
  const sending = (async () => {
    while (on)
      await project.predict().then(
        id => void acknowledged.push(id),
        () => sleep(20),
      )
  })()
  return {
    acknowledged,
    stop: async () => {
      on = false
      await sending
      return acknowledged
    },
  }
}

const expectLogged = async (project: Project, ids: readonly string[]): Promise<void> => {
  const logged = await project.logged()
  expect(ids.filter(id => !logged.has(id))).toEqual([])
}

describe('starting', () => {
  test('a taken port is named, with the option that chooses another', async () => {
    const project = newProject()
    const blocker = createServer()
    await new Promise<void>(ready => blocker.listen(0, '127.0.0.1', ready))
    const { port } = blocker.address() as { port: number }
    for (const option of ['--port', '--data-port']) {
      const { code, output } = await project.start(option, String(port)).ended
      expect(code).toBe(exitCodes.failed)
      expect(output).toMatch(new RegExp(`PORT_IN_USE: .*${port}[^]*--port`))
      expect(project.processes()).toEqual([])
    }
    blocker.close()
  })

  test('Ctrl-C at any moment of it stops everything, and the next start works', async () => {
    const project = newProject()
    for (const ms of [20, 500]) {
      const dev = project.start()
      await sleep(ms)
      dev.child.kill('SIGINT')
      const { code } = await dev.ended
      // Before anything runs the signal itself ends the process: no code.
      expect([exitCodes.done, exitCodes.interrupted, null]).toContain(code)
      await expectNothingLeft(project)
    }
    await stop(project, await project.started(), 'SIGTERM')
  })
})

/** Where a run is when `fettle dev` is killed: so long after a step was seen to run. */
const moments = [
  ['training-set', 100],
  ['train-logistic', 50],
  ['register', 0],
] as const

describe('the life of one project', { timeout: 120_000 }, () => {
  let project: Project
  let dev: Dev
  let trained: string
  beforeAll(async () => {
    project = newProject()
    dev = await project.started()
    expect(await project.command('apply', '--yes')).toMatchObject({ code: 0 })
  })

  test('a second Fettle is refused with the pid of the first', async () => {
    const second = await project.start().ended
    expect(second.code).toBe(exitCodes.failed)
    expect(second.output).toMatch(new RegExp(`FOLDER_IN_USE: .*process ${dev.child.pid}, since `))
  })

  test('while a step runs, the token is on no command line; Ctrl-C gives the step back', async () => {
    const { token } = project.serverFile()
    trained = await project.run('slow')
    const host = await eventually(() => {
      const found = project.processes().find(({ command }) => command.includes(' step-host '))
      expect(found).toBeDefined()
      return found
    })
    expect(project.processes().filter(({ command }) => command.includes(token))).toEqual([])
    await stop(project, dev)
    expect(host?.command).not.toContain(token)
    dev = await project.started()
  })

  test.each(moments)('kill -9, at step %s after %d ms', async (step, ms) => {
    await eventually(async () => {
      const run = await project.client().api.run({ id: trained })
      expect(run.steps.find(each => each.id === step)?.state).toMatch(/running|succeeded/)
    }, 40_000)
    await sleep(ms)
    await kill(project, dev)
    dev = await project.started()
  })

  test('the run went on by itself; nothing is lost or doubled', async () => {
    const run = await project.runEnded(trained)
    expect(run.state).toBe('succeeded')
    for (const step of run.steps)
      expect(step.attempts.filter(attempt => attempt.state === 'succeeded')).toHaveLength(1)
    const { versions } = await project.client().api.model({ name: 'slow' })
    expect(versions.map(({ version }) => version)).toEqual([1])
  })

  test('kill -9 while the online store is filled and while a release is made', async () => {
    const filled = await project.run('slow-online')
    await eventually(() =>
      expect(project.processes().some(({ command }) => command.includes(' step-host '))).toBe(true),
    )
    await kill(project, dev)
    dev = await project.started()
    expect((await project.runEnded(filled)).state).toBe('succeeded')
    for (const ms of [15, 150]) {
      const deploying = project.client().api.deploy({ name: 'slow', body: {} })
      await sleep(ms)
      await Promise.all([kill(project, dev), deploying.catch(() => {})])
      dev = await project.started()
    }
    await project.client().api.deploy({ name: 'slow', body: {} })
    await eventually(() => project.predict())
    const { releases } = await project.client().api.deployment({ name: 'slow' })
    expect(new Set(releases.map(({ number }) => number)).size).toBe(releases.length)
    expect(new Set(releases.map(({ modelVersion }) => modelVersion))).toEqual(new Set([1]))
  }, 90_000)

  test.each(['fettle dev', 'worker', 'front', 'scorer'])(
    'kill -9 of the %s under traffic: it answers again, every acknowledged prediction is in the log',
    async role => {
      await eventually(() => project.predict())
      const traffic = sendTraffic(project)
      await sleep(300)
      if (role === 'fettle dev') {
        await kill(project, dev)
        dev = await project.started()
      } else {
        const found = project.processes().find(({ command }) => command.includes(` ${role} {`))
        process.kill(found?.pid ?? 0, 'SIGKILL')
        await eventually(() => {
          const now = project.processes().find(({ command }) => command.includes(` ${role} {`))
          expect(now?.pid ?? found?.pid).not.toBe(found?.pid)
        })
      }
      await eventually(() => project.predict(), 10_000)
      await eventually(() => expect(traffic.acknowledged.length).toBeGreaterThan(10))
      const acknowledged = await traffic.stop()
      await eventually(() => expectLogged(project, acknowledged), 3_000)
    },
  )

  test('a worker that was killed works again', async () => {
    expect((await project.runEnded(await project.run('slow-online'))).state).toBe('succeeded')
  })

  test('at the end the audit chain is whole', async () => {
    await stop(project, dev)
    expect(await project.auditFault()).toBeNull()
  })
})

describe('a full disk', { timeout: 180_000 }, () => {
  let project: Project
  let disk: SmallDisk | undefined
  beforeAll(() => {
    project = newProject()
    disk = mountSmallDisk(project.below(), 48)
  })
  afterAll(() => disk?.remove())

  test('refuses runs and predictions with its name, half applies nothing, and is got over when space is free', async () => {
    const dev = await project.started()
    expect(await project.command('apply', '--yes')).toMatchObject({ code: 0 })
    expect((await project.runEnded(await project.run('slow'))).state).toBe('succeeded')
    expect((await project.runEnded(await project.run('slow-online'))).state).toBe('succeeded')
    await project.client().api.deploy({ name: 'slow', body: {} })
    const before = await eventually(() => project.predict())
    // Without the right to mount there is no disk to fill; the parts have tests of their own with failing files.
    if (disk === undefined) return stop(project, dev)
    const going = await project.run('slow')
    disk.fill()
    await expect(project.run('slow')).rejects.toMatchObject({ code: 'DISK_FULL' })
    await expect(eventually(() => refusal(project), 5_000)).resolves.toContain('LOG_UNWRITABLE')
    disk.free()
    const after = await eventually(() => project.predict(), 5_000)
    const ended = await project.runEnded(going, 60_000)
    if (ended.state === 'failed') {
      expect(ended.steps.flatMap(each => each.attempts.map(({ error }) => error?.code))).toContain(
        'DISK_FULL',
      )
      await project.client().api.resumeRun({ id: going })
    }
    expect((await project.runEnded(going)).state).toBe('succeeded')
    expect((await project.client().api.model({ name: 'slow' })).versions).toHaveLength(1)
    await expectLogged(project, [before, after])
    await stop(project, dev)
    expect(await project.auditFault()).toBeNull()
  })
})

/** The message a prediction is refused with; rejects while it is answered. */
async function refusal(project: Project): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const said = await project.predict().then(
      () => '',
      (error: Error) => error.message,
    )
    if (said !== '') return said
  }
  throw new Error('predictions are still answered')
}
