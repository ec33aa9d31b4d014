import { bucketCount } from '../../kernel/assignment.ts'
import { FettleError, isFettleError } from '../../kernel/errors/index.ts'
import { newId } from '../../kernel/ids.ts'
import { messageOf } from '../../kernel/message-of.ts'
import type { Micros } from '../../kernel/time.ts'
import type { EvidenceCollector, LookFacts } from '../evidence/model.ts'
import { chooseRolloutStep, lookedAt } from './choose-step.ts'
import type { RolloutsDependencies } from './dependencies.ts'
import { factsOf, outsideFacts } from './facts-of.ts'
import type { FoldedDeployment, LoggedRollout } from './fold-deployment.ts'
import { adoptLocalKills } from './kills.ts'
import type { StoredLook } from './model.ts'
import { makeMove } from './move.ts'
import { publishRouting } from './publish.ts'
import { baseOf } from './routing.ts'
import { micros } from './terms.ts'
import { controlArm } from './traffic-ranges.ts'
import { inLog, readLog, systemActor } from './write-log.ts'

/** Looks kept beside those that rows rest on: enough for a chart. */
const keptLooks = 200

/** The code that decides; other code is another rule. */
export const controllerRule = { kind: 'rule' as const, name: 'rollout@1' }

/** What is known only while this process runs: nothing of it decides a weight. */
interface Memory {
  /** Row that was last written out for the routers. */
  readonly routed: Map<string, number>
  readonly lookedAt: Map<string, Micros>
  readonly clearSince: Map<string, Micros>
}

/**
 * Looks at every rollout whenever it is due, and does what follows. A crash at any point is made good by the next look:
 * everything is read from the log again.
 */
export function createRolloutController(deps: RolloutsDependencies) {
  const memory: Memory = { routed: new Map(), lookedAt: new Map(), clearSince: new Map() }
  return {
    /** One round over all deployments; faults of one do not keep the others waiting. */
    async look(onFault: (error: unknown) => void): Promise<void> {
      const defined = new Set((await deps.definedDeployments()).map(({ name }) => name))
      for (const name of await deps.uow.read.rollouts.listDeployments()) {
        // What is applied again is written out again.
        if (!defined.has(name)) memory.routed.delete(name)
        if (!defined.has(name)) continue
        await lookAtDeployment(deps, memory, name).catch(onFault)
      }
    },
    lookAt: (name: string) => lookAtDeployment(deps, memory, name),
  }
}

async function lookAtDeployment(deps: RolloutsDependencies, memory: Memory, name: string): Promise<void> {
  await adoptLocalKills(deps, name)
  const { folded } = await readLog(deps.uow.read.rollouts, name)
  await route(deps, memory, folded)
  await endStandby(deps, folded)
  const looked = lookedAt(folded)
  for (const { id } of looked) await lookAtRollout(deps, memory, { name, id })
  for (const id of folded.rollouts.keys())
    if (memory.lookedAt.has(id) && !looked.some(each => each.id === id)) {
      memory.lookedAt.delete(id)
      ;(await deps.collectorOf(name))?.forget(id)
    }
  await route(deps, memory, (await readLog(deps.uow.read.rollouts, name)).folded)
}

async function route(
  deps: RolloutsDependencies,
  { routed }: Memory,
  { deployment, seq }: FoldedDeployment,
): Promise<void> {
  if (routed.get(deployment) === seq) return
  routed.set(deployment, (await publishRouting(deps, deployment)).seq)
}

/** A former champion is kept warm for the standby window, and no longer. */
async function endStandby(
  deps: RolloutsDependencies,
  { deployment, rollouts }: FoldedDeployment,
): Promise<void> {
  const now = deps.clock.nowMicros()
  const due = [...rollouts.values()].filter(
    ({ warm, endedAt, terms }) => warm && endedAt !== null && now - endedAt >= micros(terms.standby),
  )
  for (const { id, terms } of due)
    await inLog(deps, deployment, log =>
      log.write({
        ...{ rollout: id, event: 'standby_ended', actor: systemActor },
        ...{ reasonCode: 'standby', reason: `the standby window of ${terms.standby} is over` },
      }),
    )
}

interface Place {
  readonly name: string
  readonly id: string
}

