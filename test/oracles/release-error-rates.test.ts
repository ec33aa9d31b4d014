import { expect, test } from 'vitest'
import { type Finding, holds } from '../../bench/error-rates/claim.ts'
import { exactScores } from '../../bench/error-rates/exact-scores.ts'
import { releaseSets } from '../../bench/error-rates/release-sets.ts'
import { rolloutHarm, rolloutLooks, stickyAssignment } from '../../bench/error-rates/rollouts.ts'
import { peeking, sequentialTests } from '../../bench/error-rates/sequential.ts'
import { slicedReleases } from '../../bench/error-rates/slices.ts'

/** The published simulations with fewer runs: what they find must lie within four standard errors of its target. */
function missed(findings: readonly Finding[]): string[] {
  return findings.filter(each => !holds(each, 4)).map(each => `${each.claim}: ${each.measured}`)
}

test('sets that the plan accepts rarely fail equal models and mostly pass them', () => {
  for (const cells of [1, 6, 50]) expect(missed(releaseSets(cells, 60))).toEqual([])
})

test('releases on 50 slices are rarely blocked without reason', () => {
  expect(missed(slicedReleases(25, 1))).toEqual([])
})

test('the paired gate keeps its level over every disagreement, and Wald does not', () => {
  expect(missed(exactScores('small'))).toEqual([])
})

test('sequential tests keep their level at every look', () => {
  expect(missed([...sequentialTests(60), peeking(60)])).toEqual([])
})

test('what watches a rollout keeps its level at every look, and finds what is there', () => {
  expect(missed([...rolloutLooks(5), ...rolloutHarm(3)])).toEqual([])
}, 60_000)

test('keys stay where they were assigned', () => {
  expect(missed(stickyAssignment(50_000))).toEqual([])
})

test('a finding beyond chance is a miss', () => {
  const finding = { claim: 'x', target: { atMost: 0.05 }, runs: 100 }
  expect(holds({ ...finding, measured: 0.12 }, 4)).toBe(true)
  expect(holds({ ...finding, measured: 0.12 })).toBe(false)
  expect(holds({ ...finding, measured: 0.15 }, 4)).toBe(false)
})
