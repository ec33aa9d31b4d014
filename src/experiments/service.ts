import { type AuditStores, auditWriter, localPrincipal, type Principal } from '../governance/index.ts'
import type { Clock } from '../kernel/clock.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { newId } from '../kernel/ids.ts'
import type { Page, PageRequest, UnitOfWork } from '../kernel/unit-of-work.ts'
import type {
  ArtifactEntry,
  Experiment,
  ExperimentRun,
  ExperimentRunState,
  LogBatch,
  MetricPoint,
} from './model.ts'
import type { ExperimentStore, ExperimentSummary } from './ports.ts'
import { assertArtifact, assertBatch, assertTitle } from './validate-batch.ts'

/** The part of the platform's stores that experiments use. */
export interface ExperimentStores extends AuditStores {
  readonly experiments: ExperimentStore
}

/** The part of the object store that experiments use. */
export interface ArtifactObjects {
  has(hash: string): Promise<boolean>
  putBytes(bytes: Uint8Array): Promise<{ readonly hash: string; readonly bytes: number }>
}

export interface NewRun {
  /** Made when it does not exist. */
  readonly experiment: string
  readonly name: string
  readonly pipelineRun?: string
  readonly trainingSet?: string
  readonly tags?: Readonly<Record<string, string>>
}

/** Every change takes the one who makes it; `local` when left out. */
export interface ExperimentService {
  ensureExperiment(name: string, principal?: Principal): Promise<Experiment>
  list(page: PageRequest): Promise<Page<ExperimentSummary>>
  startRun(run: NewRun, principal?: Principal): Promise<ExperimentRun>
  /** Throws EXPERIMENT_RUN_UNKNOWN. */
  getRun(id: string): Promise<ExperimentRun>
  /** orderBy: `started` (default, newest first) or `metric.<key> desc|asc`. Throws EXPERIMENT_UNKNOWN, ORDER_INVALID. */
  listRuns(
    query: PageRequest & { readonly experiment: string; readonly orderBy?: string },
  ): Promise<Page<ExperimentRun>>
  /**
   * All of the batch or nothing; sending it again changes nothing, also after the run has ended. Throws PARAM_CHANGED,
   * RUN_FINISHED, LOG_INVALID.
   */
  log(run: string, batch: LogBatch, principal?: Principal): Promise<void>
  /** Ending a run twice in the same state is a no-op. Throws RUN_FINISHED for another state. */
  finishRun(
    id: string,
    state: Exclude<ExperimentRunState, 'running'>,
    principal?: Principal,
  ): Promise<ExperimentRun>
  /** Points by (time, step, value); empty for a key never logged. */
  metricHistory(run: string, key: string): Promise<readonly MetricPoint[]>
  /** Names stored objects as files of the run. Throws OBJECT_UNKNOWN, ARTIFACT_PATH_INVALID. */
  addArtifacts(run: string, entries: readonly ArtifactEntry[], principal?: Principal): Promise<void>
  /** Stores the bytes and names them as a file of the run. */
  putArtifact(run: string, path: string, bytes: Uint8Array): Promise<ArtifactEntry>
  listArtifacts(run: string): Promise<readonly ArtifactEntry[]>
}

export interface ExperimentDeps {
  readonly uow: UnitOfWork<ExperimentStores>
  readonly clock: Clock
  readonly objects: ArtifactObjects
}

export function createExperimentService(deps: ExperimentDeps): ExperimentService {
  const { uow, objects } = deps
  const service: ExperimentService = {
    ensureExperiment: (name, principal = localPrincipal) =>
      uow.transaction(stores => ensureExperiment(deps, stores, { name, principal })),
    list: page => uow.read.experiments.listExperiments(page),
    startRun: (run, principal = localPrincipal) => startRun(deps, run, principal),
    getRun: async id => (await uow.read.experiments.findRun(id)) ?? unknownRun(id),
    async listRuns(query) {
      if ((await uow.read.experiments.findExperiment(query.experiment)) === undefined)
        throw new FettleError('EXPERIMENT_UNKNOWN', `There is no experiment "${query.experiment}"`)
      return uow.read.experiments.listRuns(query)
    },
    log: (run, batch, principal = localPrincipal) => logBatch(deps, { run, batch, principal }),
    finishRun: (run, state, principal = localPrincipal) => finishRun(deps, { run, state, principal }),
    async metricHistory(run, key) {
      await service.getRun(run)
      return uow.read.experiments.metricHistory(run, key)
    },
    addArtifacts: (run, entries, principal = localPrincipal) =>
      addArtifacts(deps, { run, entries, principal }),
    async putArtifact(run, path, bytes) {
      const entry = { path, ...(await objects.putBytes(bytes)) }
      await service.addArtifacts(run, [entry])
      return entry
    },
    async listArtifacts(run) {
      await service.getRun(run)
      return uow.read.experiments.listArtifacts(run)
    },
  }
  return service
}

