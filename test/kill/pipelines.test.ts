import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type LogLine, readLog, type StepPlan } from '../../src/pipelines/index.ts'
import { runPlan, stepPlan } from '../fixtures/plans.ts'
import { buildRoles, type Cluster, livingProcesses, openCluster, removeRoles } from './pipelines-cluster.ts'

let cluster: Cluster
beforeAll(async () => {
  await buildRoles()
  cluster = await openCluster({ leaseMs: 1_500, slots: 2 })
})
beforeEach(() => cluster.ensure())
afterAll(async () => {
  await cluster.close()
  removeRoles()
})

function action(name: string, parts: Partial<StepPlan> = {}): StepPlan {
  return stepPlan(name, { body: { kind: 'action', action: name }, outputs: { value: 'json' }, ...parts })
}

/** Three counting steps, each of `ms` milliseconds. */
function counting(ms: number) {
  const step = (index: number) =>
    stepPlan(`s${index}`, {
      body: { kind: 'action', action: 'count' },
      params: { ms },
      outputs: { value: 'json' },
      inputs: index === 0 ? {} : { before: { from: `s${index - 1}`, output: 'value' } },
      retry: { infra: 50, user: 0 },
    })
  return runPlan([0, 1, 2].map(step))
}

async function logOf(run: string, step: string, attempt = 1): Promise<readonly LogLine[]> {
  return (await readLog(join(cluster.folder, 'logs'), { run, step, attempt, offset: 0 })).lines
}

/** Nothing lost, doubled or left over. */
async function expectWhole(id: string): Promise<void> {
  const run = await cluster.ended(id)
  expect(run.state).toBe('succeeded')
  expect(run.steps.map(step => step.outputs['value'])).toMatchObject([
    { value: 1 },
    { value: 2 },
    { value: 3 },
  ])
  const events = await cluster.events(id)
  for (const step of run.steps) {
    const told = events.filter(event => event.step === step.plan.id).map(event => event.type)
    expect(told.filter(type => type === 'step.succeeded')).toHaveLength(1)
    expect(told.filter(type => type === 'attempt.leased')).toHaveLength(step.attempts.length)
    expect(step.attempts.filter(attempt => attempt.state === 'succeeded')).toHaveLength(1)
    expect(step.attempts.map(attempt => attempt.token)).toEqual(step.attempts.map((_, index) => index + 1))
  }
  expect(events.filter(event => event.type === 'run.succeeded')).toHaveLength(1)
}

