import type { Principal } from '../../governance/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import { runObject } from '../tracking/find-run.ts'
import { livenessOf, patience } from '../tracking/liveness.ts'
import type { LostRunDeps } from '../tracking/lost-runs.ts'
import type { StoredRun } from '../tracking/ports.ts'
import type { ChangeContext } from '../tracking/write/writer.ts'

/** The rule every run has. */
export const lostRule = 'lost'

const sweepSize = 500

/**
 * Opens an alert for each run that is lost and has none, with its last step and how to resume it; closes those of runs
 * that came back or were ended. Answers the ids of runs that were alerted.
 */
export async function alertLostRuns(deps: LostRunDeps, principal: Principal): Promise<readonly string[]> {
  const { uow, clock } = deps
  const open = await uow.read.runAlerts.list({ rule: lostRule, open: true, limit: sweepSize })
  const known = await uow.read.tracking.runs.find(open.map(({ run }) => run))
  const over = known.filter(run => !isStillLost(deps, run))
  const fresh = await lostRuns(deps)
  if (over.length + fresh.length === 0) return []
  return deps.writer.change(principal, async context => {
    for (const { id } of over) await context.stores.runAlerts.close(lostRule, id, clock.nowMicros())
    const alerted: string[] = []
    for (const run of fresh) if (await alert(context, deps, run)) alerted.push(run.id)
    return alerted
  })
}

function isStillLost(deps: LostRunDeps, run: StoredRun): boolean {
  return run.status === 'running' ? isLost(deps, run) : run.cause === 'lost'
}

function isLost({ clock, signs, serverStart }: LostRunDeps, run: StoredRun): boolean {
  const times = { now: clock.nowMicros(), since: signs.since(run), serverStart }
  return livenessOf(run, times).state === 'lost'
}

async function lostRuns(deps: LostRunDeps): Promise<readonly StoredRun[]> {
  const lost: StoredRun[] = []
  for (const [beats, writer] of [
    [true, patience.beating],
    [false, patience.writing],
  ] as const) {
    const before = deps.clock.nowMicros() - writer.lost
    if (deps.serverStart > before) continue
    const which = { ofPipelines: false, beats, limit: sweepSize }
    const unseen = await deps.uow.read.tracking.runs.unseenSince(before, which)
    lost.push(...unseen.filter(run => isLost(deps, run)))
  }
  return lost
}

/** False for one that was alerted before. */
async function alert(
  { stores, tracking, now, audit }: ChangeContext,
  { signs }: LostRunDeps,
  run: StoredRun,
): Promise<boolean> {
  const { id, ref, name, user, experiment, beats } = run
  const since = formatTimestamp(signs.since(run))
  const series = (await tracking.series.ofRuns([ref])).get(ref) ?? []
  const steps = series.map(({ maxStep }) => maxStep)
  const last = steps.length === 0 ? 'nothing was logged' : `the last step was ${Math.max(...steps)}`
  const inferred = beats ? '' : ', inferred from its silence'
  const message = `Run ${name} is presumed lost since ${since}${inferred}; ${last}. To resume: fettle.init_run(resume="${id}")`
  const isNew = await stores.runAlerts.open({
    ...{ rule: lostRule, run: id, experiment, owner: user, kind: 'lost', message, at: now },
  })
  if (isNew)
    await audit({ object: runObject(id), action: 'experiment-run.alerted', details: { rule: lostRule } })
  return isNew
}
