import type { Clock } from '../kernel/clock.ts'
import { parseSchedule } from '../pipelines/index.ts'
import type { ProjectsService } from '../projects/index.ts'
import type { RegistryService, Release } from '../registry/index.ts'
import { type ReproductionService, rebuildPipeline } from '../reproduction/index.ts'

export interface RebuildingParts {
  readonly projects: Pick<ProjectsService, 'listPipelines' | 'schedules' | 'compilePipeline'>
  readonly registry: Pick<RegistryService, 'getByAlias'>
  readonly reproductions: Pick<ReproductionService, 'plan'>
  /** What serves, by deployment. */
  releases(): Promise<Readonly<Record<string, { readonly release: Release }>>>
  readonly clock: Clock
}

const recurrence = 'monthly'

/**
 * The pipelines of the project, and one more for each model that a release serves: `<model>-rebuild` makes the champion
 * again and compares, monthly by itself. Its plan comes from the champion's manifest, not from what is applied now.
 */
export function rebuilding({ projects, registry, reproductions, releases, clock }: RebuildingParts) {
  const served = async (): Promise<readonly string[]> => [
    ...new Set(Object.values(await releases()).map(({ release }) => release.model.name)),
  ]
  const modelOf = async (pipeline: string): Promise<string | undefined> =>
    (await served()).find(model => rebuildPipeline(model) === pipeline)

  return {
    schedules: async (): ReturnType<ProjectsService['schedules']> => [
      ...(await projects.schedules()),
      ...(await served()).map(rebuildPipeline).map(name => ({ name, pipeline: name, text: recurrence })),
    ],

    listPipelines: async (): ReturnType<ProjectsService['listPipelines']> => [
      ...(await projects.listPipelines()),
      ...(await served()).map(model => outline(model, clock)),
    ],

    async compilePipeline(
      ...[name, options]: Parameters<ProjectsService['compilePipeline']>
    ): ReturnType<ProjectsService['compilePipeline']> {
      const model = await modelOf(name)
      if (model === undefined) return projects.compilePipeline(name, options)
      const { version } = await registry.getByAlias(model, 'champion')
      return reproductions.plan({ model, version }, { name: 'schedule' })
    },
  }
}

function outline(model: string, clock: Clock) {
  const name = rebuildPipeline(model)
  return {
    name,
    title: `Make the champion of ${model} again and compare`,
    model,
    schedule: recurrence,
    nextAt: parseSchedule(recurrence, name).next(clock.nowMicros()),
    steps: [
      { id: 'training-set', title: 'Build its training set', needs: [] },
      { id: 'train', title: 'Train it in a fresh environment', needs: ['training-set'] },
      { id: 'evaluate', title: 'Evaluate it', needs: ['train'] },
      { id: 'compare', title: 'Compare what was made with what is registered', needs: ['evaluate'] },
    ],
  }
}
