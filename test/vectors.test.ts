import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { vectorRuntime } from '../src/platform/vector-runtime.ts'
import { playFolder } from '../src/vectors/play-folder.ts'

/** How many cases of a file of answers pass already: a number here only grows. Features and transcripts pass whole. */
const passing: Readonly<Record<string, number>> = {
  'releases/json-numbers.json': 28,
  'releases/log-frames.json': 10,
  'statistics/calibration.json': 17,
  'statistics/checks.json': 125,
  'statistics/classification.json': 70,
  'statistics/intervals.json': 37,
  'statistics/special-functions.json': 12,
  'statistics/treeshap.json': 8,
}

describe('known answers', async () => {
  for await (const file of playFolder(resolve('test/vectors'), vectorRuntime)) {
    it(`${file.path} (${file.kind})`, () => {
      expect(file.unknown).toBeUndefined()
      expect(file.cases.length).toBeGreaterThan(0)
      expect(file.cases.filter(each => each.outcome.state === 'failed')).toEqual([])
      const passed = file.cases.filter(each => each.outcome.state === 'passed')
      expect(passed.length).toBeGreaterThanOrEqual(passing[file.path] ?? 0)
      if (file.path.startsWith('features/') || file.kind === 'transcript')
        expect(passed.length).toBe(file.cases.length)
    })
  }
})
