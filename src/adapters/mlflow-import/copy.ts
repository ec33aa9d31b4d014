import { sha256Hex } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { copyFiles } from './copy-files.ts'
import { heldSource } from './held-source.ts'
import {
  type FileOwner,
  type MlflowSource,
  type SourceExperiment,
  type SourceLoggedModel,
  type SourcePoint,
  type SourceRun,
  slices,
} from './model.ts'
import type { CopyItem, CopyResult, CopyTarget, Journal } from './target.ts'

export interface CopyReport {
  experiments: number
  runs: number
  points: number
  loggedModels: number
  models: number
  versions: number
  files: number
  bytes: number
  /** Runs, logged models and models that are here as they are there. */
  unchanged: number
  /** Experiments that have another id here. */
  readonly mapped: { readonly name: string; readonly from: string; readonly to: string }[]
  /** What was left out, with why. */
  readonly refused: string[]
  /** Why files were left where they are, with the number of their owners. */
  readonly unread: Record<string, number>
}

export interface CopyOptions {
  readonly source: MlflowSource
  readonly target: CopyTarget
  readonly journal: Journal
  /** Told after each step, for those who wait. */
  readonly progress: (report: CopyReport) => void
}

/** One import under way. */
export interface Copying extends CopyOptions {
  readonly report: CopyReport
  /** Experiment ids there, by id here. */
  readonly ids: Map<string, string>
  /** Runs that are complete but for their models and deletion. */
  readonly open: SourceRun[]
  /** Logged models deleted at the source: here they are as if they had never been. */
  readonly deletedModels: Set<string>
}

const runsAtATime = 200
const pointsAtATime = 10_000

/**
 * Copies what is not there yet or has changed since: everything may be cut at any point and begun again. A run that still
 * runs is read again each time. Nothing is taken away from the target but what was deleted at the source.
 */
export async function copyMlflow(options: CopyOptions): Promise<CopyReport> {
  const report: CopyReport = {
    ...{ experiments: 0, runs: 0, points: 0, loggedModels: 0, models: 0, versions: 0 },
    ...{ files: 0, bytes: 0, unchanged: 0, mapped: [], refused: [], unread: {} },
  }
  const copying: Copying = { ...options, report, ids: new Map(), open: [], deletedModels: new Set() }
  const experiments = await options.source.experiments()
  await copyExperiments(copying, experiments)
  for (const experiment of experiments) await copyRuns(copying, experiment)
  for (const experiment of experiments) await copyLoggedModels(copying, experiment)
  await closeRuns(copying)
  // Those that came while they lived.
  await send(
    copying,
    [...copying.deletedModels].map(id => ({ kind: 'removeLoggedModel', id }) as const),
  )
  await copyModels(copying)
  const gone = experiments.filter(experiment => experiment.deleted)
  await send(
    copying,
    gone.map(({ id }) => ({ kind: 'removeExperiment', id: copying.ids.get(id) ?? id }) as const),
  )
  return report
}

/** Sends items in requests of bearable size and notes what was refused; answers the result of each. */
async function send(
  { target, report, progress }: Copying,
  items: readonly CopyItem[],
): Promise<readonly CopyResult[]> {
  const results: CopyResult[] = []
  for (const some of slices(items, 500)) {
    for (const result of await target.send(some)) {
      results.push(result)
      report.refused.push(...result.refused)
    }
    progress(report)
  }
  return results
}

async function copyExperiments(copying: Copying, experiments: readonly SourceExperiment[]): Promise<void> {
  const { report, ids } = copying
  const results = await send(
    copying,
    experiments.map(({ deleted: _, ...experiment }) => ({ kind: 'experiment', ...experiment }) as const),
  )
  for (const [index, { id, name }] of experiments.entries()) {
    const to = results[index]?.id
    if (to === undefined) continue
    ids.set(id, to)
    report.experiments++
    if (to !== id) report.mapped.push({ name, from: id, to })
  }
}

const fingerprint = (facts: unknown): string => sha256Hex(JSON.stringify(facts))

async function copyRuns(copying: Copying, experiment: SourceExperiment): Promise<void> {
  const { source, journal, report, ids } = copying
  if (!ids.has(experiment.id)) return
  let waiting: SourceRun[] = []
  for await (const run of source.runs(experiment)) {
    const mark = fingerprint(run)
    if (journal.get(`run:${run.id}`) !== mark || run.status === 'running') waiting.push(run)
    else {
      report.unchanged++
      // Files may come after a run has ended.
      if (source.filesAreNear && !run.deleted) await filesOf(copying, { kind: 'run', ...run })
    }
    if (journal.get(`closed:${run.id}`) !== mark) copying.open.push(run)
    if (waiting.length < runsAtATime) continue
    await copySomeRuns(copying, waiting)
    waiting = []
  }
  await copySomeRuns(copying, waiting)
}

