import type {
  Purge,
  SavedView,
  SavedViewService,
  TrackedRun,
  TrackingService,
} from '../../src/experiments/index.ts'
import { FettleError } from '../../src/kernel/errors/index.ts'
import type { ModelRecord, RegistryRecords, VersionRecord, WebhookService } from '../../src/registry/index.ts'
import type { Imports } from '../../src/server/handlers/tracking-import.ts'
import { hash, now } from './sample-records.ts'

const unused = () => Promise.reject(new Error('not part of this test'))

export const fakeWebhooks: WebhookService = {
  create: unused,
  get: unused,
  list: unused,
  update: unused,
  remove: unused,
  test: unused,
}

const experiment = {
  id: '1',
  name: 'late',
  artifactLocation: 'mlflow-artifacts:/1',
  lifecycle: 'active' as const,
  owner: 'local',
  createdAt: now,
  updatedAt: now,
  tags: {},
}
const point = { key: 'loss', value: Number.NaN, step: 3, at: now }

export const trackedRun: TrackedRun = {
  id: 'run_1',
  experiment: '1',
  name: 'boosting',
  user: 'local',
  status: 'running',
  startedAt: now,
  endedAt: null,
  lifecycle: 'active',
  artifactLocation: 'mlflow-artifacts:/1/run_1/artifacts',
  parent: null,
  forkOf: null,
  pipelineRun: null,
  trainingSet: null,
  liveness: { state: 'lost', inferred: true, since: now },
  tags: { team: 'ops' },
  params: { depth: '4' },
  metrics: [point],
  datasets: [],
  modelInputs: [],
  modelOutputs: [{ modelId: 'm-1', step: 0 }],
  revision: 1,
}

const getRun = async (id: string) => {
  if (id !== trackedRun.id) throw new FettleError('EXPERIMENT_RUN_UNKNOWN', `there is no run ${id}`)
  return trackedRun
}
type Called = (name: string, args: unknown) => void

/** Tracking with one experiment and one run; what changes is only noted. */
export function fakeTracking(called: Called): TrackingService {
  return {
    experiments: {
      ...{ create: unused, remove: unused, restore: unused, rename: unused },
      ...{ setTag: unused, removeTag: unused },
      get: async () => experiment,
      ensure: async () => experiment,
      statistics: async () => new Map([['1', { runs: 1, lastRunAt: null }]]),
      getByName: async name => {
        if (name !== 'late') throw new FettleError('EXPERIMENT_UNKNOWN', `there is no experiment ${name}`)
        return experiment
      },
      search: async () => ({ items: [experiment], next: 'more' }),
    },
    runs: {
      ...{ document: unused, search: unused, logInputs: unused },
      ...{ logOutputs: unused, historyAtSteps: unused, datasets: unused, heartbeat: unused },
      create: async run => {
        called('trackRun', run)
        return { ...trackedRun, name: run.name ?? '', tags: { ...run.tags } }
      },
      many: ids => Promise.all(ids.map(getRun)),
      history: async ({ key }) => ({ items: key === 'loss' ? [point] : [] }),
      get: getRun,
      head: getRun,
      outline: getRun,
      update: async (id, change) => {
        called('update', { id, change })
        return getRun(id)
      },
      remove: async id => {
        await getRun(id)
        called('removeRun', id)
      },
      restore: async id => {
        await getRun(id)
        called('restoreRun', id)
      },
      log: async (id, batch) => {
        await getRun(id)
        called('log', { run: id, batch })
      },
      removeTag: async (_id, key) => called('removeTag', key),
      select: async ({ columns, filter }) => {
        const values = columns.map((_, index) => [Number.NaN, 'text', null][index % 3] ?? null)
        return { items: filter?.startsWith('metrics.los ') ? [] : [{ ...trackedRun, values }] }
      },
      count: async ({ precision }) => ({ count: 1, exact: precision === 'exact' }),
      keys: async ({ limit }) => ['auc', 'loss'].slice(0, limit),
      metricNames: async ({ run }) => {
        await getRun(run)
        return { names: ['loss'], total: 1 }
      },
      summaries: async () => [
        { key: 'loss', count: 1, first: point, latest: point, least: null, greatest: null },
      ],
      curve: async () => ({ points: [point], sampled: true, of: 9 }),
    },
    loggedModels: {
      ...{ create: unused, finish: unused, remove: unused, setTags: unused, removeTag: unused },
      ...{ logParams: unused, search: unused },
      get: async id => {
        throw new FettleError('LOGGED_MODEL_UNKNOWN', `there is no logged model ${id}`)
      },
    },
    artifacts: {
      ...{ put: unused, remove: unused, resolve: unused },
      add: async (owner, files) => called('addArtifacts', { owner, files }),
      all: async () => [{ path: 'model/model.onnx', hash, bytes: 3, at: now }],
      list: async () => [{ path: 'model', folder: true, bytes: null }],
      find: async (_owner, path) => {
        if (path !== 'a.txt') throw new FettleError('ARTIFACT_UNKNOWN', `there is no ${path}`)
        return { path, hash, bytes: 5, at: now }
      },
      async *read(_file, { start, end } = { start: 0, end: 5 }) {
        yield new TextEncoder().encode('hello').slice(start, end)
      },
    },
  }
}

