import { createHash } from 'node:crypto'
import type { MlflowSource } from '../../src/adapters/mlflow-import/index.ts'

/** All that a store says, in an order of its own, with places and ids that may differ left out. */
export interface StoreDump {
  readonly experiments: Readonly<Record<string, unknown>>
  readonly runs: Readonly<Record<string, unknown>>
  readonly loggedModels: Readonly<Record<string, unknown>>
  readonly models: Readonly<Record<string, unknown>>
}

const marks = /^fettle\./

/** Reads everything, points and bytes too. */
export async function dumpStore(source: MlflowSource): Promise<StoreDump> {
  const dump = { experiments: {}, runs: {}, loggedModels: {}, models: {} } as Record<
    keyof StoreDump,
    Record<string, unknown>
  >
  for (const experiment of await source.experiments()) {
    const { id: _, updatedMs: __, createdMs, ...facts } = experiment
    dump.experiments[experiment.name] = { ...facts, ...(experiment.name === 'Default' ? {} : { createdMs }) }
    for await (const run of source.runs(experiment)) {
      const { id, experiment: _, artifacts: __, metricState: ___, metricKeys, ...facts } = run
      const points: string[] = []
      for await (const some of source.points(run)) points.push(...some.map(point => JSON.stringify(point)))
      dump.runs[id] = {
        ...facts,
        ...linksOf(await source.links(run)),
        ...{ experiment: experiment.name, tags: kept(facts.tags), metricKeys: [...metricKeys].sort() },
        ...{ datasets: [...facts.datasets].sort((a, b) => (a.name < b.name ? -1 : 1)) },
        ...{ points: digest(points.sort()), files: await filesOf(source, { kind: 'run', ...run }) },
      }
    }
    for await (const model of source.loggedModels(experiment)) {
      if (model.deleted) continue
      const { id, experiment: _, artifacts: __, metrics, ...facts } = model
      const latest = [...metrics].map(metric => JSON.stringify(metric)).sort()
      dump.loggedModels[id] = {
        ...facts,
        ...{ experiment: experiment.name, tags: kept(facts.tags), metrics: latest },
        files: await filesOf(source, { kind: 'loggedModel', ...model }),
      }
    }
  }
  for await (const model of source.models()) dump.models[model.name] = model
  return dump
}

const digest = (lines: readonly string[]) =>
  `${lines.length} ${createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 12)}`

const linksOf = ({ modelInputs, modelOutputs }: Awaited<ReturnType<MlflowSource['links']>>) => ({
  modelInputs,
  modelOutputs,
})

const kept = (tags: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(tags).filter(([key]) => !marks.test(key)))

async function filesOf(
  source: MlflowSource,
  owner: Parameters<MlflowSource['files']>[0],
): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {}
  for await (const file of source.files(owner)) {
    const hash = createHash('sha256')
    for await (const piece of file.open()) hash.update(piece)
    files[file.path] = `${file.bytes} ${hash.digest('hex').slice(0, 12)}`
  }
  return files
}
