import type { Json } from '../../kernel/canonical.ts'
import { parseDuration } from '../../kernel/time.ts'
import type { RolloutsDependencies } from './dependencies.ts'
import { baseOf } from './routing.ts'
import { inLog, systemActor } from './write-log.ts'

/** What a rehearsal of a rollback came to (releases.md §15). */
export interface DrillReport {
  readonly deployment: string
  /** RFC 3339. */
  readonly at: string
  readonly from: number
  readonly to: number
  /** From the command to the last answer of the release that was taken back. */
  readonly flippedMs: number
  readonly requests: number
  readonly failed: number
  /** Answered, and not in the log. */
  readonly lost: number
  readonly limitMs: number
  readonly ok: boolean
}

/** No request may see the old release later than this after the command. */
const limitMs = 1_000

export function drillReport(measured: Omit<DrillReport, 'limitMs' | 'ok'>): DrillReport {
  const { flippedMs, failed, lost, requests } = measured
  return { ...measured, limitMs, ok: requests > 0 && flippedMs <= limitMs && failed === 0 && lost === 0 }
}

const drilled = 'rollout.drilled'
const every = parseDuration('7d')

type Parts = Pick<RolloutsDependencies, 'uow' | 'clock'>

/** An audit event; a rehearsal that failed opens an incident, where there are rollouts that a rule could start. */
export async function recordDrill({ uow, clock }: Parts, report: DrillReport): Promise<void> {
  const { deployment, ok, flippedMs, failed, lost, limitMs } = report
  await inLog({ uow, clock }, deployment, async log => {
    await log.stores.audit.append({
      ...{ at: clock.nowMicros(), principal: 'system', action: drilled, object: `deployment:${deployment}` },
      details: report as unknown as Json,
    })
    const base = baseOf(log.folded())
    if (ok || base === undefined) return
    await log.write({
      ...{ rollout: base.rollout.id, event: 'incident_opened', actor: systemActor, reasonCode: 'drill' },
      reason: `a rehearsed rollback took ${Math.round(flippedMs)} ms (at most ${limitMs}), ${failed} requests failed, ${lost} predictions were lost`,
    })
  })
}

/** Whether a week has passed since the last rehearsal, or since there was a way back to rehearse. */
export async function isDrillDue({ uow, clock }: Parts, deployment: string): Promise<boolean> {
  const servings = await uow.read.deployments.listServings(deployment)
  const first = servings.findLast(({ number }) => number !== servings.at(-1)?.number)
  if (first === undefined) return false
  const { items } = await uow.read.audit.list({ objectPrefix: `deployment:${deployment}`, limit: 500 })
  const last = items.find(({ action, object }) => action === drilled && object === `deployment:${deployment}`)
  const since = last && last.at > first.at ? last.at : first.at
  return clock.nowMicros() - since >= every
}
