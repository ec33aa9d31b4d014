import type { FrontCounts } from '../../deployments/index.ts'
import type { FrontState } from './front-state.ts'

/** What this front has counted of a deployment since it started, and how far it has got; null: it does not serve it. */
export function frontCounts(state: FrontState, name: string): FrontCounts | null {
  const served = state.releases.find(name)
  if (!served) return null
  const { scored = 0, drops = new Map<string, number>() } = state.releases.shadowCounts(name) ?? {}
  return {
    arms: state.metrics
      .of(name)
      .arms.list()
      .map(({ arm, release, requests, errors, slow, degraded }) => ({
        ...{ router: state.router, arm, release },
        ...{ requests, errors, slow, degraded },
      })),
    shadow: { scored, drops: Object.fromEntries(drops) },
    routers: [
      {
        router: state.router,
        seq: served.seq,
        loaded: served.loaded.map(({ release }) => release.digest),
        refused: served.refused,
      },
    ],
  }
}
