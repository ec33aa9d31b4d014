import type {
  FileOwner,
  MlflowSource,
  SourceExperiment,
  SourceFile,
  SourceLoggedModel,
  SourcePoint,
  SourceRun,
} from './model.ts'
import { createRest, type Json, type MlflowRest, NotThere, type RestOptions } from './rest.ts'
import {
  experimentOf,
  listOf,
  loggedModelOf,
  modelOf,
  partOf,
  runOf,
  textOf,
  versionOf,
  writtenValue,
} from './rest-records.ts'

const api = '/api/2.0/mlflow'
const pageRuns = 500
const prompts = "tags.`mlflow.prompt.is_prompt` = 'true'"

/** A server can also be asked for one thing. */
export interface RestSource extends MlflowSource {
  /** Undefined where it is not known, or deleted for good. */
  run(id: string): Promise<SourceRun | undefined>
  loggedModel(id: string): Promise<SourceLoggedModel | undefined>
  /** Ids of at most 1 000 active runs, in no order that matters. */
  find(experiment: string, filter: string): Promise<readonly string[]>
}

/** Another server, by MLflow's REST API. Deleted logged models and versions are not to be had by it. */
export async function openRestSource(options: RestOptions): Promise<RestSource> {
  const rest = createRest(options)
  await rest.get(`${api}/experiments/search`, { max_results: '1' })
  return {
    label: options.url,
    filesAreNear: false,
    experiments: async () => {
      const found: SourceExperiment[] = []
      for await (const row of pages(rest, 'experiments', {
        view_type: 'ALL',
        max_results: 1000,
        order_by: ['experiment_id'],
      }))
        found.push(experimentOf(row))
      return found
    },
    runs: async function* ({ id }) {
      const query = { experiment_ids: [id], run_view_type: 'ALL', max_results: pageRuns }
      for await (const row of pages(rest, 'runs', query)) yield runOf(row)
    },
    links: async run => runOf(partOf((await rest.get(`${api}/runs/get`, { run_id: run.id }))['run'])),
    points: async function* (run) {
      for (const key of run.metricKeys) yield* history(rest, run.id, key)
    },
    loggedModels: async function* ({ id }) {
      try {
        for await (const row of pages(
          rest,
          'logged-models',
          { experiment_ids: [id], max_results: 50 },
          'models',
        ))
          yield loggedModelOf(row)
      } catch (error) {
        // Lines before the third have none.
        if (!(error instanceof NotThere)) throw error
      }
    },
    models: async function* () {
      for (const filter of ['', prompts])
        for await (const row of listed(rest, 'registered-models', { filter }, 'registered_models')) {
          const versions: Json[] = []
          const named = `name = ${quoted(textOf(row['name']))}${filter === '' ? '' : ` AND ${filter}`}`
          for await (const version of listed(rest, 'model-versions', { filter: named }, 'model_versions'))
            versions.push(version)
          yield modelOf(
            row,
            versions.map(versionOf).sort((a, b) => a.version - b.version),
          )
        }
    },
    files: owner => filesOf(rest, owner),
    notMapped: async () => ({}),
    close: async () => {},
    ...singles(rest),
  }
}

function singles(rest: MlflowRest): Pick<RestSource, 'run' | 'loggedModel' | 'find'> {
  const known = async (path: string, query: Readonly<Record<string, string>>) =>
    rest.get(`${api}/${path}`, query).catch((error: unknown) => {
      if (error instanceof NotThere) return undefined
      throw error
    })
  return {
    run: async id => {
      const answer = await known('runs/get', { run_id: id })
      return answer && runOf(partOf(answer['run']))
    },
    loggedModel: async id => {
      const answer = await known(`logged-models/${id}`, {})
      return answer && loggedModelOf(partOf(answer['model']))
    },
    find: async (experiment, filter) => {
      const { runs } = await rest.post(`${api}/runs/search`, {
        ...{ experiment_ids: [experiment], filter, max_results: 1000, order_by: ['attributes.run_id'] },
      })
      return listOf(runs).map(row => runOf(row).id)
    },
  }
}

const quoted = (name: string) => (name.includes("'") ? `"${name}"` : `'${name}'`)

/** All pages of a search that is a POST. */
async function* pages(rest: MlflowRest, what: string, query: Json, list = what): AsyncIterable<Json> {
  for (let token = ''; ; ) {
    const answer = await rest.post(`${api}/${what}/search`, {
      ...query,
      ...(token === '' ? {} : { page_token: token }),
    })
    yield* listOf(answer[list])
    token = textOf(answer['next_page_token'])
    if (token === '') return
  }
}

/** All pages of a search that is a GET. */
async function* listed(
  rest: MlflowRest,
  what: string,
  query: Readonly<Record<string, string>>,
  list: string,
): AsyncIterable<Json> {
  for (let token = ''; ; ) {
    const given = { ...query, max_results: '500', page_token: token }
    const answer = await rest.get(
      `${api}/${what}/search`,
      Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')),
    )
    yield* listOf(answer[list])
    token = textOf(answer['next_page_token'])
    if (token === '') return
  }
}

async function* history(rest: MlflowRest, run: string, key: string): AsyncIterable<readonly SourcePoint[]> {
  for (let token = ''; ; ) {
    const answer = await rest.get(`${api}/metrics/get-history`, {
      run_id: run,
      metric_key: key,
      max_results: '1000',
      ...(token === '' ? {} : { page_token: token }),
    })
    const points = listOf(answer['metrics']).map(
      (point): SourcePoint => [
        key,
        Number(point['step'] ?? 0),
        Number(point['timestamp'] ?? 0),
        writtenValue(point['value']),
      ],
    )
    if (points.length > 0) yield points
    token = textOf(answer['next_page_token'])
    if (token === '') return
  }
}

async function* filesOf(rest: MlflowRest, owner: FileOwner, below = ''): AsyncIterable<SourceFile> {
  const listing =
    owner.kind === 'run'
      ? rest.get(`${api}/artifacts/list`, { run_id: owner.id, ...(below === '' ? {} : { path: below }) })
      : rest.get(
          `${api}/logged-models/${owner.id}/artifacts/directories`,
          below === '' ? {} : { artifact_directory_path: below },
        )
  for (const file of listOf((await listing)['files'])) {
    const path = textOf(file['path'])
    if (path === below) continue
    if (file['is_dir'] === true) {
      yield* filesOf(rest, owner, path)
      continue
    }
    const open = () =>
      owner.kind === 'run'
        ? rest.bytes('/get-artifact', { run_uuid: owner.id, path })
        : rest.bytes(`/ajax-api/2.0/mlflow/logged-models/${owner.id}/artifacts/files`, {
            artifact_file_path: path,
          })
    yield { path, bytes: Number(file['file_size'] ?? 0), mark: '', open }
  }
}
