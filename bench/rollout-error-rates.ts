import { reportSuites } from './error-rates/report.ts'
import { rolloutHarm, rolloutLooks, stickyAssignment } from './error-rates/rollouts.ts'
import { machine } from './offline/measure.ts'

/**
 * How often what watches a rollout is wrong, by simulation with fixed seeds (releases.md §17).
 *
 *     node scripts/run.mjs bench/rollout-error-rates.ts [runs, default 2000] [keys, default 1000000]
 *
 * Prints claim, target, what was measured and whether it holds; ends with code 1 where one does not.
 */
const runs = Number(process.argv[2] ?? 2000)
const keys = Number(process.argv[3] ?? 1_000_000)

console.log(`Error rates of rollouts, ${machine()}`)
reportSuites([
  () => stickyAssignment(keys),
  () => rolloutHarm(Math.ceil(runs / 10)),
  () => rolloutLooks(runs),
])
