import { type Finding, holds } from './error-rates/claim.ts'
import { exactScores } from './error-rates/exact-scores.ts'
import { releaseSets } from './error-rates/release-sets.ts'
import { peeking, sequentialTests } from './error-rates/sequential.ts'
import { slicedReleases } from './error-rates/slices.ts'
import { machine } from './offline/measure.ts'

/**
 * How often the verdicts of releases are wrong, by simulation with fixed seeds and by exact enumeration (releases.md §17).
 *
 *     node scripts/run.mjs bench/release-error-rates.ts [releases, default 1000] [runs, default 2000]
 *
 * Prints claim, target, what was measured and whether it holds; ends with code 1 where one does not.
 */
const releases = Number(process.argv[2] ?? 1000)
const runs = Number(process.argv[3] ?? 2000)

function percent(value: number): string {
  return `${(100 * value).toFixed(value < 0.02 ? 2 : 1)} %`
}

function report(finding: Finding): boolean {
  const { claim, target, measured, runs: of } = finding
  const wanted = 'atMost' in target ? `≤ ${percent(target.atMost)}` : `≥ ${percent(target.atLeast)}`
  const basis = of === undefined ? 'exact' : `${of} runs`
  const kept = holds(finding)
  console.log(
    `${kept ? 'holds ' : 'MISSED'}  ${percent(measured).padStart(8)}  ${wanted.padEnd(9)}  ${claim} (${basis})`,
  )
  return kept
}

const suites: readonly (() => readonly Finding[])[] = [
  ...[1, 6, 50].map(cells => () => releaseSets(cells, releases)),
  ...[1, 5].map(mostRows => () => slicedReleases(releases, mostRows)),
  () => exactScores('full'),
  () => sequentialTests(runs),
  () => [peeking(runs)],
]

console.log(`Error rates of releases, ${machine()}`)
let missed = 0
for (const suite of suites) {
  const from = performance.now()
  for (const finding of suite()) missed += Number(!report(finding))
  console.log(`        ${((performance.now() - from) / 1000).toFixed(1)} s`)
}
console.log(missed === 0 ? 'every claim holds' : `${missed} claims do not hold`)
process.exitCode = missed === 0 ? 0 : 1
