import type { MetadataDatabase } from '../adapters/metadata/index.ts'
import type { DeploymentData } from '../definitions/index.ts'
import type { DeploymentsService, Rollouts, StoredVerdict } from '../deployments/index.ts'
import type { Clock } from '../kernel/clock.ts'
import type { ObjectStore, PipelineService } from '../pipelines/index.ts'
import type { ProjectsService } from '../projects/index.ts'
import { gateOfThresholds } from './appliers/gate-of-thresholds.ts'
import { createAppliers } from './appliers/index.ts'
import { exerciseDuty } from './exercises.ts'
import { promotions } from './promotions.ts'
import { openSuggestions } from './suggestions.ts'

export interface AutonomyParts {
  readonly database: MetadataDatabase
  readonly clock: Clock
  readonly objects: Pick<ObjectStore, 'putBytes'>
  readonly pipelines: Pick<PipelineService, 'getRun' | 'listRuns'>
  readonly deployments: DeploymentsService
  readonly moveRollout: Rollouts['move']
  compile: ProjectsService['compilePipeline']
  startRun: PipelineService['startRun']
  definedDeployments(): Promise<readonly DeploymentData[]>
  /** Throws UNKNOWN_DEPLOYMENT. */
  deploymentOf(name: string): Promise<DeploymentData>
  onFault(error: unknown): void
}

/** What rules suggest, who may do it, what does it, and what schedules lead to. */
export function openAutonomy(parts: AutonomyParts) {
  const { database, clock, objects, pipelines, deployments, compile, startRun, onFault } = parts
  const { read } = database
  const findVerdict = (id: string): Promise<StoredVerdict | undefined> => read.deployments.findVerdict(id)
  const servingOf = async (name: string) => (await read.deployments.servingReleases())[name]
  const { suggestions, settling } = openSuggestions({
    ...{ database, clock, onFault },
    appliers: createAppliers({
      ...{ clock, objects, deployments, compile, startRun, servingOf },
      moveRollout: parts.moveRollout,
      gate: gateOfThresholds({ compile, startRun, pipelines, findVerdict, clock }),
      deploymentOf: parts.deploymentOf,
      suggestions: () => suggestions,
      findBatch: id => read.suggestions.findBatch(id),
    }),
  })
  const considerPromotion = promotions({
    suggestions: () => suggestions,
    definitions: read.definitions,
    runOf: id => pipelines.getRun(id),
    servingOf,
  })
  const exercises = exerciseDuty({
    ...{ pipelines, compile, startRun, onFault },
    deployments: parts.definedDeployments,
    served: async () =>
      Object.fromEntries(
        Object.entries(await read.deployments.servingReleases()).map(([name, { release }]) => [
          name,
          release.model.version,
        ]),
      ),
    versionsOf: model => read.registry.listVersions(model),
  })
  return { suggestions, settling, considerPromotion, exercises }
}
