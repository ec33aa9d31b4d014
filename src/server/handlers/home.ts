import type { z } from 'zod'
import type { health } from '../../api/routes.ts'
import type { Clock } from '../../kernel/clock.ts'
import { formatTimestamp, type Micros } from '../../kernel/time.ts'
import type { PipelineRun } from '../../pipelines/index.ts'
import { type HomeFacts, happenedFromAudit, happenedFromRuns, latestFirst, needsMe } from '../home-items.ts'
import { auditEventToWire } from '../map/catalog.ts'
import { withoutUndefined } from '../map/optional.ts'
import { pageToWire } from '../map/page.ts'
import type { Handlers } from '../route-handlers.ts'
import type { Services } from '../services.ts'

/** What the process knows about itself; the clock is added here. */
export type HealthSource = () => Omit<z.infer<typeof health>, 'clock'>

interface HomeOptions {
  readonly services: Services
  readonly clock: Clock
  readonly health: HealthSource
  /** The instant a replaying project lives at; shown instead of the machine's time. */
  readonly replayFrom?: Micros | null
}

const shown = 20
/** Audit events looked through for those worth showing. */
const looked = 500

export function homeHandlers({
  services,
  clock,
  health,
  replayFrom = null,
}: HomeOptions): Pick<Handlers, 'health' | 'home' | 'audit'> {
  return {
    health: async () => ({ ...health(), clock: formatTimestamp(replayFrom ?? clock.nowMicros()) }),
    home: async () => {
      const now = clock.nowMicros()
      const [facts, audit, project, counts] = await Promise.all([
        gather(services),
        services.audit.list({ limit: looked }),
        services.projects.name(),
        countThings(services),
      ])
      return {
        project,
        clock: formatTimestamp(replayFrom ?? now),
        needsMe: needsMe(facts, now),
        happened: latestFirst([...happenedFromRuns(facts.runs), ...happenedFromAudit(audit.items)]).slice(
          0,
          shown,
        ),
        counts,
      }
    },
    audit: async ({ query }) =>
      pageToWire(await services.audit.list(withoutUndefined(query)), auditEventToWire),
  }
}

async function gather(services: Services): Promise<HomeFacts> {
  const { pipelines, deployments, registry, alerts, rollouts } = services
  const [runs, statuses, models, found, waiting, underWay] = await Promise.all([
    pipelines.listRuns({ limit: shown }),
    deployments.list(),
    registry.listModels({ limit: 100 }),
    alerts.list({ limit: shown }),
    waitingPeople(services),
    rollouts.underWay(),
  ])
  const withoutChampion = await Promise.all(
    models.items.map(async model => {
      const [aliases, versions] = await Promise.all([
        registry.aliases(model.name),
        registry.listVersions(model.name),
      ])
      return aliases['champion'] === undefined && versions.length > 0 ? [model] : []
    }),
  )
  return {
    runs: runs.items as readonly PipelineRun[],
    deployments: statuses,
    withoutChampion: withoutChampion.flat(),
    alerts: found,
    waiting,
    rollouts: underWay,
  }
}

/** What waits in the inbox. */
async function waitingPeople({ suggestions, aliasRequests }: Services): Promise<HomeFacts['waiting']> {
  const [open, levels, requests] = await Promise.all([
    suggestions.counts(),
    suggestions.levels(),
    aliasRequests.list({ limit: 100 }),
  ])
  return {
    suggestions: open.suggest ?? 0,
    windows: open.veto ?? 0,
    offers: levels.filter(({ offer }) => offer !== null).length,
    requests: requests.items.filter(({ state }) => state === 'requested').length,
  }
}

async function countThings({
  catalog,
  registry,
  tracking,
  deployments,
  suggestions,
}: Services): Promise<Record<string, number>> {
  const [definitions, models, tracked, live, open] = await Promise.all([
    catalog.listDefinitions({ limit: 500 }),
    registry.listModels({ limit: 500 }),
    tracking.experiments.search({ view: 'active', limit: 500 }),
    deployments.list(),
    suggestions.counts(),
  ])
  return {
    definitions: definitions.items.length,
    models: models.items.length,
    experiments: tracked.items.length,
    deployments: live.length,
    suggestions: (open.suggest ?? 0) + (open.veto ?? 0),
  }
}
