import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FettleError } from '../../kernel/errors/index.ts'
import { type Meta, metaText, modelOf, readFacts, readFolder, readMeta, versionOf } from './folder-meta.ts'
import { folderFiles, folderOf } from './local-files.ts'
import {
  type MlflowSource,
  metricValue,
  runStatuses,
  type SourceDataset,
  type SourceExperiment,
  type SourceLoggedModel,
  type SourceModel,
  type SourceModelMetric,
  type SourcePoint,
  type SourceRun,
  slices,
} from './model.ts'

/** A folder as MLflow's file store keeps it (`mlruns`). Throws IMPORT_SOURCE where there is none. */
export async function openFolderSource(
  root: string,
  { artifacts }: { readonly artifacts?: string | undefined } = {},
): Promise<MlflowSource> {
  const places = new Map<string, string>()
  for (const below of ['', '.trash'])
    for (const name of await readFolder(join(root, below)))
      if (/^\d+$/.test(name)) places.set(name, join(root, below, name))
  if (places.size === 0)
    throw new FettleError('IMPORT_SOURCE', `${root} holds no experiments`, {
      hint: 'Name the folder that holds one folder per experiment id: mlruns, as a rule.',
    })
  const placeOf = ({ id }: { readonly id: string }) => places.get(id) ?? join(root, id)
  return {
    label: root,
    filesAreNear: true,
    experiments: async () => {
      const found = await Promise.all([...places].map(([id, place]) => experimentOf(id, place)))
      return found.filter(experiment => experiment !== undefined)
    },
    runs: experiment => runsOf(placeOf(experiment)),
    links: async run => run,
    points: run => pointsOf(join(placeOf({ id: run.experiment }), run.id), run),
    loggedModels: experiment => loggedModelsOf(placeOf(experiment)),
    models: () => modelsOf(join(root, 'models')),
    files: owner => folderFiles(folderOf(owner.artifacts, artifacts)),
    notMapped: async () => {
      let traces = 0
      for (const place of places.values()) traces += (await readFolder(join(place, 'traces'))).length
      return traces === 0 ? {} : { traces }
    },
    close: async () => {},
  }
}

async function experimentOf(id: string, place: string): Promise<SourceExperiment | undefined> {
  const meta = await readMeta(place)
  return (
    meta && {
      id,
      name: metaText(meta, 'name'),
      deleted: meta['lifecycle_stage'] === 'deleted',
      createdMs: numberOf(meta, 'creation_time'),
      updatedMs: numberOf(meta, 'last_update_time'),
      tags: await readFacts(join(place, 'tags')),
    }
  )
}

const numberOf = (meta: Meta, name: string): number | null =>
  meta[name] == null ? null : Number(metaText(meta, name))

async function* runsOf(place: string): AsyncIterable<SourceRun> {
  for (const name of await readFolder(place)) {
    if (!/^[0-9a-f]{32}$/.test(name)) continue
    const meta = await readMeta(join(place, name))
    if (meta !== undefined) yield await runOf(place, meta)
  }
}

async function runOf(place: string, meta: Meta): Promise<SourceRun> {
  const id = metaText(meta, 'run_id') || metaText(meta, 'run_uuid')
  const folder = join(place, id)
  const metrics: string[] = []
  const sizes: string[] = []
  for await (const { path, bytes, mark } of folderFiles(join(folder, 'metrics'))) {
    metrics.push(path)
    sizes.push(`${path},${bytes},${mark}`)
  }
  const tags = await readFacts(join(folder, 'tags'))
  return {
    id,
    experiment: metaText(meta, 'experiment_id'),
    name: metaText(meta, 'run_name') || metaText(meta, 'name') || (tags['mlflow.runName'] ?? ''),
    user: metaText(meta, 'user_id'),
    // Numbered from 1: running, scheduled, finished, failed, killed.
    status: runStatuses[Number(metaText(meta, 'status')) - 1] ?? 'finished',
    startedMs: numberOf(meta, 'start_time'),
    endedMs: numberOf(meta, 'end_time'),
    deleted: meta['lifecycle_stage'] === 'deleted',
    artifacts: metaText(meta, 'artifact_uri') || join(folder, 'artifacts'),
    tags,
    params: await readFacts(join(folder, 'params')),
    metricKeys: metrics,
    metricState: sizes.join('\n'),
    datasets: await datasetsOf(place, folder),
    modelInputs: (await readFolder(join(folder, 'inputs'))).filter(name => name.startsWith('m-')),
    modelOutputs: await Promise.all(
      (await readFolder(join(folder, 'outputs'))).map(async modelId => ({
        modelId,
        step: Number(metaText((await readMeta(join(folder, 'outputs', modelId))) ?? {}, 'step') || 0),
      })),
    ),
  }
}

