import { randomUUID } from 'node:crypto'
import type { Clock } from '../../kernel/clock.ts'
import type { Micros } from '../../kernel/time.ts'
import { demoLinks } from '../demo-links.ts'
import type { Handlers } from '../route-handlers.ts'
import type { Services } from '../services.ts'
import { batchHandlers } from './batch.ts'
import { catalogHandlers } from './catalog.ts'
import { catalogQuestions } from './catalog-questions.ts'
import { checkHandlers } from './checks.ts'
import { decisionHandlers } from './decisions.ts'
import { demoHandlers } from './demo.ts'
import { deploymentHandlers } from './deployments.ts'
import { erasureHandlers } from './erasures.ts'
import { evaluationHandlers } from './evaluations.ts'
import { feedbackHandlers } from './feedback.ts'
import { type HealthSource, homeHandlers } from './home.ts'
import { pipelineHandlers } from './pipelines.ts'
import { registryHandlers } from './registry.ts'
import { releaseFiles } from './release-files.ts'
import { judgedHandlers, releaseHandlers } from './releases.ts'
import { reproductionHandlers } from './reproduction.ts'
import { rolloutHandlers } from './rollouts.ts'
import { skewHandlers } from './skew.ts'
import { autonomyHandlers, suggestionHandlers } from './suggestions.ts'
import { alertHandlers } from './sync-alerts.ts'
import { syncHandlers } from './sync-runs.ts'
import { trackingHandlers } from './tracking.ts'
import { fileHandlers } from './tracking-files.ts'
import { importHandlers } from './tracking-import.ts'
import { modelHandlers } from './tracking-models.ts'
import { purgeHandlers } from './tracking-purge.ts'
import { runHandlers } from './tracking-runs.ts'
import { aliasRequestHandlers, trustHandlers } from './tracking-trust.ts'
import { viewHandlers } from './tracking-views.ts'
import { trainingSetHandlers } from './training-sets.ts'

export interface HandlerOptions {
  readonly services: Services
  readonly clock: Clock
  readonly health: HealthSource
  readonly replayFrom?: Micros | null
  /** Signs demo links, which end with it; one of this process unless told. */
  readonly linkSecret?: string
}

/** Every handler of the API, made from the services of the domains. */
export function createHandlers(options: HandlerOptions): Handlers {
  const { services, clock, health, replayFrom = null, linkSecret = randomUUID() } = options
  const wall = () => BigInt(Date.now()) * 1000n
  return {
    ...homeHandlers({ services, clock, health, replayFrom }),
    ...catalogHandlers(services),
    ...catalogQuestions(services),
    ...checkHandlers(services),
    ...pipelineHandlers(services),
    ...syncHandlers(services, clock),
    ...alertHandlers(services),
    ...trackingHandlers(services, clock),
    ...runHandlers(services),
    ...fileHandlers(services),
    ...viewHandlers(services),
    ...modelHandlers(services),
    ...purgeHandlers(services),
    ...trustHandlers(services),
    ...aliasRequestHandlers(services),
    ...importHandlers(services.imports),
    ...registryHandlers(services),
    ...deploymentHandlers(services),
    ...demoHandlers({ services, wall, links: demoLinks(linkSecret, wall) }),
    ...rolloutHandlers(services),
    ...skewHandlers(services),
    ...erasureHandlers(services),
    ...suggestionHandlers(services),
    ...autonomyHandlers(services),
    ...reproductionHandlers(services),
    ...evaluationHandlers(services),
    ...decisionHandlers(services),
    ...feedbackHandlers(services),
    ...batchHandlers(services),
    ...releaseHandlers(services),
    ...judgedHandlers(services),
    ...releaseFiles(services),
    ...trainingSetHandlers(services),
  }
}