async function copySomeRuns(copying: Copying, runs: readonly SourceRun[]): Promise<void> {
  const { source, journal, report, ids } = copying
  const refusals = report.refused.length
  await send(
    copying,
    runs.map(run => runItem(run, ids.get(run.experiment) ?? run.experiment)),
  )
  let [items, points] = [[] as CopyItem[], 0]
  for (const run of runs)
    for await (const some of batches(source.points(run))) {
      items.push({ kind: 'points', run: run.id, points: some })
      report.points += some.length
      points += some.length
      if (points < pointsAtATime) continue
      await send(copying, items)
      ;[items, points] = [[], 0]
    }
  await send(copying, items)
  for (const run of runs) await filesOf(copying, { kind: 'run', ...run })
  report.runs += runs.length
  // With a refusal among them, all are looked at again next time: sending twice changes nothing.
  if (report.refused.length > refusals) return
  for (const run of runs) await journal.set(`run:${run.id}`, fingerprint(run))
}

/** Series are often short: batches of several. */
async function* batches(
  series: AsyncIterable<readonly SourcePoint[]>,
): AsyncIterable<readonly SourcePoint[]> {
  let gathered: SourcePoint[] = []
  for await (const points of series) {
    if (gathered.length + points.length > 1_000) {
      yield gathered
      gathered = []
    }
    gathered.push(...points)
  }
  if (gathered.length > 0) yield gathered
}

function runItem(run: SourceRun, experiment: string): CopyItem {
  const { id, name, user, status, startedMs, endedMs, tags, params, datasets } = run
  return {
    kind: 'run',
    ...{ id, experiment, name, user, status, startedMs, endedMs, tags, params, datasets },
  }
}

async function filesOf(copying: Copying, owner: FileOwner & { readonly experiment: string }): Promise<void> {
  const experiment = copying.ids.get(owner.experiment) ?? owner.experiment
  await copyFiles(copying, owner, experiment)
}

async function copyLoggedModels(copying: Copying, experiment: SourceExperiment): Promise<void> {
  const { source, journal, report, ids } = copying
  const to = ids.get(experiment.id)
  if (to === undefined) return
  for await (const model of source.loggedModels(experiment)) {
    if (model.deleted) {
      copying.deletedModels.add(model.id)
      continue
    }
    const mark = fingerprint(model)
    if (journal.get(`model:${model.id}`) === mark) {
      report.unchanged++
      continue
    }
    const [result] = await send(copying, [loggedModelItem(model, to)])
    await filesOf(copying, { kind: 'loggedModel', ...model })
    report.loggedModels++
    if (result?.refused.length === 0) await journal.set(`model:${model.id}`, mark)
  }
}

function loggedModelItem(model: SourceLoggedModel, experiment: string): CopyItem {
  const { artifacts: _, deleted: __, ...facts } = model
  return { kind: 'loggedModel', ...facts, experiment }
}

/** Models that runs read and wrote, when all are there; then the runs that were deleted go. */
async function closeRuns(copying: Copying): Promise<void> {
  for (const runs of slices(copying.open, 200)) {
    const links: CopyItem[] = []
    for (const run of runs) {
      const { modelInputs, modelOutputs } = await copying.source.links(run)
      const inputs = modelInputs.filter(id => !copying.deletedModels.has(id))
      const outputs = modelOutputs.filter(({ modelId }) => !copying.deletedModels.has(modelId))
      if (inputs.length + outputs.length > 0) links.push({ kind: 'links', run: run.id, inputs, outputs })
    }
    const results = await send(copying, [
      ...links,
      ...runs.filter(run => run.deleted).map(run => ({ kind: 'removeRun', id: run.id }) as const),
    ])
    if (results.some(result => result.refused.length > 0)) continue
    for (const run of runs) await copying.journal.set(`closed:${run.id}`, fingerprint(run))
  }
}

async function copyModels(copying: Copying): Promise<void> {
  const { source, journal, report } = copying
  const from = source.label
  for await (const model of source.models()) {
    const mark = fingerprint(model)
    if (journal.get(`registered:${model.name.replaceAll(' ', '+')}`) === mark) {
      report.unchanged++
      continue
    }
    const versions = model.versions.map(version => ({ ...version, source: heldSource(version.source) }))
    const [result] = await send(copying, [{ kind: 'model', from, ...model, versions }])
    report.models++
    report.versions += versions.length
    if (result?.refused.length === 0) await journal.set(`registered:${model.name.replaceAll(' ', '+')}`, mark)
  }
  if (report.runs + report.unchanged === 0 && report.experiments === 0)
    throw new FettleError('IMPORT_SOURCE', `${from} holds nothing`)
}
