import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Executor, JobSpec } from '../../src/pipelines/index.ts'

/** What every executor promises for jobs that are shell commands. */
export function executorConformance(name: string, open: () => Executor): void {
  describe(`executor: ${name}`, () => {
    let folder: string
    let executor: Executor
    let serial = 0
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'fettle-executor-'))
      executor = open()
    })
    afterEach(() => rmSync(folder, { recursive: true, force: true }))

    const read = (file: string): string => readFileSync(join(folder, file), 'utf8')
    const job = (script: string, parts: Partial<JobSpec> = {}): JobSpec => ({
      key: `prn_test.${process.pid}.${++serial}`,
      argv: ['sh', '-c', script],
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '' },
      stdout: join(folder, 'stdout'),
      stderr: join(folder, 'stderr'),
      onMessage: () => {},
      ...parts,
    })

    test.each([
      ['exit 0', { exitCode: 0, signal: null }],
      ['exit 7', { exitCode: 7, signal: null }],
      ['kill -KILL $$', { exitCode: null, signal: 'SIGKILL' }],
      ['kill -SEGV $$', { exitCode: null, signal: 'SIGSEGV' }],
    ])('%s is told as it was', async (script, end) => {
      expect(await executor.wait(await executor.submit(job(script)))).toEqual({ ...end, outOfMemory: false })
    })

    test('output goes to files, messages line by line, stdin is closed', async () => {
      const messages: string[] = []
      const script = 'echo out; echo err >&2; printf "one\\ntwo\\n" >&3; cat'
      await executor.wait(await executor.submit(job(script, { onMessage: line => void messages.push(line) })))
      expect([read('stdout'), read('stderr'), messages]).toEqual(['out\n', 'err\n', ['one', 'two']])
    })

    test('the same key twice is one job', async () => {
      const spec = job('echo once; sleep 0.1')
      const [first, again] = [await executor.submit(spec), await executor.submit(spec)]
      expect(again).toEqual(first)
      expect(executor.status(first)).toEqual({ state: 'running' })
      await executor.wait(first)
      expect(read('stdout')).toBe('once\n')
    })

    test('a program that does not exist ends as a failure', async () => {
      expect(
        await executor.wait(await executor.submit(job('', { argv: ['/no/such/program'] }))),
      ).toMatchObject({ exitCode: 127 })
    })

    test('an unknown handle is lost, never success', async () => {
      const stranger = { key: 'prn_other.1', pid: 0, started: '' }
      expect(executor.status(stranger)).toEqual({ state: 'lost' })
      await expect(executor.wait(stranger)).rejects.toMatchObject({ code: 'WORKER_LOST' })
      await executor.cancel(stranger, 0)
    })

    test('cancel lets a job end by itself within the grace', async () => {
      const handle = await executor.submit(
        job('trap "echo bye; exit 3" TERM; echo ready; while :; do sleep 0.05; done'),
      )
      await expect.poll(() => read('stdout')).toBe('ready\n')
      await executor.cancel(handle, 5_000)
      expect(await executor.wait(handle)).toMatchObject({ exitCode: 3 })
      expect(read('stdout')).toBe('ready\nbye\n')
    })

    test('cancel ends a deaf job, its children and those that left its group', async () => {
      const handle = await executor.submit(
        job(
          'trap "" TERM; setsid sleep 1000 & sleep 1000 & echo $! > child; echo ready; while :; do sleep 1; done',
        ),
      )
      await expect.poll(() => read('stdout')).toBe('ready\n')
      await executor.cancel(handle, 100)
      expect(await executor.wait(handle)).toMatchObject({ signal: 'SIGKILL' })
      const child = executor.identify(Number(read('child')), 'child')
      expect(executor.isAlive({ ...child, started: child.started || 'gone' })).toBe(false)
    })

    test('another executor, after a restart, ends a job by its handle alone', async () => {
      const handle = await executor.submit(job('echo ready; sleep 1000'))
      await expect.poll(() => read('stdout')).toBe('ready\n')
      await open().cancel(handle, 0)
      expect(await executor.wait(handle)).toMatchObject({ signal: 'SIGKILL' })
    })

    test('a handle whose pid belongs to another process now harms nobody', async () => {
      const bystander = await executor.submit(job('echo ready; sleep 0.3; exit 5'))
      await expect.poll(() => read('stdout')).toBe('ready\n')
      const stale = { key: 'prn_gone.1', pid: bystander.pid, started: 'long ago' }
      await executor.cancel(stale, 0)
      expect(executor.isAlive(stale)).toBe(false)
      expect(await executor.wait(bystander)).toMatchObject({ exitCode: 5 })
    })
  })
}
