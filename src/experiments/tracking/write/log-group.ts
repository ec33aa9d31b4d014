import type { Principal } from '../../../governance/index.ts'
import { FettleError } from '../../../kernel/errors/index.ts'
import type { Micros } from '../../../kernel/time.ts'
import type { CheckedBatch } from '../limits.ts'
import { assertOwnRun } from '../own-runs.ts'
import type { ModelPoint, RunChange, TrackingStore, TrackingStores } from '../ports.ts'
import { deletedRun, unknownModel, unknownRun } from '../refusals.ts'
import { type Applied, applyBatch } from './apply-batch.ts'
import { type LoadedRun, loadStates } from './load-states.ts'
import type { RunStates } from './run-state.ts'
import { writeSeries } from './write-series.ts'

export interface LogRequest {
  readonly run: string
  readonly batch: CheckedBatch
  readonly principal: Principal
}

/** Requests of one commit, applied one after another: each whole, or refused and without effect. */
export async function logGroup(
  { tracking, audit }: TrackingStores,
  requests: readonly LogRequest[],
  { states, now }: { readonly states: RunStates; readonly now: Micros },
): Promise<{
  readonly refusals: readonly (FettleError | undefined)[]
  /** Their points that were added are pending. */
  readonly changed: readonly LoadedRun[]
  /** Keeps what is known of the runs; only to be called once the commit is durable. */
  keep(): void
}> {
  const runs = await loadRuns(tracking, requests, states)
  const models = await tracking.modelRefs(modelIds(requests))
  const changes = new Map<string, RunLog>()
  const refusals = requests.map(request => refusalOf(() => apply(request, { runs, models, changes })))
  const changed = [...changes.values()]
  await write(tracking, changed, now)
  await audit.appendAll(changed.flatMap(each => auditEvents(each, now)))
  return {
    refusals,
    changed,
    keep() {
      for (const { run, state } of runs.values()) {
        for (const series of state.series.values()) {
          if (series === null || series.pending.length === 0) continue
          series.pending = []
          series.identities = undefined
          series.isChanged = false
        }
        states.put(run.id, { ...state, revision: run.revision + Number(changes.has(run.id)) })
      }
    },
  }
}

async function loadRuns(
  tracking: TrackingStore,
  requests: readonly LogRequest[],
  states: RunStates,
): Promise<ReadonlyMap<string, LoadedRun>> {
  const batches = new Map<string, CheckedBatch[]>()
  for (const { run, batch } of requests) {
    const known = batches.get(run)
    if (known === undefined) batches.set(run, [batch])
    else known.push(batch)
  }
  const loaded = (await tracking.runs.find([...batches.keys()])).map(run => ({
    run,
    state: states.take(run),
    batches: batches.get(run.id) ?? [],
  }))
  await loadStates(tracking, loaded)
  return new Map<string, LoadedRun>(loaded.map(each => [each.run.id, each]))
}

function modelIds(requests: readonly LogRequest[]): readonly string[] {
  const ids = new Set<string>()
  for (const { batch } of requests)
    for (const { modelId } of batch.metrics) if (modelId !== undefined) ids.add(modelId)
  return [...ids]
}

/** All that the group changes of one run. */
interface RunLog extends LoadedRun {
  readonly params: Set<string>
  readonly tags: Set<string>
  /** A point of a logged model still has the name of its key. */
  readonly modelPoints: (Omit<ModelPoint, 'key'> & { readonly name: string })[]
  readonly applied: Map<string, Applied[]>
}

interface Group {
  readonly runs: ReadonlyMap<string, LoadedRun>
  readonly models: ReadonlyMap<string, number>
  readonly changes: Map<string, RunLog>
}

function refusalOf(work: () => void): FettleError | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    if (error instanceof FettleError) return error
    throw error
  }
}

