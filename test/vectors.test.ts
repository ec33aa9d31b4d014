import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { vectorRuntime } from '../src/platform/vector-runtime.ts'
import { playFolder } from '../src/vectors/play-folder.ts'

/** How many cases of a file of answers pass already: a number here only grows. Features and transcripts pass whole. */
const passing: Readonly<Record<string, number>> = {
  'releases/acceptance.json': 11,
  'releases/binomial-bounds.json': 16,
  'releases/cluster-bootstrap.json': 4,
  'releases/clustered-counts.json': 4,
  'releases/json-numbers.json': 28,
  'releases/log-frames.json': 10,
  'releases/mcnemar.json': 11,
  'releases/paired-difference.json': 12,
  'releases/power.json': 24,
  'releases/sample-ratio.json': 7,
  'releases/sequential-counts.json': 3,
  'releases/sequential-normal.json': 5,
  'releases/unpaired-difference.json': 5,
  'releases/verdicts.json': 11,
  'statistics/calibration.json': 17,
  'statistics/checks.json': 125,
  'statistics/classification.json': 70,
  'statistics/explanations.json': 14,
  'statistics/fairness.json': 21,
  'statistics/intervals.json': 75,
  'statistics/random-and-hash.json': 30,
  'statistics/special-functions.json': 104,
  'statistics/treeshap.json': 16,
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
