import {
  type Facts,
  metricValue,
  runStatuses,
  type SourceDataset,
  type SourceExperiment,
  type SourceLoggedModel,
  type SourceModel,
  type SourceRun,
  type SourceVersion,
} from './model.ts'
import type { Json } from './rest.ts'

export const textOf = (value: unknown): string => (value == null ? '' : String(value))
const textOrNull = (value: unknown): string | null => (value == null || value === '' ? null : String(value))
const msOrNull = (value: unknown): number | null =>
  value == null || Number(value) === 0 ? null : Number(value)
export const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as Json[]) : [])
export const partOf = (value: unknown): Json => (value ?? {}) as Json
const facts = (value: unknown): Facts =>
  Object.fromEntries(listOf(value).map(fact => [textOf(fact['key']), textOf(fact['value'])]))

/** A number, or the word for one that is none, such as "NaN". */
export const writtenValue = (value: unknown): number | null => metricValue(Number(value ?? 0))

export function experimentOf(row: Json): SourceExperiment {
  return {
    id: textOf(row['experiment_id']),
    name: textOf(row['name']),
    deleted: row['lifecycle_stage'] === 'deleted',
    createdMs: msOrNull(row['creation_time']),
    updatedMs: msOrNull(row['last_update_time']),
    tags: facts(row['tags']),
  }
}

export function runOf(row: Json): SourceRun {
  const [info, data, inputs, outputs] = ['info', 'data', 'inputs', 'outputs'].map(name => partOf(row[name]))
  const status = textOf(info?.['status']).toLowerCase()
  const metrics = [...listOf(data?.['metrics'])].sort((a, b) =>
    textOf(a['key']) < textOf(b['key']) ? -1 : 1,
  )
  return {
    id: textOf(info?.['run_id']),
    experiment: textOf(info?.['experiment_id']),
    name: textOf(info?.['run_name']),
    user: textOf(info?.['user_id']),
    status: runStatuses.find(known => known === status) ?? 'finished',
    startedMs: msOrNull(info?.['start_time']),
    endedMs: msOrNull(info?.['end_time']),
    deleted: info?.['lifecycle_stage'] === 'deleted',
    artifacts: textOf(info?.['artifact_uri']),
    tags: facts(data?.['tags']),
    params: facts(data?.['params']),
    metricKeys: metrics.map(metric => textOf(metric['key'])),
    metricState: metrics.map(m => [m['key'], m['step'], m['timestamp'], m['value']].join()).join('\n'),
    datasets: listOf(inputs?.['dataset_inputs']).map(datasetOf),
    modelInputs: listOf(inputs?.['model_inputs']).map(input => textOf(input['model_id'])),
    modelOutputs: listOf(outputs?.['model_outputs']).map(output => ({
      modelId: textOf(output['model_id']),
      step: Number(output['step'] ?? 0),
    })),
  }
}

function datasetOf(input: Json): SourceDataset {
  const dataset = partOf(input['dataset'])
  return {
    name: textOf(dataset['name']),
    digest: textOf(dataset['digest']),
    sourceType: textOf(dataset['source_type']),
    source: textOf(dataset['source']),
    schema: textOrNull(dataset['schema']),
    profile: textOrNull(dataset['profile']),
    tags: facts(input['tags']),
  }
}

const loggedModelStatuses = new Map<string, SourceLoggedModel['status']>([
  ['LOGGED_MODEL_READY', 'ready'],
  ['LOGGED_MODEL_UPLOAD_FAILED', 'upload_failed'],
])

export function loggedModelOf(row: Json): SourceLoggedModel {
  const [info, data] = [partOf(row['info']), partOf(row['data'])]
  return {
    id: textOf(info['model_id']),
    experiment: textOf(info['experiment_id']),
    name: textOf(info['name']),
    modelType: textOf(info['model_type']),
    sourceRun: textOrNull(info['source_run_id']),
    status: loggedModelStatuses.get(textOf(info['status'])) ?? 'pending',
    deleted: false,
    createdMs: Number(info['creation_timestamp_ms']),
    updatedMs: Number(info['last_updated_timestamp_ms']),
    artifacts: textOf(info['artifact_uri']),
    params: facts(data['params']),
    tags: facts(info['tags']),
    metrics: listOf(data['metrics']).map(metric => ({
      key: textOf(metric['key']),
      value: writtenValue(metric['value']),
      step: Number(metric['step'] ?? 0),
      ms: Number(metric['timestamp'] ?? 0),
      run: textOf(metric['run_id']),
      datasetName: textOrNull(metric['dataset_name']),
      datasetDigest: textOrNull(metric['dataset_digest']),
    })),
  }
}

export function modelOf(row: Json, versions: readonly SourceVersion[]): SourceModel {
  return {
    name: textOf(row['name']),
    description: textOf(row['description']),
    createdMs: Number(row['creation_timestamp']),
    updatedMs: Number(row['last_updated_timestamp'] ?? row['creation_timestamp']),
    tags: facts(row['tags']),
    aliases: Object.fromEntries(
      listOf(row['aliases']).map(alias => [textOf(alias['alias']), Number(alias['version'])]),
    ),
    versions,
  }
}

const versionStatuses = new Map<string, SourceVersion['status']>([
  ['PENDING_REGISTRATION', 'pending'],
  ['FAILED_REGISTRATION', 'failed'],
])

export function versionOf(row: Json): SourceVersion {
  const source = textOf(row['source'])
  return {
    version: Number(row['version']),
    createdMs: Number(row['creation_timestamp']),
    updatedMs: Number(row['last_updated_timestamp'] ?? row['creation_timestamp']),
    description: textOf(row['description']),
    source,
    run: textOrNull(row['run_id']),
    loggedModel: textOrNull(row['model_id']) ?? /^models:\/(m-[0-9a-f]{32})/.exec(source)?.[1] ?? null,
    runLink: textOrNull(row['run_link']),
    status: versionStatuses.get(textOf(row['status'])) ?? 'ready',
    stage: textOf(row['current_stage']) || 'None',
    tags: facts(row['tags']),
  }
}
