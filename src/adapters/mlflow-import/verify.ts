import { createHash } from 'node:crypto'
import { sha256Hex } from '../../kernel/canonical.ts'
import { heldSource } from './held-source.ts'
import {
  type FileOwner,
  type MlflowSource,
  type SourceExperiment,
  type SourceLoggedModel,
  type SourceModel,
  type SourceRun,
  UnreadableFiles,
} from './model.ts'
import type { RestSource } from './rest-source.ts'
import { searchesOf } from './verify-searches.ts'

/** What was asked of both stores, and where they answered differently. */
export interface Verification {
  runs: number
  loggedModels: number
  models: number
  searches: number
  /** Runs of the sample that still run there: they change while they are compared. */
  running: number
  readonly differences: string[]
}

/** One run in a hundred, and all where there are few. */
const oneIn = 100
const sampledAnyway = 100

interface Comparing {
  readonly there: MlflowSource
  readonly here: RestSource
  readonly result: Verification
  /** Experiments here, by name. */
  readonly experiments: ReadonlyMap<string, SourceExperiment>
  /** Logged models that are deleted there. */
  readonly gone: Set<string>
  readonly sample: SourceRun[]
}

/**
 * Compares a source with the Fettle that took it over: a hundredth of its runs and logged models with every point and
 * file, all experiments and registered models, and, where both answer searches, fifty of those. The sample is the same each time.
 */
export async function verifyImport(
  there: MlflowSource | RestSource,
  here: RestSource,
): Promise<Verification> {
  const result = { runs: 0, loggedModels: 0, models: 0, searches: 0, running: 0, differences: [] }
  const experiments = new Map((await here.experiments()).map(each => [each.name, each]))
  const comparing: Comparing = { there, here, result, experiments, gone: new Set(), sample: [] }
  const known = await there.experiments()
  for (const experiment of known) {
    compareExperiment(comparing, experiment)
    await compareLoggedModels(comparing, experiment)
  }
  for (const experiment of known) await compareRuns(comparing, experiment)
  await compareModels(comparing)
  if ('find' in there) await compareSearches(comparing, there, known)
  return result
}

const sampled = (id: string, seen: number) =>
  seen < sampledAnyway || Number.parseInt(sha256Hex(id).slice(0, 8), 16) % oneIn === 0

function compareExperiment({ experiments, result }: Comparing, experiment: SourceExperiment): void {
  const facts = ({ tags, deleted, createdMs, name }: SourceExperiment) => ({
    ...{ tags: kept(tags), deleted },
    // Both made this one themselves.
    ...(name === 'Default' ? {} : { createdMs }),
  })
  const found = experiments.get(experiment.name)
  compare(result, `experiment ${experiment.name}`, facts(experiment), found && facts(found))
}

async function compareLoggedModels(comparing: Comparing, experiment: SourceExperiment): Promise<void> {
  const { there, here, result, gone } = comparing
  for await (const model of there.loggedModels(experiment)) {
    if (model.deleted) gone.add(model.id)
    else if (sampled(model.id, result.loggedModels)) {
      result.loggedModels++
      const found = await here.loggedModel(model.id)
      const name = `logged model ${model.id}`
      compare(result, name, loggedModelFacts(model), found && loggedModelFacts(found))
      if (found !== undefined)
        await compareFiles(comparing, { name, kind: 'loggedModel', from: model, to: found })
    }
  }
}

function loggedModelFacts(model: SourceLoggedModel): Facts {
  const { id: _, experiment: __, artifacts: ___, deleted: ____, tags, metrics, ...facts } = model
  return { ...facts, tags: kept(tags), metrics: metrics.map(each => JSON.stringify(each)).sort() }
}

async function compareRuns(comparing: Comparing, experiment: SourceExperiment): Promise<void> {
  const { there, here, result, gone, sample } = comparing
  let seen = 0
  for await (const run of there.runs(experiment)) {
    if (!sampled(run.id, seen++)) continue
    if (run.status === 'running') {
      result.running++
      continue
    }
    result.runs++
    sample.push(run)
    const name = `run ${run.id}`
    const found = await here.run(run.id)
    const [before, after] = [await runFacts(there, run, gone), found && (await runFacts(here, found, gone))]
    compare(result, name, before, after)
    if (found !== undefined) await compareFiles(comparing, { name, kind: 'run', from: run, to: found })
  }
}

