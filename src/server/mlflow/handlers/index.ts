import type { TrackingService } from '../../../experiments/index.ts'
import type { RegistryRecords, WebhookService } from '../../../registry/index.ts'
import type { MlflowHandlers } from '../handler-types.ts'
import { artifactListHandlers } from './artifact-lists.ts'
import { experimentHandlers } from './experiments.ts'
import { historyHandlers } from './history.ts'
import { loggedModelHandlers } from './logged-models.ts'
import { loggingHandlers } from './logging.ts'
import { modelHandlers, versionHandlers } from './registry.ts'
import { runHandlers } from './runs.ts'
import { webhookHandlers } from './webhooks.ts'

export interface DialectServices {
  readonly tracking: TrackingService
  readonly records: RegistryRecords
  readonly webhooks: WebhookService
}

/** Every call of the dialect, made from the services of the domains. */
export function mlflowHandlers({ tracking, records, webhooks }: DialectServices): MlflowHandlers {
  return {
    ...experimentHandlers(tracking),
    ...runHandlers(tracking),
    ...loggingHandlers(tracking),
    ...historyHandlers(tracking),
    ...artifactListHandlers(tracking),
    ...loggedModelHandlers(tracking),
    ...modelHandlers(records),
    ...versionHandlers(records, tracking),
    ...webhookHandlers(webhooks),
  }
}
