import type { Finding } from './error-rates/claim.ts'
import { exactScores } from './error-rates/exact-scores.ts'
import { releaseSets } from './error-rates/release-sets.ts'
import { reportSuites } from './error-rates/report.ts'
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

const suites: readonly (() => readonly Finding[])[] = [
  ...[1, 6, 50].map(cells => () => releaseSets(cells, releases)),
  ...[1, 5].map(mostRows => () => slicedReleases(releases, mostRows)),
  () => exactScores('full'),
  () => sequentialTests(runs),
  () => [peeking(runs)],
]

console.log(`Error rates of releases, ${machine()}`)
reportSuites(suites)
