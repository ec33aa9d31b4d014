import type { TrainingSetManifest, TrainingSetRecord, TrainingSetRecords } from '../features/index.ts'
import type { BuildRecord, DefinitionStore } from '../projects/index.ts'

/** Builds of training sets as the metadata remembers them; `authorOf` a pipeline run, who started it. */
export function trainingSetRecords(
  store: DefinitionStore,
  authorOf: (run: string) => Promise<string>,
): TrainingSetRecords {
  const toRecord = async (build: BuildRecord, older: number): Promise<TrainingSetRecord> => {
    const { number, ...manifest } = build.report as unknown as TrainingSetManifest & { number?: number }
    return {
      id: build.id,
      name: manifest.name,
      // A build from before numbers were kept counts those that are older.
      number: number ?? older + 1,
      definitionVersion: build.version,
      manifest,
      pipelineRun: build.pipelineRun,
      author: build.pipelineRun === null ? null : await authorOf(build.pipelineRun).catch(() => null),
      at: build.at,
    }
  }
  const list = async (name?: string): Promise<readonly TrainingSetRecord[]> => {
    const builds = await store.listBuildsOf('trainingSet')
    const wanted = builds.filter(build => name === undefined || build.ref === `trainingSet:${name}`)
    return Promise.all(
      wanted.map((build, index) =>
        toRecord(build, wanted.slice(index + 1).filter(each => each.ref === build.ref).length),
      ),
    )
  }
  return {
    list,
    async find(id) {
      const build = await store.findBuild('trainingSet', id)
      if (!build) return undefined
      return (await list(build.ref.slice('trainingSet:'.length))).find(each => each.id === id)
    },
  }
}

/** Calls a function when its result is first wanted. */
export function once<Result>(make: () => Promise<Result>): () => Promise<Result> {
  let made: Promise<Result> | undefined
  return () => {
    made ??= make()
    return made
  }
}
