import { sha256Hex } from '../../kernel/canonical.ts'
import { exportModels } from './export-rest-models.ts'
import {
  api,
  type Exporting,
  orNothing,
  pairs,
  type RestExport,
  type RestExportReport,
} from './export-target.ts'
import {
  type FileOwner,
  type SourceExperiment,
  type SourceLoggedModel,
  type SourceRun,
  slices,
} from './model.ts'
import type { Json } from './rest.ts'
import { partOf, textOf } from './rest-records.ts'

/** Writes a store into an MLflow server by its API. It may be cut and begun again; then only what changed is sent. */
export async function exportRest(options: RestExport): Promise<RestExportReport> {
  const report: RestExportReport = {
    ...{ experiments: 0, runs: 0, loggedModels: 0, models: 0, versions: 0, files: 0, unchanged: 0 },
    left: [],
  }
  const exporting: Exporting = { ...options, report }
  const experiments = await options.source.experiments()
  const changed: SourceRun[] = []
  for (const experiment of experiments) {
    const to = await exportExperiment(exporting, experiment)
    for await (const run of options.source.runs(experiment))
      if (await exportRun(exporting, run, to)) changed.push(run)
    for await (const model of options.source.loggedModels(experiment))
      await exportLoggedModel(exporting, model, to)
  }
  for (const run of changed) await closeRun(exporting, run)
  await exportModels(exporting)
  for (const { id, deleted } of experiments)
    if (deleted)
      await options.rest.post(`${api}/experiments/delete`, {
        experiment_id: options.mapping.get(`experiment:${id}`),
      })
  return report
}

async function exportExperiment(
  { rest, mapping, report }: Exporting,
  experiment: SourceExperiment,
): Promise<string> {
  const { id, name, tags } = experiment
  const found = await orNothing(rest.get(`${api}/experiments/get-by-name`, { experiment_name: name }))
  const known = partOf(found?.['experiment'])
  const made = found ?? (await rest.post(`${api}/experiments/create`, { name, tags: pairs(tags) }))
  const to = textOf(known['experiment_id'] ?? made['experiment_id'])
  if (known['lifecycle_stage'] === 'deleted')
    await rest.post(`${api}/experiments/restore`, { experiment_id: to })
  for (const tag of found === undefined ? [] : pairs(tags))
    await rest.post(`${api}/experiments/set-experiment-tag`, { experiment_id: to, ...tag })
  await mapping.set(`experiment:${id}`, to)
  report.experiments++
  return to
}

/** Everything but its models and its deletion; false when it is there as it is. */
async function exportRun(exporting: Exporting, run: SourceRun, experiment: string): Promise<boolean> {
  const { rest, mapping, report, source } = exporting
  if (mapping.get(`sent:run:${run.id}`) === sha256Hex(JSON.stringify(run))) {
    report.unchanged++
    return false
  }
  const { id: to, artifacts } = await runThere(exporting, run, experiment)
  for (const params of slices(pairs(run.params), 100))
    await rest.post(`${api}/runs/log-batch`, { run_id: to, params })
  for (const tags of slices(pairs(run.tags), 100))
    await rest.post(`${api}/runs/log-batch`, { run_id: to, tags })
  for await (const points of source.points(run))
    await rest.post(`${api}/runs/log-batch`, {
      run_id: to,
      metrics: points.map(([key, step, timestamp, value]) => ({
        key,
        step,
        timestamp,
        value: value ?? 'NaN',
      })),
    })
  if (run.datasets.length > 0)
    await rest.post(`${api}/runs/log-inputs`, { run_id: to, datasets: run.datasets.map(datasetToWire) })
  await sendFiles(exporting, { kind: 'run', ...run }, artifacts)
  await rest.post(`${api}/runs/update`, {
    ...{ run_id: to, status: run.status.toUpperCase(), run_name: run.name },
    ...(run.endedMs === null ? {} : { end_time: run.endedMs }),
  })
  report.runs++
  return true
}

interface There {
  readonly id: string
  readonly artifacts: string
}

async function runThere({ rest, mapping }: Exporting, run: SourceRun, experiment: string): Promise<There> {
  const known = mapping.get(`run:${run.id}`)
  const answer =
    known === undefined
      ? await rest.post(`${api}/runs/create`, {
          ...{ experiment_id: experiment, user_id: run.user, run_name: run.name },
          ...(run.startedMs === null ? {} : { start_time: run.startedMs }),
        })
      : await rest.get(`${api}/runs/get`, { run_id: known })
  const info = partOf(partOf(answer['run'])['info'])
  const id = textOf(info['run_id'])
  if (known === undefined) await mapping.set(`run:${run.id}`, id)
  if (info['lifecycle_stage'] === 'deleted') await rest.post(`${api}/runs/restore`, { run_id: id })
  return { id, artifacts: textOf(info['artifact_uri']) }
}

