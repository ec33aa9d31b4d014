import { createWriteStream } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'
import { sha256Hex } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import {
  type FileOwner,
  type MlflowSource,
  runStatuses,
  type SourceDataset,
  type SourceExperiment,
  type SourceModel,
  type SourceRun,
} from './model.ts'

export interface ExportReport {
  experiments: number
  runs: number
  loggedModels: number
  models: number
  versions: number
  files: number
}

/**
 * Writes a store as the folder that MLflow's file store keeps (`mlruns`): ids, times, every point, files. Throws
 * IMPORT_CONFLICT when the folder is not empty.
 */
export async function exportFolder(source: MlflowSource, root: string): Promise<ExportReport> {
  const there = await readdir(root).catch(() => [])
  if (there.length > 0)
    throw new FettleError('IMPORT_CONFLICT', `${root} is not empty`, {
      hint: 'Name an empty folder, or a new one.',
    })
  const report: ExportReport = { experiments: 0, runs: 0, loggedModels: 0, models: 0, versions: 0, files: 0 }
  for (const experiment of await source.experiments()) {
    const place = join(root, ...(experiment.deleted ? ['.trash'] : []), experiment.id)
    await writeExperiment(place, experiment)
    report.experiments++
    for await (const run of source.runs(experiment)) {
      await writeRun(source, place, run)
      report.runs++
      report.files += await writeFiles(source, { kind: 'run', ...run }, join(place, run.id, 'artifacts'))
    }
    for await (const model of source.loggedModels(experiment)) {
      const folder = join(place, 'models', model.id)
      const { id, name, modelType, sourceRun, status, createdMs, updatedMs, params, tags, metrics } = model
      await writeMeta(folder, {
        artifact_location: pathToFileURL(join(folder, 'artifacts')).href,
        ...{ creation_timestamp: createdMs, last_updated_timestamp: updatedMs, experiment_id: experiment.id },
        ...{ model_id: id, model_type: modelType || null, name, source_run_id: sourceRun },
        ...{ status: ['pending', 'ready', 'upload_failed'].indexOf(status) + 1, status_message: null },
      })
      await writeFacts(join(folder, 'params'), params)
      await writeFacts(join(folder, 'tags'), tags)
      const lines = metrics.map(({ key, ms, value, step, run, datasetName, datasetDigest }) => ({
        key,
        line: [
          ms,
          python(value),
          step,
          run,
          ...(datasetName === null ? [] : [datasetName, datasetDigest]),
        ].join(' '),
      }))
      await writeLines(join(folder, 'metrics'), lines)
      report.loggedModels++
      report.files += await writeFiles(source, { kind: 'loggedModel', ...model }, join(folder, 'artifacts'))
    }
  }
  for await (const model of source.models()) {
    await writeModel(join(root, 'models', model.name), model)
    report.models++
    report.versions += model.versions.length
  }
  return report
}

async function writeExperiment(place: string, experiment: SourceExperiment): Promise<void> {
  const { id, name, deleted, createdMs, updatedMs, tags } = experiment
  await writeMeta(place, {
    artifact_location: pathToFileURL(place).href,
    ...{ creation_time: createdMs, experiment_id: id, last_update_time: updatedMs ?? createdMs },
    ...{ lifecycle_stage: deleted ? 'deleted' : 'active', name },
  })
  await writeFacts(join(place, 'tags'), tags)
}

async function writeRun(source: MlflowSource, place: string, run: SourceRun): Promise<void> {
  const folder = join(place, run.id)
  await writeMeta(folder, {
    artifact_uri: pathToFileURL(join(folder, 'artifacts')).href,
    ...{ end_time: run.endedMs, entry_point_name: '', experiment_id: run.experiment },
    ...{
      lifecycle_stage: run.deleted ? 'deleted' : 'active',
      run_id: run.id,
      run_name: run.name,
      run_uuid: run.id,
    },
    ...{ source_name: '', source_type: 4, source_version: '', start_time: run.startedMs },
    ...{ status: runStatuses.indexOf(run.status) + 1, user_id: run.user },
  })
  for (const name of ['metrics', 'params', 'tags', 'artifacts'])
    await mkdir(join(folder, name), { recursive: true })
  await writeFacts(join(folder, 'params'), run.params)
  await writeFacts(join(folder, 'tags'), run.tags)
  for await (const points of source.points(run))
    await writeLines(
      join(folder, 'metrics'),
      points.map(([key, step, ms, value]) => ({ key, line: `${ms} ${python(value)} ${step}` })),
    )
  for (const dataset of run.datasets) await writeInput(place, folder, run, dataset)
  const { modelInputs, modelOutputs } = await source.links(run)
  for (const id of modelInputs)
    await writeMeta(join(folder, 'inputs', id), {
      ...{
        destination_id: run.id,
        destination_type: 'RUN',
        source_id: id,
        source_type: 'MODEL',
        tags: {},
      },
    })
  for (const { modelId, step } of modelOutputs)
    await writeMeta(join(folder, 'outputs', modelId), {
      ...{ destination_id: modelId, destination_type: 'MODEL_OUTPUT', source_id: modelId },
      ...{ source_type: 'RUN_OUTPUT', step, tags: {} },
    })
}

