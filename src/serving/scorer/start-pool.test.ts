import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { type ServingPlan, servingPlanFile } from '../../evaluation/index.ts'
import { bundleScorer } from '../testing/bundle.ts'
import { fakeScorers, scoreOf } from '../testing/fake-platform.ts'
import { releaseFolder, writeRelease } from '../testing/release-fixture.ts'
import type { ScorerPool } from './scorer-pool.ts'
import { startPool } from './start-pool.ts'
import { startProcess } from './start-process.ts'

const serving = mkdtempSync(join(tmpdir(), 'fettle-plan-'))
const weights = [0.001, 0.1, 2]
const release = writeRelease(serving, { weights })
const folder = releaseFolder(serving, release.digest)
const pools: ScorerPool[] = []
afterAll(async () => {
  await Promise.all(pools.map(pool => pool.drain()))
  rmSync(serving, { recursive: true })
})

async function start(plan: Partial<ServingPlan> | string, frontScorers = fakeScorers): Promise<ScorerPool> {
  const whole = {
    ...{ schema: 1, release: release.digest, kind: 'linear', build: 'fake-1' },
    ...{ maxBatchRows: 512, place: 'child', microsPerRow: 1 },
  }
  const text = typeof plan === 'string' ? plan : JSON.stringify({ ...whole, ...plan })
  writeFileSync(join(folder, servingPlanFile), text)
  const pool = await startPool(
    { release, folder },
    {
      startScorer: request => startProcess(process.execPath, [bundleScorer(), JSON.stringify(request)]),
      ...{ frontScorers, standby: false },
    },
  )
  pools.push(pool)
  return pool
}

const vectors = Float64Array.from({ length: 60 }, (_, i) => i)
const score = async (pool: ScorerPool) => {
  const scored = await pool.score(vectors, 20, performance.now() + 5000)
  expect(scored.ok && scored.scores[19]).toBe(scoreOf(vectors.subarray(57), weights))
  return pool.state().batches
}

it('scores in a child, in batches no larger than the plan says', async () => {
  expect(await score(await start({}))).toBe(1)
  expect(await score(await start({ maxBatchRows: 8 }))).toBe(3)
})

it('scores in this process where the plan has it there, with the child behind it', async () => {
  const opened: unknown[] = []
  const pool = await start(
    { place: 'front' },
    {
      open: request => {
        opened.push(request.kind)
        return fakeScorers.open(request)
      },
    },
  )
  expect(opened).toEqual(['linear'])
  const [pid = 0] = pool.state().pids
  expect(pid).toBeGreaterThan(0)
  process.kill(pid, 'SIGSTOP')
  try {
    expect(await score(pool)).toBe(1)
  } finally {
    process.kill(pid, 'SIGKILL')
  }
})

it('refuses another build, and says what to do; a plan of another release, and one that cannot be read', async () => {
  await expect(start({ build: 'fake-2' })).rejects.toMatchObject({
    code: 'RELEASE_REFUSED',
    message: expect.stringContaining(
      'verified with scorer linear fake-2, and here is linear fake-1: verify it again',
    ),
    hint: expect.stringContaining('fettle release verify'),
  })
  await expect(start({ release: 'sha256:other' })).rejects.toMatchObject({ code: 'RELEASE_REFUSED' })
  await expect(start('{')).rejects.toMatchObject({ code: 'RELEASE_REFUSED' })
})
