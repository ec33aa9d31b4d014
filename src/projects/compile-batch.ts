import type {
  BatchData,
  BatchTargetData,
  DeploymentData,
  PredicateData,
  SourceData,
} from '../definitions/index.ts'
import type { Json } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { parseDuration, parseTimestamp } from '../kernel/time.ts'
import type { StepPlan } from '../pipelines/index.ts'
import { actionStep } from './action-step.ts'
import type { Applied } from './closures.ts'
import type { CompileFacts, PipelineOutline } from './compile-pipelines.ts'

const suffix = '-batch'

/** A pipeline for each batch, and one for each deployment that scores a file somebody names. */
export function batchOutline(definition: BatchData | DeploymentData): PipelineOutline {
  const { name } = definition
  const scheduled = definition.kind === 'batch'
  return {
    name: `${name}${suffix}`,
    title: scheduled ? `Score ${name} with ${definition.deployment}` : `Score a file with ${name}`,
    model: null,
    schedule: scheduled ? (definition.schedule ?? null) : null,
  }
}

/** The batch, or the deployment, whose rows a pipeline scores; undefined for other pipelines. */
export function batchOf(project: Applied, pipeline: string): BatchData | DeploymentData | undefined {
  if (!pipeline.endsWith(suffix)) return undefined
  const name = pipeline.slice(0, -suffix.length)
  if (project.byRef.has(`batch:${name}`)) return project.get('batch', name)
  return project.byRef.has(`deployment:${name}`) ? project.get('deployment', name) : undefined
}

/**
 * Never reused: which release serves and what the rows are is found out in the step, and a job that is complete computes
 * nothing. Parameters: release; and where no batch is defined rows (a Parquet file), out (a folder), keep (columns), time (a
 * column) or at (an instant), maxBadRate, log=false; or over (a duration) and release: a backfill.
 */
export function batchStep(
  project: Applied,
  definition: BatchData | DeploymentData,
  facts: CompileFacts,
): StepPlan {
  if (facts.params['over'] !== undefined) return backfillStep(definition, facts)
  const asked = askedRows(project, definition, facts)
  const { release, workers, partitionRows } = facts.params
  const step = actionStep({
    id: 'score',
    title: 'Score the rows',
    action: 'batch.score',
    code: facts.code,
    params: {
      deployment: definition.kind === 'batch' ? definition.deployment : definition.name,
      ...asked,
      ...whole('release', release),
      ...whole('workers', workers),
      ...whole('partitionRows', partitionRows),
      code: facts.code,
    },
    outputs: { job: 'json' },
    maxRuntime: '24h',
  })
  return { ...step, reusable: false }
}

/** A release on the vectors of what was answered. Parameters: over, a duration, and release. */
function backfillStep({ kind, name }: BatchData | DeploymentData, facts: CompileFacts): StepPlan {
  const { over, release } = facts.params
  if (kind === 'batch' || release === undefined)
    throw new FettleError(
      'BAD_PARAMETER',
      'over is of a deployment, and needs the release that is to be compared',
      {
        hint: 'fettle batch backfill DEPLOYMENT --release 3 --over 28d',
      },
    )
  parseDuration(String(over))
  const step = actionStep({
    id: 'backfill',
    title: 'Score what was answered again, and compare',
    action: 'batch.backfill',
    code: facts.code,
    params: { deployment: name, over: String(over), ...whole('release', release) },
    outputs: { comparison: 'json' },
  })
  return { ...step, reusable: false }
}

function whole(name: string, value: Json | undefined): Readonly<Record<string, number>> {
  if (value === undefined) return {}
  const number = Number(value)
  if (!(Number.isInteger(number) && number > 0))
    throw new FettleError('BAD_PARAMETER', `${name}=${String(value)} is not a whole number above 0`)
  return { [name]: number }
}

interface AskedRows {
  readonly rows:
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'source'; readonly source: string; readonly where: readonly PredicateData[] }
  readonly sources: readonly SourceData[]
  readonly asOf: string | null
  readonly time: string | null
  readonly keep: readonly string[]
  readonly to: BatchTargetData
  readonly maxBadRate: number
  readonly log: boolean
}

function askedRows(
  project: Applied,
  definition: BatchData | DeploymentData,
  facts: CompileFacts,
): AskedRows | undefined {
  if (definition.kind === 'batch') return definedRows(project, definition, facts)
  return facts.outline ? undefined : namedFile(facts)
}

function definedRows(project: Applied, batch: BatchData, facts: CompileFacts): AskedRows {
  const { rows, asOf, columns, to, maxBadRate, log } = batch
  const set = 'trainingSet' in rows ? project.get('trainingSet', rows.trainingSet) : undefined
  const source = project.get('source', 'source' in rows ? rows.source : (set?.spine.source ?? ''))
  const own = set?.spine.time ?? source.eventTime
  return {
    rows: { kind: 'source', source: source.name, where: set?.spine.where ?? [] },
    sources: project.below(`source:${source.name}`).filter(each => each.kind === 'source'),
    ...(asOf === 'row'
      ? { time: own, asOf: null }
      : { time: null, asOf: asOf === 'run' ? facts.asOf : asOf }),
    ...{ keep: columns, to, maxBadRate, log },
  }
}

function namedFile({ params, asOf }: CompileFacts): AskedRows {
  const { rows, out, keep, time, at, maxBadRate = 0.001, log } = params
  if (typeof rows !== 'string' || typeof out !== 'string')
    throw new FettleError('BAD_PARAMETER', 'rows, a Parquet file, and out, a folder, are needed', {
      hint: 'fettle batch run DEPLOYMENT --rows FILE.parquet --out FOLDER',
    })
  if (time !== undefined && at !== undefined)
    throw new FettleError(
      'BAD_PARAMETER',
      'features are read at each row’s own time or at one instant, not both',
    )
  if (at !== undefined && parseTimestamp(String(at)) === undefined)
    throw new FettleError('BAD_PARAMETER', `at=${String(at)} is no instant such as 2001-05-08T00:00:00Z`)
  const share = Number(maxBadRate)
  if (!(share >= 0 && share <= 1))
    throw new FettleError('BAD_PARAMETER', `maxBadRate=${String(maxBadRate)} is outside [0, 1]`)
  return {
    rows: { kind: 'file', path: rows },
    sources: [],
    time: time === undefined ? null : String(time),
    asOf: time === undefined ? String(at ?? asOf) : null,
    keep: keep === undefined || keep === '' ? [] : String(keep).split(','),
    to: { kind: 'parquet', path: out },
    maxBadRate: share,
    log: String(log) !== 'false',
  }
}
