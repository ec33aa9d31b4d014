import type { DeploymentDefinition } from './deployment.ts'
import { located } from './located.ts'
import type { BatchData, BatchTargetData, Descriptive } from './model.ts'
import type { SourceDefinition } from './source.ts'
import type { TrainingSetDefinition } from './training-set.ts'

/** Rows scored by a deployment's release outside its endpoint. */
export interface BatchDefinition<Name extends string = string> extends BatchData {
  readonly name: Name
}

export interface BatchOptions extends Descriptive {
  readonly deployment: DeploymentDefinition
  /** A source, or a training set whose spine is meant. */
  readonly rows: SourceDefinition | TrainingSetDefinition
  /**
   * `row`: features as known at each row's own time (default); `run`: at the instant of the run; else an instant such as
   * `2001-05-08T00:00:00Z`.
   */
  readonly asOf?: string
  /** Columns of the rows that stand in the output. Default: the keys are not repeated, only the row's number is. */
  readonly columns?: readonly string[]
  /** `parquet(folder)`, `duckdbTable(file, table)` or `postgresTable(variable, table)`. */
  readonly to: BatchTargetData | { readonly kind: 'csv' | 'sql' | 'push' }
  /** Cron text or the name of an interval, as a model's. */
  readonly schedule?: string
  /** Most rows, as a share, that may be put aside before the job fails. Default 0.001. */
  readonly maxBadRate?: number
  /** Whether every decision is recorded. Default true. */
  readonly log?: boolean
}

/** Scores the rows of a source with what serves: `batch('nightly', { deployment: late, rows: departures, to: parquet('scores') })`. */
export function batch<const Name extends string>(name: Name, options: BatchOptions): BatchDefinition<Name> {
  const { deployment, rows, asOf, columns, to, maxBadRate, log, ...rest } = options
  return located({
    kind: 'batch',
    name,
    ...rest,
    deployment: deployment.name,
    rows: rows.kind === 'source' ? { source: rows.name } : { trainingSet: rows.name },
    asOf: asOf ?? 'row',
    columns: columns ?? [],
    to: to as BatchTargetData,
    maxBadRate: maxBadRate ?? 0.001,
    log: log ?? true,
  })
}
