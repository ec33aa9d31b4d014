import type { RouteParams } from '../api/route-types.ts'
import type { RouteBody, RouteName, RouteQuery, RouteResponse } from '../api/routes.ts'
import type { Principal } from '../governance/index.ts'

/** A request as its handler sees it: parsed by the schemas of its route, with who sent it. */
interface RouteRequest<Name extends RouteName> {
  readonly params: RouteParams<Name>
  readonly query: RouteQuery<Name>
  readonly body: RouteBody<Name>
  readonly principal: Principal
}

type Handler<Name extends RouteName> = (request: RouteRequest<Name>) => Promise<RouteResponse<Name>>

/** One handler for every route of the table. */
export type Handlers = { readonly [Name in RouteName]: Handler<Name> }