async function writeInput(
  place: string,
  folder: string,
  run: SourceRun,
  dataset: SourceDataset,
): Promise<void> {
  const { name, digest, sourceType: source_type, source, schema, profile, tags } = dataset
  const id = sha256Hex(`${name}\n${digest}`).slice(0, 32)
  await writeMeta(join(place, 'datasets', id), { digest, name, profile, schema, source, source_type })
  await writeMeta(join(folder, 'inputs', id), {
    ...{ destination_id: run.id, destination_type: 'RUN', source_id: id, source_type: 'DATASET', tags },
  })
}

async function writeModel(folder: string, model: SourceModel): Promise<void> {
  const { name, description, createdMs, updatedMs, tags, aliases, versions } = model
  await writeMeta(folder, {
    ...{ aliases: {}, creation_timestamp: createdMs, description, last_updated_timestamp: updatedMs, name },
  })
  await writeFacts(join(folder, 'tags'), tags)
  await writeFacts(
    join(folder, 'aliases'),
    Object.fromEntries(Object.entries(aliases).map(([alias, version]) => [alias, String(version)])),
  )
  for (const version of versions) {
    const below = join(folder, `version-${version.version}`)
    const status = { pending: 'PENDING_REGISTRATION', failed: 'FAILED_REGISTRATION', ready: 'READY' }[
      version.status
    ]
    await writeMeta(below, {
      ...{ aliases: [], creation_timestamp: version.createdMs, current_stage: version.stage },
      ...{
        description: version.description,
        last_updated_timestamp: version.updatedMs,
        name,
        run_id: version.run,
      },
      ...{ run_link: version.runLink, source: version.source, status, status_message: null },
      ...{ storage_location: version.source, user_id: null, version: version.version },
    })
    await writeFacts(join(below, 'tags'), version.tags)
  }
}

async function writeFiles(source: MlflowSource, owner: FileOwner, to: string): Promise<number> {
  let count = 0
  for await (const file of source.files(owner)) {
    const path = inside(to, file.path)
    await mkdir(dirname(path), { recursive: true })
    await pipeline(file.open(), createWriteStream(path))
    count++
  }
  return count
}

const python = (value: number | null) => (value === null ? 'nan' : String(value))

async function writeFacts(folder: string, facts: Readonly<Record<string, string>>): Promise<void> {
  for (const [key, value] of Object.entries(facts)) {
    const path = inside(folder, key)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, value)
  }
}

async function writeLines(
  folder: string,
  lines: readonly { readonly key: string; readonly line: string }[],
): Promise<void> {
  const byKey = new Map<string, string>()
  for (const { key, line } of lines) byKey.set(key, `${byKey.get(key) ?? ''}${line}\n`)
  for (const [key, text] of byKey) {
    const path = inside(folder, key)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text, { flag: 'a' })
  }
}

/** Names come from a server: none may lead out of the folder. */
function inside(folder: string, name: string): string {
  const path = join(folder, name)
  if (path.startsWith(folder + sep)) return path
  throw new FettleError('IMPORT_CONFLICT', `${JSON.stringify(name)} cannot be the name of a file`)
}

/** YAML: scalars as JSON has them, mappings by indentation. */
async function writeMeta(folder: string, meta: Readonly<Record<string, unknown>>): Promise<void> {
  await mkdir(folder, { recursive: true })
  const lines = Object.entries(meta).flatMap(([key, value]) => {
    const inner = value !== null && typeof value === 'object' ? Object.entries(value) : []
    if (inner.length === 0) return [`${key}: ${JSON.stringify(value)}`]
    return [`${key}:`, ...inner.map(([name, text]) => `  ${JSON.stringify(name)}: ${JSON.stringify(text)}`)]
  })
  await writeFile(join(folder, 'meta.yaml'), `${lines.join('\n')}\n`)
}
