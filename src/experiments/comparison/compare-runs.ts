import { FettleError } from '../../kernel/errors/index.ts'
import type { RunHead, SeriesSummary, TrackedRun } from '../tracking/model.ts'
import type { TrackedRuns } from '../tracking/service.ts'

type Cell = string | number | null

/** One key over all compared runs, in their order; null where a run has none. */
export interface ComparedRow {
  readonly key: string
  readonly values: readonly Cell[]
}

export interface ComparedRows {
  readonly rows: readonly ComparedRow[]
  /** Rows whose values are equal in all runs, shown or not. */
  readonly same: number
  /** Rows with another or an absent value. */
  readonly differ: number
  /** Rows left out because there are too many. */
  readonly left: number
}

export interface Comparison {
  readonly runs: readonly RunHead[]
  readonly params: ComparedRows
  readonly metrics: ComparedRows
  readonly tags: ComparedRows
  /** Code, data and environment, as far as the runs recorded them. */
  readonly origin: ComparedRows
}

export interface CompareOptions {
  readonly runs: readonly string[]
  /** Rows that are equal everywhere too; only differences when left out. */
  readonly equal?: boolean
  /** Which point stands for a metric; the latest when left out. */
  readonly of?: 'last' | 'first' | 'min' | 'max'
  /** Only keys that hold this text. */
  readonly contains?: string
}

/** At most this many runs side by side. */
const mostRuns = 50
const mostRows = 1_000

/** Tags that say what a run was made from: code, environment, data. */
const originTags = /^(?:mlflow\.source\.|mlflow\.project|mlflow\.docker|fettle\.(?!reproduces)|git\.)/
/** Names of the platform's own: they tell nothing about what was tried. */
const ownTags = /^mlflow\.(?:runName|user|log-model\.history|note\.content|parentRunId|loggedArtifacts)$/

/** Runs side by side, in the order asked. Throws TRACKING_INVALID for more than 50, EXPERIMENT_RUN_UNKNOWN. */
export async function compareRuns(
  runs: Pick<TrackedRuns, 'many' | 'summaries'>,
  options: CompareOptions,
): Promise<Comparison> {
  const ids = [...new Set(options.runs)]
  if (ids.length > mostRuns)
    throw new FettleError(
      'TRACKING_INVALID',
      `runs: at most ${mostRuns} are compared at once, not ${ids.length}`,
    )
  const found = await runs.many(ids)
  return {
    runs: found,
    params: rowsOf(
      found.map(run => run.params),
      options,
    ),
    metrics: rowsOf(await Promise.all(found.map(run => metricsOf(runs, run, options))), options),
    tags: rowsOf(
      found.map(run => pick(run.tags, key => !originTags.test(key) && !ownTags.test(key))),
      options,
    ),
    origin: rowsOf(found.map(originOf), options),
  }
}

type Cells = Readonly<Record<string, Cell>>

async function metricsOf(
  runs: Pick<TrackedRuns, 'summaries'>,
  run: TrackedRun,
  { of = 'last' }: CompareOptions,
): Promise<Cells> {
  if (of === 'last') return Object.fromEntries(run.metrics.map(({ key, value }) => [key, told(value)]))
  const summaries = await runs.summaries(run.id)
  return Object.fromEntries(summaries.map(each => [each.key, told(pointOf(each, of))]))
}

function pointOf(summary: SeriesSummary, of: 'first' | 'min' | 'max'): number | undefined {
  return { first: summary.first, min: summary.least, max: summary.greatest }[of]?.value
}

/** NaN by name, so that it is a value like others and equal to itself. */
function told(value: number | undefined): Cell {
  return value === undefined ? null : Number.isFinite(value) ? value : String(value)
}

function originOf(run: TrackedRun): Cells {
  const datasets = run.datasets.map(({ name, digest, tags }) => [
    `dataset ${name}${tags['mlflow.data.context'] ? ` (${tags['mlflow.data.context']})` : ''}`,
    digest,
  ])
  const facts: Cells = { 'pipeline run': run.pipelineRun, 'training set': run.trainingSet, user: run.user }
  return { ...facts, ...Object.fromEntries(datasets), ...pick(run.tags, key => originTags.test(key)) }
}

function pick(tags: Cells, wanted: (key: string) => boolean): Cells {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => wanted(key)))
}

function rowsOf(columns: readonly Cells[], { equal = false, contains = '' }: CompareOptions): ComparedRows {
  const text = contains.toLowerCase()
  const keys = [...new Set(columns.flatMap(column => Object.keys(column)))]
    .filter(key => key.toLowerCase().includes(text))
    .sort()
  const all = keys
    .map(key => ({ key, values: columns.map(column => column[key] ?? null) }))
    .filter(row => row.values.some(value => value !== null))
  const isSame = (row: ComparedRow) => row.values.every(value => value === row.values[0])
  const same = all.filter(isSame).length
  const shown = equal ? all : all.filter(row => !isSame(row))
  return {
    rows: shown.slice(0, mostRows),
    same,
    differ: all.length - same,
    left: Math.max(0, shown.length - mostRows),
  }
}
