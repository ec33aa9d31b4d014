import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exitCodes } from '../../src/cli/exit-codes.ts'
import { main } from '../../src/cli/main.ts'
import { fakeIo } from '../support/fake-io.ts'
import { fakeServer } from '../support/fake-server.ts'
import { pipelineRun, stepRecord } from '../support/sample-records.ts'

const { app, services } = fakeServer()
let url = ''
beforeAll(async () => {
  url = await app.listen({ port: 0, host: '127.0.0.1' })
  services.setRuns([pipelineRun('running', [stepRecord('build', 'running'), stepRecord('train', 'waiting')])])
})
afterAll(() => app.close())

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setTimeout(resolve, 10))
}

describe('Ctrl-C while a run is followed', () => {
  it('stops following; the run goes on', async () => {
    const io = fakeIo()
    const done = main(['run', 'late', '--server', url], io)
    await until(() => io.written.err.includes('Step build: started'))
    process.emit('SIGINT')
    expect(await done).toBe(exitCodes.interrupted)
    expect(io.written.err).toMatch(
      /No longer following; the run goes on\. Press Ctrl-C again within 2 s to cancel it\.\nFollow it again: fettle runs prn_1 --follow\n$/,
    )
    expect(services.calls.map(([name]) => name)).not.toContain('cancel')
  })

  it('twice cancels the run', async () => {
    const io = fakeIo()
    const done = main(['run', 'late', '--server', url], io)
    await until(() => io.written.err.includes('Step build: started'))
    process.emit('SIGINT')
    await until(() => io.written.err.includes('No longer following'))
    process.emit('SIGINT')
    expect(await done).toBe(exitCodes.interrupted)
    expect(io.written.err).toContain(
      'Cancelling prn_1; finished steps are kept. Resume it: fettle resume prn_1\n',
    )
    expect(services.calls.at(-1)).toEqual(['cancel', { id: 'prn_1', principal: { name: 'local' } }])
  })

  it('leaves no listener behind', () => {
    expect(process.listenerCount('SIGINT')).toBe(0)
  })
})

describe('following', () => {
  it('outlives a server that is away for a moment', async () => {
    const { followRun } = await import('../../src/cli/follow-run.ts')
    const { connect, FettleError } = await import('../../src/client/index.ts')
    const { api, readFeatures, writeFeatures, feedback } = connect({ url })
    const ended = { ...(await api.run({ id: 'prn_1' })), state: 'succeeded' as const }
    let asked = 0
    const run = async () => {
      if (++asked < 4) throw new FettleError('SERVER_UNREACHABLE', 'away')
      return ended
    }
    const client = {
      url,
      api: { ...api, run },
      readFeatures,
      writeFeatures,
      feedback,
      deployment: () => {
        throw new Error('unused')
      },
      features: () => {
        throw new Error('unused')
      },
    }
    const follow = {
      client,
      id: 'prn_1',
      signal: new AbortController().signal,
      onChange: () => {},
      everyMs: 1,
    }
    expect(await followRun(follow)).toBe(ended)
    asked = -1e9
    await expect(followRun({ ...follow, patienceMs: 20 })).rejects.toMatchObject({
      code: 'SERVER_UNREACHABLE',
    })
  })
})
