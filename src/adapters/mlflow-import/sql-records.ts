import {
  type Facts,
  runStatuses,
  type SourceDataset,
  type SourceLoggedModel,
  type SourceRun,
  type SourceVersion,
} from './model.ts'
import type { Row } from './sql-rows.ts'

type Groups = ReadonlyMap<string, readonly Row[]>
const text = (value: unknown): string => (value == null ? '' : String(value))
const textOrNull = (value: unknown): string | null => (value == null || value === '' ? null : String(value))
const numberOrNull = (value: unknown): number | null => (value == null ? null : Number(value))

function facts(rows: readonly Row[] | undefined, key = 'key', value = 'value'): Facts {
  return Object.fromEntries((rows ?? []).map(row => [text(row[key]), text(row[value])]))
}

interface RunParts {
  readonly params: Groups
  readonly tags: Groups
  readonly latest: Groups
  readonly inputs: {
    readonly given: Groups
    readonly models: Groups
    readonly tags: Groups
    readonly datasets: Groups
  }
}

export function runOf(row: Row, { params, tags, latest, inputs }: RunParts): SourceRun {
  const id = text(row['run_uuid'])
  const given = inputs.given.get(id) ?? []
  const models = inputs.models.get(id) ?? []
  const metrics = latest.get(id) ?? []
  const status = text(row['status']).toLowerCase()
  return {
    id,
    experiment: text(row['experiment_id']),
    name: text(row['name']),
    user: text(row['user_id']),
    status: runStatuses.find(known => known === status) ?? 'finished',
    startedMs: numberOrNull(row['start_time']),
    endedMs: numberOrNull(row['end_time']),
    deleted: row['lifecycle_stage'] === 'deleted',
    artifacts: text(row['artifact_uri']),
    tags: facts(tags.get(id)),
    params: facts(params.get(id)),
    metricKeys: metrics.map(metric => text(metric['key'])),
    metricState: metrics
      .map(m => [m['key'], m['step'], m['timestamp'], m['value'], m['is_nan']].join())
      .join('\n'),
    datasets: given
      .filter(input => input['source_type'] === 'DATASET')
      .flatMap(input => datasetOf(input, inputs)),
    modelInputs: models
      .filter(input => input['source_type'] === 'RUN_INPUT')
      .map(input => text(input['destination_id'])),
    modelOutputs: models
      .filter(output => output['source_type'] === 'RUN_OUTPUT')
      .map(output => ({ modelId: text(output['destination_id']), step: Number(output['step'] ?? 0) })),
  }
}

function datasetOf(input: Row, { tags, datasets }: RunParts['inputs']): readonly SourceDataset[] {
  return (datasets.get(text(input['source_id'])) ?? []).map(row => ({
    name: text(row['name']),
    digest: text(row['digest']),
    sourceType: text(row['dataset_source_type']),
    source: text(row['dataset_source']),
    schema: textOrNull(row['dataset_schema']),
    profile: textOrNull(row['dataset_profile']),
    tags: facts(tags.get(text(input['input_uuid'])), 'name'),
  }))
}

/** Numbers of MLflow's LoggedModelStatus. */
const loggedModelStatuses = new Map<number, SourceLoggedModel['status']>([
  [1, 'pending'],
  [2, 'ready'],
  [3, 'upload_failed'],
])

export function loggedModelOf(
  row: Row,
  { params, tags, metrics }: { readonly params: Groups; readonly tags: Groups; readonly metrics: Groups },
): SourceLoggedModel {
  const id = text(row['model_id'])
  return {
    id,
    experiment: text(row['experiment_id']),
    name: text(row['name']),
    modelType: text(row['model_type']),
    sourceRun: textOrNull(row['source_run_id']),
    status: loggedModelStatuses.get(Number(row['status'])) ?? 'pending',
    deleted: row['lifecycle_stage'] === 'deleted',
    createdMs: Number(row['creation_timestamp_ms']),
    updatedMs: Number(row['last_updated_timestamp_ms']),
    artifacts: text(row['artifact_location']),
    params: facts(params.get(id), 'param_key', 'param_value'),
    tags: facts(tags.get(id), 'tag_key', 'tag_value'),
    metrics: (metrics.get(id) ?? []).map(metric => ({
      key: text(metric['metric_name']),
      value: numberOrNull(metric['metric_value']),
      step: Number(metric['metric_step']),
      ms: Number(metric['metric_timestamp_ms']),
      run: text(metric['run_id']),
      datasetName: textOrNull(metric['dataset_name']),
      datasetDigest: textOrNull(metric['dataset_digest']),
    })),
  }
}

const versionStatuses = new Map<string, SourceVersion['status']>([
  ['PENDING_REGISTRATION', 'pending'],
  ['FAILED_REGISTRATION', 'failed'],
])

export function versionOf(row: Row, tagsOf: Groups): SourceVersion {
  const source = text(row['source'])
  return {
    version: Number(row['version']),
    createdMs: Number(row['creation_time']),
    updatedMs: Number(row['last_updated_time'] ?? row['creation_time']),
    description: text(row['description']),
    source,
    run: textOrNull(row['run_id']),
    loggedModel: /^models:\/(m-[0-9a-f]{32})/.exec(source)?.[1] ?? null,
    runLink: textOrNull(row['run_link']),
    status: versionStatuses.get(text(row['status'])) ?? 'ready',
    stage: text(row['current_stage']) || 'None',
    tags: facts(tagsOf.get(String(row['version']))),
  }
}