/** Models that the run read and wrote, when all are there; then it goes, if it is deleted. */
async function closeRun({ source, rest, mapping }: Exporting, run: SourceRun): Promise<void> {
  const to = mapping.get(`run:${run.id}`)
  const { modelInputs, modelOutputs } = await source.links(run)
  const inputs = modelInputs.flatMap(id => mapping.get(`loggedModel:${id}`) ?? [])
  const outputs = modelOutputs.flatMap(({ modelId, step }) => {
    const model = mapping.get(`loggedModel:${modelId}`)
    return model === undefined ? [] : { model_id: model, step }
  })
  if (inputs.length > 0)
    await rest.post(`${api}/runs/log-inputs`, { run_id: to, models: inputs.map(id => ({ model_id: id })) })
  if (outputs.length > 0) await rest.post(`${api}/runs/outputs`, { run_id: to, models: outputs })
  if (run.deleted) await rest.post(`${api}/runs/delete`, { run_id: to })
  await mapping.set(`sent:run:${run.id}`, sha256Hex(JSON.stringify(run)))
}

async function exportLoggedModel(
  exporting: Exporting,
  model: SourceLoggedModel,
  experiment: string,
): Promise<void> {
  const { rest, mapping, report } = exporting
  const mark = sha256Hex(JSON.stringify(model))
  if (model.deleted) return
  if (mapping.get(`sent:loggedModel:${model.id}`) === mark) {
    report.unchanged++
    return
  }
  const known = mapping.get(`loggedModel:${model.id}`)
  const answer = await orNothing(
    known === undefined
      ? rest.post(`${api}/logged-models`, {
          ...{ experiment_id: experiment, name: model.name, model_type: model.modelType },
          ...{ source_run_id: mapping.get(`run:${model.sourceRun}`), params: pairs(model.params) },
        })
      : rest.get(`${api}/logged-models/${known}`, {}),
  )
  if (answer === undefined) {
    report.left.push(`logged model ${model.id}: the server has none, as lines before the third`)
    return
  }
  const info = partOf(partOf(answer['model'])['info'])
  const to = textOf(info['model_id'])
  await mapping.set(`loggedModel:${model.id}`, to)
  if (Object.keys(model.tags).length > 0)
    await rest.patch(`${api}/logged-models/${to}/tags`, { model_id: to, tags: pairs(model.tags) })
  for (const { key, value, step, ms: timestamp, run, datasetName, datasetDigest } of model.metrics)
    await rest.post(`${api}/runs/log-batch`, {
      run_id: mapping.get(`run:${run}`),
      metrics: [
        {
          ...{ key, step, timestamp, value: value ?? 'NaN', model_id: to },
          ...(datasetName === null ? {} : { dataset_name: datasetName, dataset_digest: datasetDigest }),
        },
      ],
    })
  await sendFiles(exporting, { kind: 'loggedModel', ...model }, textOf(info['artifact_uri']))
  if (model.status !== 'pending')
    await rest.patch(`${api}/logged-models/${to}`, {
      model_id: to,
      status: `LOGGED_MODEL_${model.status.toUpperCase()}`,
    })
  await mapping.set(`sent:loggedModel:${model.id}`, mark)
  report.loggedModels++
}

/** Only where the server itself takes them: other storage wants credentials that are not ours. */
async function sendFiles({ source, upload, report }: Exporting, owner: FileOwner, to: string): Promise<void> {
  const [, folder] = /^mlflow-artifacts:(?:\/\/[^/]+)?\/*(.+)$/.exec(to) ?? []
  let count = 0
  for await (const file of source.files(owner)) {
    count++
    if (folder !== undefined) await upload(`${folder}/${file.path}`, file)
  }
  if (folder !== undefined) report.files += count
  else if (count > 0)
    report.left.push(`${count} files of ${owner.kind} ${owner.id}: the server keeps files at ${to}`)
}

function datasetToWire(dataset: SourceRun['datasets'][number]): Json {
  const { name, digest, sourceType, source, schema, profile, tags } = dataset
  return {
    dataset: { name, digest, source_type: sourceType, source, schema, profile },
    tags: pairs(tags),
  }
}
