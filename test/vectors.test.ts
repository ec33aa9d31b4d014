import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { vectorRuntime } from '../src/platform/vector-runtime.ts'
import { playFolder } from '../src/vectors/play-folder.ts'

/** How many cases of a file of answers pass already: a number here only grows. Features and transcripts pass whole. */
const passing: Readonly<Record<string, number>> = {
  'releases/acceptance.json': 11,
  'releases/binomial-bounds.json': 16,
  'releases/buckets.json': 18,
  'releases/cluster-bootstrap.json': 4,
  'releases/clustered-counts.json': 4,
  'releases/json-numbers.json': 28,
  'releases/labels.json': 3,
  'releases/log-frames.json': 10,
  'releases/mcnemar.json': 11,
  'releases/oip-binary.json': 9,
  'releases/paired-difference.json': 12,
  'releases/power.json': 24,
  'releases/rollout-replay.json': 22,
  'releases/sample-ratio.json': 7,
  'releases/sequential-counts.json': 3,
  'releases/sequential-normal.json': 5,
  'releases/threshold-action-rate-index.json': 5,
  'releases/threshold-fpr-index.json': 14,
  'releases/threshold-fpr-scores.json': 10,
  'releases/threshold-inheritance.json': 3,
  'releases/threshold-precision.json': 4,
  'releases/threshold-step-caps.json': 8,
  'releases/traffic-ranges.json': 3,
  'releases/unpaired-difference.json': 5,
  'releases/verdicts.json': 11,
  'statistics/calibration.json': 24,
  'statistics/checks.json': 125,
  'statistics/classification.json': 74,
  'statistics/drift-decision.json': 17,
  'statistics/drift-metrics.json': 130,
  'statistics/explanations.json': 14,
  'statistics/fairness.json': 21,
  'statistics/frozen-bins.json': 12,
  'statistics/intervals.json': 75,
  'statistics/performance-estimation.json': 12,
  'statistics/random-and-hash.json': 30,
  'statistics/regression.json': 19,
  'statistics/sketches.json': 21,
  'statistics/special-functions.json': 104,
  'statistics/tests.json': 53,
  'statistics/treeshap.json': 16,
  'statistics/verdicts.json': 28,
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
