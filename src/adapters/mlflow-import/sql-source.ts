import { folderFiles, folderOf } from './local-files.ts'
import {
  type MlflowSource,
  type SourceExperiment,
  type SourceLoggedModel,
  type SourceModel,
  type SourcePoint,
  type SourceRun,
  slices,
} from './model.ts'
import { loggedModelOf, runOf, versionOf } from './sql-records.ts'
import { type Row, rowsBy, type SqlReader } from './sql-rows.ts'

const pageRows = 500

/** MLflow's own tables, of any version since 1.0: what a version does not have yet is empty. */
export async function openSqlSource(
  reader: SqlReader,
  { label, artifacts }: { readonly label: string; readonly artifacts?: string | undefined },
): Promise<MlflowSource> {
  const tables = await reader.tables()
  const all = (table: string, rest = '', values: readonly string[] = []): Promise<readonly Row[]> =>
    tables.has(table) ? reader.all(`select * from ${table} ${rest}`, values) : Promise.resolve([])
  const source: MlflowSource = {
    label,
    filesAreNear: true,
    experiments: async () => {
      const tags = rowsBy(await all('experiment_tags'), 'experiment_id')
      return (await all('experiments', 'order by experiment_id')).map(row => experimentOf(row, tags))
    },
    runs: experiment => runsOf(all, experiment),
    links: async run => run,
    points: run => pointsOf(reader, run),
    loggedModels: experiment => loggedModelsOf(all, experiment),
    models: () => modelsOf(all),
    files: owner => folderFiles(folderOf(owner.artifacts, artifacts)),
    notMapped: () => countsOf(reader, tables),
    close: () => reader.close(),
  }
  return source
}

type All = (table: string, rest?: string, values?: readonly string[]) => Promise<readonly Row[]>
const marks = (values: readonly unknown[]) => values.map(() => '?').join(', ')

function experimentOf(row: Row, tags: ReturnType<typeof rowsBy>): SourceExperiment {
  const id = String(row['experiment_id'])
  return {
    id,
    name: String(row['name']),
    deleted: row['lifecycle_stage'] === 'deleted',
    createdMs: row['creation_time'] == null ? null : Number(row['creation_time']),
    updatedMs: row['last_update_time'] == null ? null : Number(row['last_update_time']),
    tags: Object.fromEntries(
      (tags.get(id) ?? []).map(tag => [String(tag['key']), String(tag['value'] ?? '')]),
    ),
  }
}

async function* runsOf(all: All, { id }: SourceExperiment): AsyncIterable<SourceRun> {
  for (let after = ''; ; ) {
    const rows = await all(
      'runs',
      `where experiment_id = ? and run_uuid > ? order by run_uuid limit ${pageRows}`,
      [id, after],
    )
    if (rows.length === 0) return
    const ids = rows.map(row => String(row['run_uuid']))
    const within = `where run_uuid in (${marks(ids)})`
    const [params, tags, latest] = [
      rowsBy(await all('params', within, ids), 'run_uuid'),
      rowsBy(await all('tags', within, ids), 'run_uuid'),
      rowsBy(await all('latest_metrics', `${within} order by "key"`, ids), 'run_uuid'),
    ]
    const inputs = await inputsOf(all, ids)
    for (const row of rows) yield runOf(row, { params, tags, latest, inputs })
    after = ids.at(-1) ?? after
  }
}

/** Rows of `inputs`, which link datasets and models to runs both ways, with the dataset and tags of each. */
async function inputsOf(all: All, runs: readonly string[]) {
  const given = await all('inputs', `where destination_id in (${marks(runs)})`, runs)
  const models = await all('inputs', `where source_id in (${marks(runs)})`, runs)
  const uuids = given.map(row => String(row['input_uuid']))
  const datasets = given.filter(row => row['source_type'] === 'DATASET').map(row => String(row['source_id']))
  const [tags, found] = [[], []] as [Row[], Row[]]
  for (const some of slices(uuids, pageRows))
    tags.push(...(await all('input_tags', `where input_uuid in (${marks(some)})`, some)))
  for (const some of slices(datasets, pageRows))
    found.push(...(await all('datasets', `where dataset_uuid in (${marks(some)})`, some)))
  return {
    given: rowsBy(given, 'destination_id'),
    models: rowsBy(models, 'source_id'),
    tags: rowsBy(tags, 'input_uuid'),
    datasets: rowsBy(found, 'dataset_uuid'),
  }
}

async function* pointsOf(reader: SqlReader, run: SourceRun): AsyncIterable<readonly SourcePoint[]> {
  for (const key of run.metricKeys) {
    const rows = await reader.all(
      'select step, "timestamp", "value", is_nan from metrics where run_uuid = ? and "key" = ? order by "timestamp", step',
      [run.id, key],
    )
    const points = rows.map(
      (row): SourcePoint => [
        key,
        Number(row['step']),
        Number(row['timestamp']),
        Number(row['is_nan']) === 1 ? null : Number(row['value']),
      ],
    )
    yield* slices(points, 1_000)
  }
}

async function* loggedModelsOf(all: All, { id }: SourceExperiment): AsyncIterable<SourceLoggedModel> {
  const rows = await all(
    'logged_models',
    'where experiment_id = ? order by creation_timestamp_ms, model_id',
    [id],
  )
  for (const some of slices(rows, pageRows)) {
    const ids = some.map(row => String(row['model_id']))
    const within = `where model_id in (${marks(ids)})`
    const [params, tags, metrics] = [
      rowsBy(await all('logged_model_params', within, ids), 'model_id'),
      rowsBy(await all('logged_model_tags', within, ids), 'model_id'),
      rowsBy(await all('logged_model_metrics', within, ids), 'model_id'),
    ]
    for (const row of some) yield loggedModelOf(row, { params, tags, metrics })
  }
}

async function* modelsOf(all: All): AsyncIterable<SourceModel> {
  const versionTags = await all('model_version_tags')
  const versions = rowsBy(await all('model_versions', 'order by name, version'), 'name')
  const tags = rowsBy(await all('registered_model_tags'), 'name')
  const aliases = rowsBy(await all('registered_model_aliases'), 'name')
  for (const row of await all('registered_models', 'order by name')) {
    const name = String(row['name'])
    const tagsOf = rowsBy(
      versionTags.filter(tag => tag['name'] === name),
      'version',
    )
    yield {
      name,
      description: String(row['description'] ?? ''),
      createdMs: Number(row['creation_time']),
      updatedMs: Number(row['last_updated_time'] ?? row['creation_time']),
      tags: Object.fromEntries(
        (tags.get(name) ?? []).map(tag => [String(tag['key']), String(tag['value'] ?? '')]),
      ),
      aliases: Object.fromEntries(
        (aliases.get(name) ?? []).map(alias => [String(alias['alias']), Number(alias['version'])]),
      ),
      versions: (versions.get(name) ?? [])
        .filter(version => version['current_stage'] !== 'Deleted_Internal')
        .map(version => versionOf(version, tagsOf)),
    }
  }
}

const unmapped = {
  trace_info: 'traces',
  assessments: 'assessments',
  evaluation_datasets: 'evaluation datasets',
  scorers: 'scorers',
  endpoints: 'gateway endpoints',
  webhooks: 'webhooks',
} as const

async function countsOf(
  reader: SqlReader,
  tables: ReadonlySet<string>,
): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {}
  for (const [table, words] of Object.entries(unmapped)) {
    if (!tables.has(table)) continue
    const [row] = await reader.all(`select count(*) as n from ${table}`, [])
    if (Number(row?.['n']) > 0) counts[words] = Number(row?.['n'])
  }
  return counts
}