describe('an undisturbed worker', () => {
  test('runs the steps, keeps their logs, streams progress and cleans up', async () => {
    const id = await cluster.startRun(counting(700))
    const seen = await cluster.until(id, run => run.steps[0]?.progress !== null)
    expect(seen.steps[0]?.progress).toMatchObject({ total: 700, unit: 'ms' })
    await expectWhole(id)
    expect(cluster.bodies(id)).toHaveLength(3)
    const lines = await logOf(id, 's0')
    expect(lines.map(line => [line.stream, line.text])).toEqual([
      ['system', 'attempt 1 of s0 begins on w1'],
      ['stdout', 'counted red'],
      ['system', 'ended with exit code 0'],
    ])
    expect(lines.every(line => line.at !== null)).toBe(true)
    await expect.poll(() => cluster.leftovers()).toEqual([])
  })

  test('files and directories become objects, and inputs of the next step', async () => {
    const folder = action('folder', { outputs: { model: 'directory', one: 'file' } })
    const show = stepPlan('show', {
      body: {
        kind: 'command',
        argv: [
          'sh',
          '-c',
          "node -e \"const i=JSON.parse(require('fs').readFileSync(process.env.FETTLE_INPUT)).inputs;const r=require('fs').readFileSync;require('fs').writeFileSync(process.env.FETTLE_OUTPUT_FOLDER+'/text',JSON.stringify(r(i.model.path+'/deep/b.txt','utf8')+r(i.one.path,'utf8')))\"",
        ],
      },
      inputs: { model: { from: 'folder', output: 'model' }, one: { from: 'folder', output: 'one' } },
      outputs: { text: 'json' },
    })
    const run = await cluster.ended(await cluster.startRun(runPlan([folder, show])))
    expect(run.state).toBe('succeeded')
    expect(run.steps[0]?.outputs['model']).toMatchObject({
      kind: 'directory',
      bytes: 9,
      files: [{ path: 'a.txt' }, { path: 'deep/b.txt' }],
    })
    expect(run.steps[1]?.outputs['text']).toMatchObject({ value: 'betaone' })
  })

  test('each bad output is the step owner’s error, and nothing is published', async () => {
    const cases: Readonly<Record<string, RegExp>> = {
      'no-output': /without a valid output\.json/,
      'bad-json': /without a valid output\.json/,
      lies: /claims sha256:lie/,
      'wrong-kind': /declared as json/,
      nan: /NaN/,
      extra: /"more" is not declared/,
    }
    const files: Readonly<Record<string, RegExp>> = {
      escapes: /outside its output folder/,
      link: /leads outside/,
    }
    const steps = [
      ...Object.keys(cases).map(name => action(name)),
      ...Object.keys(files).map(name => action(name, { outputs: { value: 'file' } })),
    ]
    const run = await cluster.ended(await cluster.startRun(runPlan(steps)))
    expect(run.state).toBe('failed')
    for (const step of run.steps) {
      const { error, errorClass } = step.attempts[0] ?? {}
      expect(step).toMatchObject({ state: 'failed', outputs: {} })
      expect([step.plan.id, error?.code, errorClass]).toEqual([step.plan.id, 'STEP_OUTPUT_INVALID', 'user'])
      expect(error?.message).toMatch(cases[step.plan.id] ?? files[step.plan.id] ?? /never/)
    }
  })

  test('ends are classified: faults, exit codes, signals', async () => {
    const once = { infra: 0, user: 0 }
    const steps = [
      action('throws', { retry: once }),
      stepPlan('data', { body: { kind: 'action', action: 'exits' }, params: { code: 65 } }),
      stepPlan('busy', { body: { kind: 'action', action: 'exits' }, params: { code: 75 }, retry: once }),
      stepPlan('killed', {
        body: { kind: 'action', action: 'dies' },
        params: { signal: 'SIGKILL' },
        retry: once,
      }),
      stepPlan('crashed', { body: { kind: 'action', action: 'dies' }, params: { signal: 'SIGSEGV' } }),
      stepPlan('unknown', { body: { kind: 'action', action: 'nobody' } }),
      stepPlan('command', { body: { kind: 'command', argv: ['sh', '-c', 'exit 7'] } }),
    ]
    const run = await cluster.ended(await cluster.startRun(runPlan(steps)))
    const ends = run.steps.map(step => [
      step.plan.id,
      step.attempts.at(-1)?.errorClass,
      step.attempts.at(-1)?.error?.code,
      step.attempts.length,
    ])
    expect(ends).toEqual([
      ['throws', 'bug', 'INTERNAL', 2],
      ['data', 'data', 'STEP_FAILED', 1],
      ['busy', 'infra', 'STEP_FAILED', 1],
      ['killed', 'infra', 'STEP_FAILED', 1],
      ['crashed', 'user', 'STEP_FAILED', 1],
      ['unknown', 'user', 'PIPELINE_INVALID', 1],
      ['command', 'user', 'STEP_FAILED', 1],
    ])
    expect(
      (await logOf(run.id, 'throws')).some(
        line => line.stream === 'stderr' && line.text.includes('TypeError: a fault'),
      ),
    ).toBe(true)
  })

  test('a loud step: long lines are cut, bad bytes replaced, streams kept apart', async () => {
    const id = await cluster.startRun(runPlan([action('loud')]))
    expect((await cluster.ended(id)).state).toBe('succeeded')
    const lines = await logOf(id, 'loud')
    const out = lines.filter(line => line.stream === 'stdout').map(line => line.text)
    expect(out.join('')).toBe(`${'x'.repeat(200_000)}\uFFFD\uFFFDend`)
    expect(out.every(text => text.length <= 64 * 1024)).toBe(true)
    expect(lines.filter(line => line.stream === 'stderr').map(line => line.text)).toEqual(['warned'])
  })

  test('cancel ends deaf, busy and daemonising steps with all their processes', async () => {
    const names = ['stubborn', 'blocking', 'daemon']
    const ids = await Promise.all(
      names.map(name => cluster.startRun(runPlan([action(name), stepPlan('after', { after: [name] })]))),
    )
    for (const id of ids) {
      // Two run at once: the third begins when the first is cancelled.
      await cluster.until(id, () => cluster.bodies(id).length === 1)
      expect((await cluster.cancel(id)).state).toBe('cancelling')
      const run = await cluster.ended(id, 5_000)
      expect(run).toMatchObject({
        state: 'cancelled',
        steps: [{ state: 'cancelled', attempts: [{ state: 'cancelled' }] }, { state: 'cancelled' }],
      })
      expect(livingProcesses(id)).toEqual([])
    }
  })

  test('maxRuntime ends a step as timed out', async () => {
    const run = await cluster.ended(
      await cluster.startRun(runPlan([action('stubborn', { maxRuntime: '500ms' })])),
    )
    expect(run.steps[0]).toMatchObject({
      state: 'failed',
      attempts: [{ state: 'timed_out', errorClass: 'timeout', error: { code: 'STEP_TIMED_OUT' } }],
    })
    expect(livingProcesses(run.id)).toEqual([])
  })

  test('a grandchild that left the group does not outlive a step that succeeded', async () => {
    const id = await cluster.startRun(runPlan([action('daemon', { params: { leave: true } })]))
    expect((await cluster.ended(id)).state).toBe('succeeded')
    expect(livingProcesses(id)).toEqual([])
  })
})