async function lookAtRollout(deps: RolloutsDependencies, memory: Memory, { name, id }: Place): Promise<void> {
  const { folded } = await readLog(deps.uow.read.rollouts, name)
  const rollout = folded.rollouts.get(id)
  const now = deps.clock.nowMicros()
  if (rollout === undefined) return
  const last = memory.lookedAt.get(id)
  if (last !== undefined && now - last < micros(rollout.terms.look)) return
  memory.lookedAt.set(id, now)
  const lookProblem = await measure(deps, folded, rollout)
  if (lookProblem !== null) memory.clearSince.delete(id)
  else if (!memory.clearSince.has(id)) memory.clearSince.set(id, now)
  const outside = {
    ...(await outsideFacts(deps, name)),
    lookProblem,
    clearSince: memory.clearSince.get(id) ?? null,
  }
  const facts = await factsOf(deps, deps.uow.read, { folded, rollout, outside })
  const step = chooseRolloutStep(facts)
  if (step.act === 'suggest')
    return deps.suggest({
      ...{ deployment: name, rollout, event: step.event, reason: step.reason },
      look: facts.look?.id ?? null,
    })
  if (step.act === 'wait') return
  const actor = step.by === 'system' ? systemActor : { ...controllerRule, level: rollout.terms.advance }
  const evidence = facts.look ? [facts.look.id] : []
  try {
    await inLog(deps, name, async log => {
      // Somebody wrote between the look and this: the next look decides anew.
      if (log.folded().seq !== folded.seq) return
      await makeMove(deps, log, { id, outside, move: { ...step, actor, evidence } })
    })
  } catch (error) {
    if (!isFettleError(error, 'IDEMPOTENCY_CONFLICT')) throw error
  }
  await route(deps, memory, (await readLog(deps.uow.read.rollouts, name)).folded)
}

/** Looks and keeps what was found; why it could not, where it could not. */
async function measure(
  deps: RolloutsDependencies,
  folded: FoldedDeployment,
  rollout: LoggedRollout,
): Promise<string | null> {
  const facts = lookFactsOf(folded, rollout, deps.clock.nowMicros())
  if (facts === undefined) return null
  try {
    const evidence = await (await collector(deps, folded.deployment)).look(facts)
    const look: StoredLook = {
      ...{ id: newId('look'), deployment: folded.deployment, rollout: rollout.id, at: facts.now, evidence },
    }
    await deps.uow.transaction(async ({ rollouts }) => {
      await rollouts.putLook(look)
      const rows = await rollouts.listRows(folded.deployment)
      const ids = rows.filter(row => row.rollout === rollout.id).flatMap(row => row.evidence)
      await rollouts.thinLooks(rollout.id, { newest: keptLooks, ids })
    })
    return null
  } catch (error) {
    return messageOf(error)
  }
}

async function collector(
  { collectorOf }: Pick<RolloutsDependencies, 'collectorOf'>,
  deployment: string,
): Promise<EvidenceCollector> {
  const found = await collectorOf(deployment)
  if (found) return found
  throw new FettleError('NOT_READY', `nothing measures the traffic of "${deployment}"`)
}

/** What a look is about; undefined in states that nothing is measured in. */
export function lookFactsOf(
  folded: FoldedDeployment,
  { id, now: { state, heldFrom, weight }, since, shadowSince, release, digest }: LoggedRollout,
  now: Micros,
): LookFacts | undefined {
  const own = state === 'held' ? heldFrom : state
  const stage = own === 'champion' ? 'probation' : own
  if (stage !== 'shadow' && stage !== 'canary' && stage !== 'probation') return undefined
  const base = own === 'champion' ? formerBase(folded) : baseOf(folded)?.rollout
  return {
    ...{ deployment: folded.deployment, rollout: id, stage, since, now, weight },
    shadowSince: shadowSince ?? since,
    champion: base && base.id !== id ? { release: base.release, digest: base.digest } : null,
    challenger: { release, digest },
    widths: widthsOf(folded, id),
  }
}

function widthsOf({ ranges: { arms } }: FoldedDeployment, id: string): NonNullable<LookFacts['widths']> {
  const taken = [...arms.values()].reduce((sum, own) => sum + own.length, 0)
  return {
    champion: bucketCount - taken,
    challenger: arms.get(id)?.length ?? 0,
    control: arms.get(controlArm)?.length ?? 0,
  }
}

function formerBase(folded: FoldedDeployment): LoggedRollout | undefined {
  return [...folded.rollouts.values()].findLast(each => each.warm && each.now.state === 'retired')
}
