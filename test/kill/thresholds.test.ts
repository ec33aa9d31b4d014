import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openMetadata } from '../../src/adapters/metadata/index.ts'
import type { ThresholdSetData } from '../../src/definitions/index.ts'
import { createSuggestions, type Suggestion } from '../../src/governance/index.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { buildProgram, killAfter, type Program } from '../support/child-program.ts'

describe('a server that is killed while decided thresholds become releases', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-kill-thresholds-'))
  const path = join(folder, 'meta.sqlite')
  const effects = join(folder, 'effects')
  let program: Program
  beforeAll(async () => {
    mkdirSync(effects)
    program = await buildProgram(fileURLToPath(new URL('thresholds-program.ts', import.meta.url)))
  })
  afterAll(() => {
    program.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  it('serves each segment by the last decision, by one release for what was decided together', async () => {
    for (let times = 0; times < 20; times++) {
      const after = 1 + Math.floor(Math.random() * 14)
      await killAfter(program.start(path, effects), { after, delayMs: Math.random() * 20 })
    }
    const child = program.start(path, effects, 'once')
    await new Promise(resolve => child.once('exit', resolve))
    const db = await openMetadata({ kind: 'sqlite', path })
    const suggestions = createSuggestions({ uow: db, clock: systemClock, appliers: {} })
    const all: Suggestion[] = []
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await suggestions.list({ limit: 500, ...(cursor === undefined ? {} : { cursor }) })
      all.push(...page.items)
      cursor = page.next
      more = cursor !== undefined
    }
    const serving = JSON.parse(readFileSync(join(effects, 'serving.json'), 'utf8')) as {
      readonly number: number
      readonly thresholdSet: ThresholdSetData
    }
    const decided = all.filter(({ state }) => state === 'applied' || state === 'edited')
    for (const each of decided) expect([each.appliedAt === null, each.problem]).toEqual([false, null])
    for (const segment of ['s0', 's1', 's2', 's3']) {
      const own = decided.filter(each => each.segment === segment)
      const last = own.reduce((a, b) => ((b.decision?.at ?? 0n) > (a.decision?.at ?? 0n) ? b : a))
      const value = last.state === 'edited' ? last.decision?.value : last.proposed
      expect(serving.thresholdSet.segments[segment]?.value).toBe(value)
    }
    expect(serving.thresholdSet.segments['s4']).toBeUndefined()
    expect(serving.thresholdSet.segments['s3']).toMatchObject({ from: 'edited', guarantee: null })
    // Each release was made of the one before it, by one run.
    const runs = readdirSync(effects).filter(name => name.startsWith('run-'))
    const onto = runs.map(name => Number(name.split('-')[1])).sort((a, b) => a - b)
    expect(onto).toEqual(Array.from({ length: serving.number - 1 }, (_, at) => at + 1))
    expect(serving.number).toBeGreaterThan(3)
    await db.close()
  }, 120_000)
})