async function runFacts(source: MlflowSource, run: SourceRun, gone: ReadonlySet<string>): Promise<Facts> {
  const { name, user, status, startedMs, endedMs, deleted, params, tags, metricKeys, datasets } = run
  const { modelInputs, modelOutputs } = await source.links(run)
  // Stores of early versions lack it; here it is the name, always.
  const { 'mlflow.runName': _, ...own } = kept(tags)
  const points: string[] = []
  for await (const some of source.points(run)) points.push(...some.map(point => JSON.stringify(point)))
  return {
    ...{ name, user, status, startedMs, endedMs, deleted, params, tags: own },
    metricKeys: [...metricKeys].sort(),
    datasets: datasets.map(dataset => canonical(dataset)).sort(),
    modelInputs: modelInputs.filter(id => !gone.has(id)).sort(),
    modelOutputs: modelOutputs
      .filter(({ modelId }) => !gone.has(modelId))
      .map(canonical)
      .sort(),
    points: [...new Set(points)].sort(),
  }
}

interface Owners {
  readonly name: string
  readonly kind: FileOwner['kind']
  readonly from: Omit<FileOwner, 'kind'>
  readonly to: Omit<FileOwner, 'kind'>
}

async function compareFiles(
  { there, here, result }: Comparing,
  { name, kind, from, to }: Owners,
): Promise<void> {
  try {
    const before = await filesOf(there, { kind, ...from })
    const after = await filesOf(here, { kind, ...to })
    for (const [path, content] of Object.entries(before))
      compare(result, `${name}, file ${path}`, { content }, { content: after[path] ?? null })
  } catch (error) {
    // The import has told of files that it could not read.
    if (!(error instanceof UnreadableFiles)) throw error
  }
}

async function filesOf(source: MlflowSource, owner: FileOwner): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {}
  for await (const file of source.files(owner)) {
    const hash = createHash('sha256')
    for await (const piece of file.open()) hash.update(piece)
    files[file.path] = `${file.bytes} bytes, sha256 ${hash.digest('hex')}`
  }
  return files
}

async function compareModels({ there, here, result }: Comparing): Promise<void> {
  const found = new Map<string, SourceModel>()
  for await (const model of here.models()) found.set(model.name, model)
  for await (const model of there.models()) {
    result.models++
    const after = found.get(model.name)
    compare(result, `registered model ${model.name}`, modelFacts(model), after && modelFacts(after))
  }
}

function modelFacts({ name: _, tags, versions, ...facts }: SourceModel): Facts {
  const each = versions.map(({ source, ...version }) => [
    `version ${version.version}`,
    { ...version, source: heldSource(source) },
  ])
  return { ...facts, tags: kept(tags), ...Object.fromEntries(each) }
}

async function compareSearches(
  { here, result, experiments, sample }: Comparing,
  there: RestSource,
  known: readonly SourceExperiment[],
): Promise<void> {
  const names = new Map(known.map(({ id, name }) => [id, name]))
  for (const { experiment, filter } of searchesOf(sample)) {
    const to = experiments.get(names.get(experiment) ?? '')?.id
    if (to === undefined) continue
    result.searches++
    const [before, after] = await Promise.all([there.find(experiment, filter), here.find(to, filter)])
    compare(result, `search ${filter}`, { runs: [...before].sort() }, { runs: [...after].sort() })
  }
}

type Facts = Readonly<Record<string, unknown>>

/** What Fettle notes by itself is no difference. */
const kept = (tags: Readonly<Record<string, string>>): Facts =>
  Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith('fettle.')))

/** JSON whose keys are in order, so that equal facts are equal text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

function compare({ differences }: Verification, name: string, before: Facts, after: Facts | undefined): void {
  if (after === undefined) differences.push(`${name}: not here`)
  else
    for (const [fact, value] of Object.entries(before)) {
      const [there, here] = [canonical(value), canonical(after[fact] ?? null)]
      if (there !== here)
        differences.push(`${name}, ${fact}: ${around(there, here)} there, ${around(here, there)} here`)
    }
}

const shownLength = 80

/** The part of a long text where it begins to differ. */
function around(text: string, other: string): string {
  let at = 0
  while (at < text.length && text[at] === other[at]) at++
  const from = Math.max(0, at - shownLength / 2)
  const part = text.slice(from, from + shownLength)
  return `${from === 0 ? '' : '…'}${part}${from + shownLength < text.length ? '…' : ''}`
}