function apply({ run: id, batch, principal }: LogRequest, { runs, models, changes }: Group): void {
  const loaded = runs.get(id)
  if (loaded === undefined) throw unknownRun(id)
  if (loaded.run.deleted) throw deletedRun(id)
  assertOwnRun(principal, loaded.run)
  const modelPoints = batch.metrics.flatMap(({ modelId, dataset, key, step, at, value }) => {
    if (modelId === undefined) return []
    const model = models.get(modelId)
    if (model === undefined) throw unknownModel(modelId)
    const [datasetName, datasetDigest] = [dataset?.name ?? '', dataset?.digest ?? '']
    return [{ model, name: key, datasetName, datasetDigest, step, at, value, run: id }]
  })
  const applied = applyBatch(id, loaded.state, batch)
  const isNothing = applied.params.length + applied.tags.length + applied.points + modelPoints.length === 0
  if (isNothing && loaded.run.cause !== 'lost') return
  const known = changes.get(id)
  const log: RunLog = known ?? {
    ...loaded,
    params: new Set(),
    tags: new Set(),
    modelPoints: [],
    applied: new Map(),
  }
  changes.set(id, log)
  for (const key of applied.params) log.params.add(key)
  for (const key of applied.tags) log.tags.add(key)
  log.modelPoints.push(...modelPoints)
  log.applied.set(principal.name, [...(log.applied.get(principal.name) ?? []), applied])
}

async function write(tracking: TrackingStore, logs: readonly RunLog[], now: Micros): Promise<void> {
  if (logs.length === 0) return
  const keys = await tracking.ensureKeys(changedKeys(logs))
  const keyOf = (name: string) => keys.get(name) ?? 0
  for (const kind of ['params', 'tags'] as const) {
    const facts = logs.flatMap(({ run: { ref: run, experiment }, state, [kind]: names }) =>
      [...names].map(name => ({ run, key: keyOf(name), experiment, value: state[kind].get(name) ?? '' })),
    )
    await tracking.facts.write(kind, facts)
  }
  await writeSeries(tracking.series, logs, keyOf)
  await tracking.writeModelPoints(
    logs.flatMap(({ modelPoints }) =>
      modelPoints.map(({ name, ...point }) => ({ ...point, key: keyOf(name) })),
    ),
  )
  const plain: number[] = []
  for (const log of logs) {
    const change = runChange(log)
    if (change === undefined) plain.push(log.run.ref)
    else await tracking.runs.change([log.run.ref], { ...change, seenAt: now })
  }
  await tracking.runs.change(plain, { seenAt: now })
}

function changedKeys(logs: readonly RunLog[]): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { params, tags, state, modelPoints } of logs) {
    for (const key of params) names.add(key)
    for (const key of tags) names.add(key)
    for (const [key, series] of state.series) if (series !== null && series.pending.length > 0) names.add(key)
    for (const { name } of modelPoints) names.add(name)
  }
  return names
}

/** What tags mean to the run itself, and that a run taken for lost was not. */
function runChange({ run, state, tags }: RunLog): RunChange | undefined {
  const name = tags.has('mlflow.runName') ? state.tags.get('mlflow.runName') : undefined
  const parent = tags.has('mlflow.parentRunId') ? state.tags.get('mlflow.parentRunId') : undefined
  const change: RunChange = {
    ...(name == null ? {} : { name }),
    ...(parent == null ? {} : { parent }),
    ...(run.cause === 'lost' ? foundAgain : {}),
  }
  return Object.keys(change).length === 0 ? undefined : change
}

export const foundAgain = { status: 'running', endedAt: null, cause: null } as const satisfies RunChange

/** One event per principal, however many requests the commit held; one more for a run that came back. */
function auditEvents({ run, applied }: RunLog, at: Micros) {
  const object = `experiment-run:${run.id}`
  return [...applied].flatMap(([principal, parts]) => {
    const replaced = Object.assign({}, ...parts.map(each => each.replaced).reverse())
    const sum = (count: (each: Applied) => number) => parts.reduce((total, each) => total + count(each), 0)
    const logged = {
      ...{ at, principal, object, action: 'experiment-run.logged' },
      details: {
        params: sum(each => each.params.length),
        metrics: sum(each => each.points),
        tags: sum(each => each.tags.length),
        ...(Object.keys(replaced).length === 0 ? {} : { replaced }),
      },
    }
    if (run.cause !== 'lost') return [logged]
    const details = { before: run.status, after: 'running', cause: 'written to again' }
    return [{ at, principal, object, action: 'experiment-run.found', details }, logged]
  })
}
