import type { FrontCounts, ServedDeployment } from '../../../deployments/index.ts'

/** What one of several fronts says of its deployments; undefined: it does not answer. */
export interface FrontAnswer {
  readonly number: number
  readonly deployments: readonly ServedDeployment[] | undefined
}

const byHealth: readonly ServedDeployment['state'][] = ['ready', 'degraded', 'loading', 'down']

/**
 * What several fronts say as one: numbers of predictions added up, the state of the one that is worst off, the latency of
 * the slowest, as quantiles cannot be added. Fronts that do not answer make what the others serve degraded. Undefined: none
 * answers.
 */
export function mergeStatus(answers: readonly FrontAnswer[]): readonly ServedDeployment[] | undefined {
  if (answers.every(({ deployments }) => deployments === undefined)) return undefined
  const names = new Set(answers.flatMap(({ deployments }) => (deployments ?? []).map(({ name }) => name)))
  return [...names].map(name => mergedDeployment(name, answers))
}

function mergedDeployment(name: string, answers: readonly FrontAnswer[]): ServedDeployment {
  const found = answers.flatMap(({ number, deployments }) => {
    const mine = deployments?.find(each => each.name === name)
    return mine ? [{ number, mine }] : []
  })
  const all = found.map(({ mine }) => mine)
  const silent = answers.filter(({ deployments }) => deployments === undefined)
  const states = [...all.map(({ state }) => state), ...(silent.length > 0 ? (['degraded'] as const) : [])]
  const problems = [
    ...silent.map(({ number }) => `front ${number} of ${answers.length} does not answer`),
    ...problemsOf(found, answers.length),
  ]
  const slowest = (of: (each: ServedDeployment) => number | null) => {
    const millis = all.flatMap(each => of(each) ?? [])
    return millis.length === 0 ? null : Math.max(...millis)
  }
  return {
    name,
    digest: all[0]?.digest ?? null,
    state: byHealth[Math.max(...states.map(state => byHealth.indexOf(state)))] ?? 'down',
    problem: problems.length === 0 ? null : problems.join('; '),
    predictions: all.reduce((sum, each) => sum + each.predictions, 0),
    degraded: all.reduce((sum, each) => sum + each.degraded, 0),
    p50Ms: slowest(each => each.p50Ms),
    p99Ms: slowest(each => each.p99Ms),
    since: all.reduce((first, { since }) => (since < first ? since : first), all[0]?.since ?? 0n),
  }
}

/** Once where all say the same, else with whose it is. */
function problemsOf(
  found: readonly { readonly number: number; readonly mine: ServedDeployment }[],
  fronts: number,
): readonly string[] {
  const problems = found.flatMap(({ number, mine }) =>
    mine.problem === null ? [] : [{ number, problem: mine.problem }],
  )
  const [first] = problems
  if (first && problems.length === fronts && problems.every(({ problem }) => problem === first.problem))
    return [first.problem]
  return problems.map(({ number, problem }) => (fronts === 1 ? problem : `front ${number}: ${problem}`))
}

/** Arms and routers one after the other, since each restarts by itself; what shadows did added up. Null: none answers. */
export function mergeCounts(answers: readonly (FrontCounts | null)[]): FrontCounts | null {
  const counts = answers.flatMap(each => each ?? [])
  if (counts.length === 0) return null
  const drops: Record<string, number> = {}
  for (const { shadow } of counts)
    for (const [reason, rows] of Object.entries(shadow.drops)) drops[reason] = (drops[reason] ?? 0) + rows
  return {
    arms: counts.flatMap(({ arms }) => arms),
    shadow: { scored: counts.reduce((sum, { shadow }) => sum + shadow.scored, 0), drops },
    routers: counts.flatMap(({ routers }) => routers),
  }
}
