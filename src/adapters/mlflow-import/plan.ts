import { type MlflowSource, UnreadableFiles } from './model.ts'

/** What an import would bring, before anything is written. */
export interface ImportPlan {
  readonly experiments: number
  readonly runs: number
  readonly metricSeries: number
  readonly loggedModels: number
  readonly models: number
  readonly versions: number
  /** null where counting them would mean asking the server about every folder. */
  readonly files: { readonly count: number; readonly bytes: number } | null
  /** Names that are taken here: the import goes on with them. */
  readonly conflicts: readonly string[]
  readonly notMapped: Readonly<Record<string, number>>
  /** Why files cannot be read, with the number of their owners. */
  readonly unread: Readonly<Record<string, number>>
}

/** Reads all of the source but points and bytes. `here` is what is there already. */
export async function planImport(
  source: MlflowSource,
  here: { readonly experiments: ReadonlySet<string>; readonly models: ReadonlySet<string> },
): Promise<ImportPlan> {
  const plan = { runs: 0, metricSeries: 0, loggedModels: 0, models: 0, versions: 0 }
  const files = { count: 0, bytes: 0 }
  const unread: Record<string, number> = {}
  const conflicts: string[] = []
  let deletedModels = 0
  const count = async (owner: Parameters<MlflowSource['files']>[0]) => {
    if (!source.filesAreNear) return
    try {
      for await (const file of source.files(owner)) {
        files.count++
        files.bytes += file.bytes
      }
    } catch (error) {
      if (!(error instanceof UnreadableFiles)) throw error
      unread[error.message] = (unread[error.message] ?? 0) + 1
    }
  }
  const experiments = await source.experiments()
  for (const experiment of experiments) {
    if (here.experiments.has(experiment.name) && experiment.name !== 'Default')
      conflicts.push(`experiment ${experiment.name} is here: its runs join it`)
    for await (const run of source.runs(experiment)) {
      plan.runs++
      plan.metricSeries += run.metricKeys.length
      await count({ kind: 'run', ...run })
    }
    for await (const model of source.loggedModels(experiment)) {
      if (model.deleted) {
        deletedModels++
        continue
      }
      plan.loggedModels++
      await count({ kind: 'loggedModel', ...model })
    }
  }
  for await (const model of source.models()) {
    if (here.models.has(model.name))
      conflicts.push(`registered model ${model.name} is here: versions join it`)
    plan.models++
    plan.versions += model.versions.length
  }
  const notMapped = {
    ...(await source.notMapped()),
    ...(deletedModels === 0 ? {} : { 'deleted logged models': deletedModels }),
  }
  return {
    ...{ ...plan, experiments: experiments.length, conflicts, notMapped, unread },
    files: source.filesAreNear ? files : null,
  }
}
