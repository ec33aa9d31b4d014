import type { PredictResponse } from '../../api/deployments.ts'
import {
  decisionSummaryToWire,
  decisionToWire,
  deploymentSummaryToWire,
  deploymentToWire,
} from '../map/deployments.ts'
import { fromWireJson, type WireJson } from '../map/json.ts'
import { withoutUndefined } from '../map/optional.ts'
import { pageToWire } from '../map/page.ts'
import type { Handlers } from '../route-handlers.ts'
import type { Services } from '../services.ts'

type DeploymentRoutes = 'deployments' | 'deployment' | 'deploy' | 'predict' | 'decisions' | 'decision'
type Rooms = Pick<Services, 'deployments' | 'projects' | 'decisions'>

export function deploymentHandlers({
  deployments,
  projects,
  decisions,
}: Rooms): Pick<Handlers, DeploymentRoutes> {
  return {
    deployments: async () => ({ items: (await deployments.list()).map(deploymentSummaryToWire) }),
    deployment: async ({ params }) => {
      const detail = await deployments.get(params.name)
      return deploymentToWire(detail, await projects.exampleRequests(params.name))
    },
    deploy: async ({ params, body, principal }) => {
      const { version, release, gate, now, reason = '' } = body
      const detail = await deployments.deploy({
        name: params.name,
        reason,
        principal,
        ...(version === undefined ? {} : { version }),
        ...(release === undefined ? {} : { release }),
        ...(gate === undefined ? {} : { gate }),
        ...(now === undefined ? {} : { now }),
      })
      return deploymentToWire(detail, await projects.exampleRequests(params.name))
    },
    predict: async ({ params, body }) =>
      (await deployments.predict(params.name, fromWireJson(body as WireJson))) as unknown as PredictResponse,
    decisions: async ({ params, query }) => {
      await deployments.get(params.name)
      return pageToWire(await decisions.latest(params.name, withoutUndefined(query)), decisionSummaryToWire)
    },
    decision: async ({ params }) => decisionToWire(await decisions.explain(params.id)),
  }
}
