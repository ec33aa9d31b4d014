import type { Clock } from '../../kernel/clock.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Handlers } from '../route-handlers.ts'
import type { Services } from '../services.ts'
import { catalogHandlers } from './catalog.ts'
import { catalogQuestions } from './catalog-questions.ts'
import { checkHandlers } from './checks.ts'
import { deploymentHandlers } from './deployments.ts'
import { erasureHandlers } from './erasures.ts'
import { type HealthSource, homeHandlers } from './home.ts'
import { pipelineHandlers } from './pipelines.ts'
import { registryHandlers } from './registry.ts'
import { skewHandlers } from './skew.ts'
import { trackingHandlers } from './tracking.ts'
import { trainingSetHandlers } from './training-sets.ts'

export interface HandlerOptions {
  readonly services: Services
  readonly clock: Clock
  readonly health: HealthSource
  readonly replayFrom?: Micros | null
}

/** Every handler of the API, made from the services of the domains. */
export function createHandlers({ services, clock, health, replayFrom = null }: HandlerOptions): Handlers {
  return {
    ...homeHandlers({ services, clock, health, replayFrom }),
    ...catalogHandlers(services),
    ...catalogQuestions(services),
    ...checkHandlers(services),
    ...pipelineHandlers(services),
    ...trackingHandlers(services, clock),
    ...registryHandlers(services),
    ...deploymentHandlers(services),
    ...skewHandlers(services),
    ...erasureHandlers(services),
    ...trainingSetHandlers(services),
  }
}
