import type { RouteResponse } from '../../api/routes.ts'
import type { Handlers } from '../route-handlers.ts'
import type { Services } from '../services.ts'

type RolloutHandlers = Pick<
  Handlers,
  | 'rollouts'
  | 'rollout'
  | 'rolloutLooks'
  | 'rolloutsUnderWay'
  | 'rolloutLog'
  | 'startRollout'
  | 'rolloutEvent'
  | 'approveRollout'
  | 'closeIncident'
  | 'setKill'
  | 'drillRollback'
>

/** Views of rollouts are plain JSON already; they differ from the wire only in what the compiler knows of arrays. */
export function rolloutHandlers({
  rollouts,
  deployments,
}: Pick<Services, 'rollouts' | 'deployments'>): RolloutHandlers {
  const overview = (view: unknown) => view as RouteResponse<'rollouts'>
  const detail = (view: unknown) => view as RouteResponse<'rollout'>
  return {
    rollouts: async ({ params }) => overview(await rollouts.overview(params.name)),
    rollout: async ({ params }) => detail(await rollouts.detail(params.name, params.id)),
    rolloutLooks: async ({ params }) =>
      ({ looks: await rollouts.looks(params.name, params.id) }) as unknown as RouteResponse<'rolloutLooks'>,
    rolloutsUnderWay: async () =>
      ({ items: await rollouts.underWay() }) as unknown as RouteResponse<'rolloutsUnderWay'>,
    rolloutLog: async ({ params, query }) =>
      (await rollouts.log(params.name, query.after)) as unknown as RouteResponse<'rolloutLog'>,
    startRollout: async ({ params: { name }, body: { release, version, reason }, principal }) => {
      const record = await deployments.releaseToServe({
        ...{ name, reason, principal, gate: 'require' },
        ...(release === undefined ? {} : { release }),
        ...(version === undefined ? {} : { version }),
      })
      return detail(await rollouts.start({ name, record, reason, principal }))
    },
    rolloutEvent: async ({ params, body, principal }) =>
      detail(await rollouts.move({ ...params, ...body, principal })),
    approveRollout: async ({ params, principal }) => detail(await rollouts.approve({ ...params, principal })),
    closeIncident: async ({ params, body, principal }) =>
      overview(await rollouts.closeIncident({ ...params, ...body, principal })),
    setKill: async ({ params, body, principal }) =>
      overview(await rollouts.kill({ ...params, ...body, principal })),
    drillRollback: async ({ params }) => rollouts.drill(params.name),
  }
}
