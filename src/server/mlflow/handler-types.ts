import type { MlflowRequest, MlflowRouteName } from '../../api/mlflow/routes.ts'
import type { Principal } from '../../governance/index.ts'

/** What a call answers: an object, JSON text that is sent as it is, or nothing, which is `{}`. */
export type Answer = object | string | undefined

export type MlflowHandlers = {
  readonly [Name in MlflowRouteName]: (
    request: MlflowRequest<Name>,
    principal: Principal,
  ) => Promise<Answer> | Promise<void>
}
