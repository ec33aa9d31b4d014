import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createProcessExecutor } from './executor.ts'
import { processFacts } from './proc.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-group-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function job(key: string, script: string) {
  const file = (name: string): string => join(folder, `${key}-${name}`)
  return {
    key,
    argv: ['/bin/sh', '-c', script],
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '' },
    stdout: file('out'),
    stderr: file('err'),
    onMessage: () => {},
  }
}

async function pidsIn(path: string, count: number): Promise<readonly number[]> {
  for (;;) {
    const pids = readFileSync(path, 'utf8').split('\n').filter(Boolean).map(Number)
    if (pids.length >= count) return pids
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

test('without /proc a cancelled job ends with the processes of its group, deaf ones too', async () => {
  const executor = createProcessExecutor({ procfs: false })
  const spec = job(
    'deaf',
    "trap '' TERM; echo $$; (sleep 100 & echo $!; wait) & wait; while :; do sleep 1; done",
  )
  const handle = await executor.submit(spec)
  const pids = await pidsIn(spec.stdout, 2)
  const ended = executor.wait(handle)
  await executor.cancel(handle, 200)
  expect(await ended).toMatchObject({ signal: 'SIGKILL' })
  expect(pids.map(processFacts)).toEqual([undefined, undefined])
})

test('without /proc a job that ended takes what it left in its group along, and no stranger', async () => {
  const executor = createProcessExecutor({ procfs: false })
  const spec = job('left', 'sleep 100 & echo $!')
  const end = await executor.wait(await executor.submit(spec))
  expect(end).toMatchObject({ exitCode: 0 })
  const [left = 0] = await pidsIn(spec.stdout, 1)
  await expect.poll(() => processFacts(left)).toBeUndefined()
  await executor.cancel({ key: 'unknown', pid: process.pid, started: '' }, 0)
  expect(executor.status({ key: 'unknown', pid: process.pid, started: '' })).toEqual({ state: 'lost' })
})