function unknownRun(id: string): never {
  throw new FettleError('EXPERIMENT_RUN_UNKNOWN', `There is no experiment run ${id}`)
}

async function ensureExperiment(
  { clock }: ExperimentDeps,
  stores: ExperimentStores,
  { name, principal }: { name: string; principal: Principal },
): Promise<Experiment> {
  assertTitle('experiment', name)
  const known = await stores.experiments.findExperiment(name)
  if (known !== undefined) return known
  const experiment = await stores.experiments.ensureExperiment(name, clock.nowMicros())
  const audit = auditWriter(clock, principal)
  await audit(stores, {
    action: 'experiment.created',
    object: `experiment:${name}`,
    details: { id: experiment.id },
  })
  return experiment
}

async function startRun(deps: ExperimentDeps, start: NewRun, principal: Principal): Promise<ExperimentRun> {
  assertTitle('run', start.name)
  assertBatch({ tags: start.tags ?? {} })
  return deps.uow.transaction(async stores => {
    const { name: experiment } = await ensureExperiment(deps, stores, { name: start.experiment, principal })
    const run = {
      id: newId('run'),
      experiment,
      name: start.name,
      state: 'running',
      startedAt: deps.clock.nowMicros(),
      finishedAt: null,
      tags: start.tags ?? {},
      pipelineRun: start.pipelineRun ?? null,
      trainingSet: start.trainingSet ?? null,
    } as const
    await stores.experiments.insertRun(run)
    const { pipelineRun, trainingSet } = run
    await auditWriter(deps.clock, principal)(stores, {
      action: 'experiment-run.started',
      object: `experiment-run:${run.id}`,
      details: { experiment, name: run.name, pipelineRun, trainingSet },
    })
    return { ...run, params: {}, metrics: {} }
  })
}

interface LogRequest {
  readonly run: string
  readonly batch: LogBatch
  readonly principal: Principal
}

async function logBatch(
  { uow, clock }: ExperimentDeps,
  { run, batch, principal }: LogRequest,
): Promise<void> {
  assertBatch(batch)
  await uow.transaction(async stores => {
    const { state } = (await stores.experiments.lockRun(run)) ?? unknownRun(run)
    const { params, metrics, tags } = await stores.experiments.log(run, batch)
    if (params + metrics + tags === 0) return
    if (state !== 'running') throw ended(run, state)
    await auditWriter(clock, principal)(stores, {
      action: 'experiment-run.logged',
      object: `experiment-run:${run}`,
      details: { params, metrics, tags },
    })
  })
}

function ended(run: string, state: ExperimentRunState): FettleError {
  return new FettleError('RUN_FINISHED', `Run ${run} has ended as ${state} and cannot change`)
}

interface FinishRequest {
  readonly run: string
  readonly state: Exclude<ExperimentRunState, 'running'>
  readonly principal: Principal
}

const endStates: readonly string[] = ['finished', 'failed', 'killed'] satisfies ExperimentRunState[]

async function finishRun(
  { uow, clock }: ExperimentDeps,
  { run, state, principal }: FinishRequest,
): Promise<ExperimentRun> {
  if (!endStates.includes(state)) throw new FettleError('STATE_INVALID', `A run cannot end as "${state}"`)
  return uow.transaction(async stores => {
    const before = (await stores.experiments.lockRun(run)) ?? unknownRun(run)
    if (before.state === state) return before
    if (before.state !== 'running') throw ended(run, before.state)
    const finishedAt = clock.nowMicros()
    await stores.experiments.finishRun(run, state, finishedAt)
    await auditWriter(clock, principal)(stores, {
      action: `experiment-run.${state}`,
      object: `experiment-run:${run}`,
      details: {},
    })
    return { ...before, state, finishedAt }
  })
}

interface ArtifactRequest {
  readonly run: string
  readonly entries: readonly ArtifactEntry[]
  readonly principal: Principal
}

async function addArtifacts(
  { uow, clock, objects }: ExperimentDeps,
  request: ArtifactRequest,
): Promise<void> {
  const { run, entries, principal } = request
  for (const entry of entries) {
    assertArtifact(entry)
    if (!(await objects.has(entry.hash)))
      throw new FettleError(
        'OBJECT_UNKNOWN',
        `Artifact "${entry.path}" names ${entry.hash}, which is not stored`,
        {
          hint: 'Store the bytes first, then send the hash the store answered.',
        },
      )
  }
  await uow.transaction(async stores => {
    if (!(await stores.experiments.lockRun(run))) unknownRun(run)
    // A run that has ended may still be given files: what it made is often stored after it.
    const added = await stores.experiments.addArtifacts(run, entries)
    if (added === 0) return
    await auditWriter(clock, principal)(stores, {
      action: 'experiment-run.artifacts-added',
      object: `experiment-run:${run}`,
      details: { added },
    })
  })
}