async function datasetsOf(place: string, folder: string): Promise<readonly SourceDataset[]> {
  const found: SourceDataset[] = []
  for (const name of await readFolder(join(folder, 'inputs'))) {
    const input = (await readMeta(join(folder, 'inputs', name))) ?? {}
    const dataset = await readMeta(join(place, 'datasets', metaText(input, 'source_id')))
    if (input['source_type'] !== 'DATASET' || dataset === undefined) continue
    const tags = (input['tags'] ?? {}) as Meta
    found.push({
      name: metaText(dataset, 'name'),
      digest: metaText(dataset, 'digest'),
      sourceType: metaText(dataset, 'source_type'),
      source: metaText(dataset, 'source'),
      schema: dataset['schema'] == null ? null : metaText(dataset, 'schema'),
      profile: dataset['profile'] == null ? null : metaText(dataset, 'profile'),
      tags: Object.fromEntries(Object.keys(tags).map(key => [key, metaText(tags, key)])),
    })
  }
  return found
}

const writtenValue = (text = '') => metricValue(Number(text.replace(/^(-?)inf$/, '$1Infinity')))

/** Lines of `time value step`, where a step was once left out and a dataset may follow. */
async function* pointsOf(folder: string, run: SourceRun): AsyncIterable<readonly SourcePoint[]> {
  for (const key of run.metricKeys) {
    const lines = (await readFile(join(folder, 'metrics', key), 'utf8'))
      .split('\n')
      .filter(line => line.trim() !== '')
    const points = lines.map((line): SourcePoint => {
      const [ms, value, step = '0'] = line.trim().split(' ')
      return [key, Number(step), Number(ms), writtenValue(value)]
    })
    yield* slices(points, 1_000)
  }
}

const loggedModelStatuses = ['pending', 'ready', 'upload_failed'] as const

async function* loggedModelsOf(place: string): AsyncIterable<SourceLoggedModel> {
  for (const id of await readFolder(join(place, 'models'))) {
    const folder = join(place, 'models', id)
    const meta = await readMeta(folder)
    if (meta === undefined) continue
    const created = numberOf(meta, 'creation_timestamp') ?? (await stat(folder)).mtimeMs
    yield {
      id,
      experiment: metaText(meta, 'experiment_id'),
      name: metaText(meta, 'name'),
      modelType: metaText(meta, 'model_type'),
      sourceRun: metaText(meta, 'source_run_id') || null,
      status: loggedModelStatuses[Number(metaText(meta, 'status')) - 1] ?? 'pending',
      deleted: meta['lifecycle_stage'] === 'deleted',
      createdMs: created,
      updatedMs: numberOf(meta, 'last_updated_timestamp') ?? created,
      artifacts: metaText(meta, 'artifact_location') || join(folder, 'artifacts'),
      params: await readFacts(join(folder, 'params')),
      tags: await readFacts(join(folder, 'tags')),
      metrics: await modelMetricsOf(join(folder, 'metrics')),
    }
  }
}

/** Lines of `time value step run`, then name and digest of a dataset, where the name may hold spaces. */
async function modelMetricsOf(folder: string): Promise<readonly SourceModelMetric[]> {
  const metrics: SourceModelMetric[] = []
  for await (const { path } of folderFiles(folder))
    for (const line of (await readFile(join(folder, path), 'utf8'))
      .split('\n')
      .filter(text => text.trim() !== '')) {
      const [ms, value, step, run = '', ...dataset] = line.trim().split(' ')
      metrics.push({
        key: path,
        value: writtenValue(value),
        step: Number(step),
        ms: Number(ms),
        run,
        datasetName: dataset.length < 2 ? null : dataset.slice(0, -1).join(' '),
        datasetDigest: dataset.length < 2 ? null : (dataset.at(-1) ?? null),
      })
    }
  return metrics
}

async function* modelsOf(root: string): AsyncIterable<SourceModel> {
  for (const entry of await readdir(root, { withFileTypes: true }).catch(() => [])) {
    const folder = join(root, entry.name)
    const meta = entry.isDirectory() ? await readMeta(folder) : undefined
    if (meta === undefined) continue
    const versions = await Promise.all(
      (await readFolder(folder))
        .filter(name => name.startsWith('version-'))
        .map(name => versionOf(join(folder, name))),
    )
    yield modelOf(meta, {
      tags: await readFacts(join(folder, 'tags')),
      aliases: await readFacts(join(folder, 'aliases')),
      versions: versions.filter(version => version !== undefined).sort((a, b) => a.version - b.version),
    })
  }
}
