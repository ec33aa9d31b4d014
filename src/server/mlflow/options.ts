import type { FastifyRequest } from 'fastify'
import type { TrackingService } from '../../experiments/index.ts'
import type { Principal } from '../../governance/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { RegistryRecords, WebhookService } from '../../registry/index.ts'
import { authorize } from '../access.ts'
import type { Logger } from '../errors.ts'

export interface DialectOptions {
  readonly tracking: TrackingService
  readonly records: RegistryRecords
  readonly webhooks: WebhookService
  /** Basic's password, or bearer token, of callers from other machines. */
  readonly token: string
  /** Of Fettle. */
  readonly version: string
  readonly logger: Logger
}

/** Who sends it. Throws UNAUTHENTICATED or FORBIDDEN, and BAD_REQUEST for a workspace: there are none. */
export function callerOf(request: FastifyRequest, { token }: Pick<DialectOptions, 'token'>): Principal {
  const workspace = request.headers['x-mlflow-workspace']
  if (workspace !== undefined && workspace !== '') {
    throw new FettleError(
      'BAD_REQUEST',
      'Workspaces are off on this server: leave the header X-MLFLOW-WORKSPACE out',
    )
  }
  return authorize({ method: request.method, address: request.ip, headers: request.headers }, 'read', token)
}