describe('kill -9, then start again', () => {
  // Moments spread over a run of three steps of 150 ms: before, in and between steps, and around publishing.
  const moments = [0, 90, 200, 320]

  test.each(moments)('the worker, %d ms after the start', async ms => {
    const id = await cluster.startRun(counting(120))
    await sleep(ms)
    await cluster.kill('w1')
    cluster.startWorker()
    await expectWhole(id)
    await expect.poll(() => cluster.leftovers()).toEqual([])
  })

  test.each(moments)('the server, %d ms after the start', async ms => {
    const id = await cluster.startRun(counting(120))
    await sleep(ms)
    await cluster.kill('server')
    await sleep(50)
    cluster.startServer()
    await expectWhole(id)
  })

  test.each([100, 300])('both, %d ms after the start', async ms => {
    const id = await cluster.startRun(counting(120))
    await sleep(ms)
    await Promise.all([cluster.kill('server'), cluster.kill('w1')])
    cluster.startServer()
    cluster.startWorker()
    await expectWhole(id)
  })

  test('the step’s process: an infra failure, tried again', async () => {
    const id = await cluster.startRun(counting(300))
    for (const count of [1, 2]) {
      await cluster.until(id, () => cluster.bodies(id).length === count)
      process.kill(Number(cluster.bodies(id)[count - 1]?.split(' ')[3]), 'SIGKILL')
    }
    await expectWhole(id)
    const run = await cluster.getRun(id)
    expect(
      run.steps.flatMap(step => step.attempts).filter(attempt => attempt.errorClass === 'infra'),
    ).toHaveLength(2)
  })

  test('children do not outlive their killed worker by themselves, not even deaf or busy ones', async () => {
    const id = await cluster.startRun(runPlan([action('stubborn'), action('blocking')]))
    await cluster.until(id, () => cluster.bodies(id).length === 2)
    await cluster.kill('w1')
    await expect.poll(() => livingProcesses(id), { timeout: 9_000 }).toEqual([])
    await cluster.cancel(id)
  })

  test('a worker that never comes back: another takes the step after the lease', async () => {
    const id = await cluster.startRun(counting(150))
    await cluster.until(id, () => cluster.bodies(id).length === 1)
    await cluster.kill('w1')
    cluster.startWorker('w2')
    await expectWhole(id)
    expect((await cluster.getRun(id)).steps[0]?.attempts).toMatchObject([
      { state: 'lost', worker: 'w1' },
      { state: 'succeeded', worker: 'w2' },
    ])
  })

  test('the server is away while a step ends: its result is kept and published, without a second body', async () => {
    const id = await cluster.startRun(counting(200))
    await cluster.until(id, () => cluster.bodies(id).length === 1)
    await cluster.kill('server')
    await sleep(700)
    cluster.startServer()
    await expectWhole(id)
    expect(cluster.bodies(id)).toHaveLength(3)
  })

  test('a result that was written down is told by the next life of the worker', async () => {
    const id = await cluster.startRun(counting(200))
    await cluster.until(id, () => cluster.bodies(id).length === 1)
    await cluster.kill('server')
    await sleep(600)
    await cluster.kill('w1')
    cluster.startServer()
    cluster.startWorker()
    await expectWhole(id)
    expect(cluster.bodies(id)).toHaveLength(3)
  })

  test('two workers share a wide run; each body runs once', async () => {
    cluster.startWorker('w2')
    const id = await cluster.startRun(
      runPlan(
        Array.from({ length: 12 }, (_, index) =>
          stepPlan(`s${index}`, {
            body: { kind: 'action', action: 'count' },
            params: { ms: 60 },
            outputs: { value: 'json' },
          }),
        ),
      ),
    )
    const run = await cluster.ended(id)
    expect(run.state).toBe('succeeded')
    expect(cluster.bodies(id)).toHaveLength(12)
    expect(new Set(run.steps.flatMap(step => step.attempts.map(attempt => attempt.worker)))).toEqual(
      new Set(['w1', 'w2']),
    )
  })

  test('a worker that is asked to stop gives its step back unharmed', async () => {
    const id = await cluster.startRun(counting(400))
    await cluster.until(id, () => cluster.bodies(id).length === 1)
    await cluster.stop('w1')
    expect((await cluster.getRun(id)).steps[0]).toMatchObject({
      state: 'ready',
      attempts: [{ state: 'cancelled' }],
    })
    expect(livingProcesses(id)).toEqual([])
    cluster.startWorker()
    await expectWhole(id)
  })
})
