import type { Principal } from '../../governance/index.ts'
import type { LocalKill, RolloutsDependencies } from './dependencies.ts'
import type { FoldedDeployment } from './fold-deployment.ts'
import type { KillLevel } from './model.ts'
import { followed, publishRouting } from './publish.ts'
import { adoptServing, setTerms } from './start.ts'
import { actorOf, inLog, readLog } from './write-log.ts'

export interface KillRequest {
  readonly name: string
  readonly level: KillLevel | 'lift'
  readonly reason: string
  readonly principal: Principal
}

/**
 * Sets a kill level from here, or lifts every one that stands (releases.md §13). A row like any other: weights never change
 * without one. What a host has set outranks it until it is lifted.
 */
export async function setKill(deps: RolloutsDependencies, request: KillRequest): Promise<void> {
  const { name, level, reason, principal } = request
  const definitions = await deps.releaseDefinitions(name)
  await inLog(deps, name, async log => {
    const serving = (await log.stores.deployments.servingReleases())[name]
    if (serving && log.folded().terms === null) await setTerms(log, { name, definitions, record: serving })
    if (log.folded().terms !== null) await adoptServing(log, name)
    const said = { rollout: null, actor: actorOf(principal), reasonCode: 'person', reason }
    await log.write(
      level === 'lift' ? { ...said, event: 'kill_lifted' } : { ...said, event: 'kill_set', kill: level },
    )
  })
  if (level === 'lift') await deps.liftLocal(name, principal.name)
  await followed(deps, await publishRouting(deps, name))
}

/** Brings rows that hosts wrote while nobody was there into the log; what is there already is not written again. */
export async function adoptLocalKills(deps: RolloutsDependencies, name: string): Promise<void> {
  const last = (await deps.localKills()).findLast(({ deployment }) => deployment === name)
  if (last === undefined) return
  const { folded } = await readLog(deps.uow.read.rollouts, name)
  if (!differs(folded, last)) return
  await inLog(deps, name, async log => {
    if (!differs(log.folded(), last)) return
    const said = {
      ...{ rollout: null, actor: { kind: 'local-kill' as const, name: last.by } },
      ...{ reasonCode: 'local', reason: `set on the serving host at ${last.at}` },
    }
    await log.write(
      last.level === 'lift'
        ? { ...said, event: 'kill_lifted' }
        : { ...said, event: 'kill_set', kill: last.level },
    )
  })
}

const differs = ({ localKill }: FoldedDeployment, { level }: LocalKill): boolean =>
  (localKill?.level ?? 'lift') !== level