const record: ModelRecord = {
  id: 'mdl_1',
  name: 'late',
  description: '',
  kind: 'model',
  createdAt: now,
  updatedAt: now,
  tags: {},
  aliases: { champion: 1 },
}
const version: VersionRecord = {
  model: 'late',
  version: 1,
  createdAt: now,
  updatedAt: now,
  description: '',
  source: 'runs:/run_1/model',
  location: '',
  run: 'run_1',
  loggedModel: null,
  runLink: null,
  status: 'ready',
  stage: 'Staging',
  tags: {},
  aliases: ['champion'],
  format: 'mlflow',
  files: [{ path: 'model.pkl', hash, bytes: 3 }],
  signature: null,
  signatureGap: null,
  executesCode: ['model.pkl'],
  digest: hash,
}

/** A registry with one model of one version. */
export function fakeRecords(called: Called): RegistryRecords {
  const get = async (name: string) => {
    if (name !== 'late') throw new FettleError('MODEL_UNKNOWN', `there is no model ${name}`)
    return record
  }
  return {
    models: {
      ...{
        create: unused,
        rename: unused,
        describe: unused,
        remove: unused,
        setTag: unused,
        removeTag: unused,
      },
      get,
      search: async () => ({ items: [record] }),
    },
    versions: {
      ...{
        create: unused,
        get: unused,
        latest: unused,
        latestOf: unused,
        describe: unused,
        setTag: unused,
        removeTag: unused,
      },
      setStage: unused,
      search: async () => ({ items: [version] }),
      remove: async name => {
        if (name.version === 2) throw new FettleError('VERSION_IN_USE', 'release 1 refers to it')
        called('removeVersion', name)
      },
      dependents: async () => [{ kind: 'release', name: 'late 1' }],
    },
    aliases: {
      ...{ set: unused, remove: unused, get: unused },
      history: async () => [
        { model: 'late', alias: 'champion', version: 1, at: now, by: 'local', reason: '' },
      ],
      at: async ({ at }) => (at >= now ? 1 : null),
    },
  }
}

const view: SavedView = {
  id: 'view_1',
  experiment: '1',
  name: 'best',
  owner: 'local',
  version: 1,
  at: now,
  by: 'local',
  content: { columns: ['metrics.gone'] },
}

export function fakeViews(called: Called): SavedViewService {
  const get = async (id: string) => {
    if (id !== view.id) throw new FettleError('VIEW_UNKNOWN', `there is no view ${id}`)
    return view
  }
  return {
    get,
    create: async made => ({ ...view, ...made }),
    change: async ({ id }) => get(id),
    remove: async id => {
      await get(id)
      called('removeView', id)
    },
    list: async () => [view],
    versions: async () => [view],
    vanished: async () => ['metrics.gone'],
  }
}

export const fakePurge: Purge = {
  purge: async () => ({ experiments: [], held: [], more: false }),
}

export const fakeImports: Imports = {
  tracking: {
    ...{ experiment: unused, run: unused, points: unused, links: unused, loggedModel: unused },
    ...{ remove: unused },
  },
  registry: { model: unused },
}
