import type { Principal } from '../../governance/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { contractSetHash } from '../build-release.ts'
import { createRolloutController } from './controller.ts'
import type { RolloutsDependencies } from './dependencies.ts'
import { type DrillReport, recordDrill } from './drill.ts'
import { type KillRequest, setKill } from './kills.ts'
import { rolloutLooks } from './looks.ts'
import { type MoveRequest, moveRollout, rolloutBy } from './move.ts'
import { replaceAtOnce, type StartRequest, startRollout } from './start.ts'
import { rolloutsUnderWay } from './under-way.ts'
import { deploymentRollouts, rolloutDetail, rolloutLog } from './views.ts'
import { actorOf, inLog, readLog } from './write-log.ts'

export type Rollouts = ReturnType<typeof createRollouts>

interface About {
  readonly name: string
  readonly principal: Principal
}

/**
 * Rollouts: how a release gets from verified to champion, and back (releases.md §8). What is done is a row of the log first;
 * the routers follow the rows.
 */
export function createRollouts(
  deps: RolloutsDependencies & { openSuggestion(rollout: string): Promise<string | null> },
) {
  const { rollouts } = deps.uow.read
  const detail = (name: string, id = 'latest') => rolloutDetail(deps, name, id)
  const overview = (name: string) => deploymentRollouts(deps, name)
  return {
    overview,
    detail,
    log: (name: string, after?: number) => rolloutLog(deps, name, after),
    looks: (name: string, id: string) => rolloutLooks(deps, name, id),
    underWay: () => rolloutsUnderWay(deps),
    /** Whether rows say where its traffic goes. */
    isLogged: async (name: string): Promise<boolean> => (await rollouts.listRows(name)).length > 0,

    /** Of a release whose verdict stands. */
    async start(request: StartRequest) {
      return detail(request.name, await startRollout(deps, request))
    },
    /** A deploy that does not wait. Throws ACTOR_NOT_ALLOWED in production, but for a way back. */
    async replace(request: StartRequest & { readonly back?: boolean }): Promise<void> {
      if (deps.production && request.back !== true)
        throw new FettleError(
          'ACTOR_NOT_ALLOWED',
          `"${request.name}" is in production: nothing replaces its champion at once`,
          { hint: `fettle deploy ${request.name} starts a rollout.` },
        )
      await replaceAtOnce(deps, request)
    },
    async move(request: MoveRequest) {
      const { folded } = await readLog(rollouts, request.name)
      const { id } = rolloutBy(folded, request.id)
      await moveRollout(deps, { ...request, id })
      return detail(request.name, id)
    },
    async approve({ name, id, principal }: About & { readonly id: string }) {
      if (actorOf(principal).kind !== 'person')
        throw new FettleError('ACTOR_NOT_ALLOWED', `${principal.name} is not a person; persons approve`)
      const { deployment } = await deps.releaseDefinitions(name)
      const { folded } = await readLog(rollouts, name)
      const rollout = rolloutBy(folded, id)
      if (rollout.startedBy === principal.name && rollout.terms.approvals > 0)
        throw new FettleError(
          'ACTOR_NOT_ALLOWED',
          `${principal.name} started this rollout; somebody else must approve it`,
        )
      const { digest } = rollout
      const at = deps.clock.nowMicros()
      const contractSet = contractSetHash(deployment)
      await deps.uow.transaction(async stores => {
        await stores.rollouts.putApproval({
          rollout: rollout.id,
          by: principal.name,
          at,
          digest,
          contractSet,
        })
        await stores.audit.append({
          ...{ at, principal: principal.name, action: 'rollout.approved', object: `deployment:${name}` },
          details: { rollout: rollout.id, release: rollout.release, digest, contractSet },
        })
      })
      return detail(name, rollout.id)
    },
    async closeIncident({ name, reason, principal }: About & { readonly reason: string }) {
      await deps.releaseDefinitions(name)
      await inLog(deps, name, log =>
        log.write({
          ...{ rollout: log.folded().incident?.rollout ?? null, event: 'incident_closed', reason },
          ...{ actor: actorOf(principal), reasonCode: 'person' },
        }),
      )
      return overview(name)
    },
    async kill(request: KillRequest) {
      await setKill(deps, request)
      return overview(request.name)
    },
    /** Keeps what a rehearsal came to; one that failed is an incident. */
    drilled: (report: DrillReport) => recordDrill(deps, report),
    controller: createRolloutController(deps),
  }
}
