import type { DevOptions, RunningDev } from './platform/dev.ts'
import type { ProviderState } from './platform/providers.ts'
import type { VectorRuntime } from './vectors/model.ts'

export type { DevOptions, RunningDev } from './platform/dev.ts'
export type { ProviderState } from './platform/providers.ts'

// The composition root: only this file and the folder beside it know adapters.

/** Control plane, worker and serving in one process tree over one folder. */
export async function startDev(options: DevOptions): Promise<RunningDev> {
  return (await import('./platform/dev.ts')).startDev(options)
}

/** Where a project's features are computed and kept, and whether that answers. Throws DEFINITIONS_NOT_FOUND. */
export async function projectProviders(folder: string): Promise<readonly ProviderState[]> {
  const [{ probeProviders }, { readProjectFile }] = await Promise.all([
    import('./platform/providers.ts'),
    import('./projects/project-file.ts'),
  ])
  return probeProviders((await readProjectFile(folder)).providers)
}

/** Data checks of a project run where it stands, and what its past suggests. */
export async function projectChecks(): Promise<typeof import('./platform/check-project-data.ts')> {
  return import('./platform/check-project-data.ts')
}

/** Engine and store for the known-answer files of `npm run vectors`. */
export async function vectorRuntime(): Promise<VectorRuntime> {
  return (await import('./platform/vector-runtime.ts')).vectorRuntime
}
