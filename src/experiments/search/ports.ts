import type { Micros } from '../../kernel/time.ts'
import type { StoredExperiment } from '../tracking/ports.ts'
import type { Condition, Field, OrderTerm } from './ast.ts'

/**
 * Where a row stands in an order: for each term a rank (0 a value, 1 NaN, 2 none) and the value in the form the store
 * keeps it.
 */
export type Place = readonly (string | number | bigint)[]

export interface RowQuery {
  readonly condition: Condition | undefined
  /** Total: ends in a unique id. */
  readonly order: readonly OrderTerm[]
  /** Rows after this place. */
  readonly after: Place | undefined
  readonly limit: number
}

export interface RunsQuery extends RowQuery {
  readonly experiments: readonly number[]
  readonly deleted: readonly boolean[]
  /** What liveness is told by. */
  readonly now: Micros
}

export interface FoundRun {
  readonly ref: number
  /** 32 hex digits. */
  readonly id: string
  readonly place: Place
}

/** A number or text as it was logged, NaN as NaN; times in milliseconds. */
export type CellValue = string | number | null

/** What searches read. */
export interface TrackingSearchStore {
  runs(query: RunsQuery): Promise<readonly FoundRun[]>
  /** Exact up to `bound` rows looked at; beyond, estimated from the newest. */
  countRuns(
    query: Omit<RunsQuery, 'order' | 'after' | 'limit'> & { readonly bound: number },
  ): Promise<{ readonly count: number; readonly exact: boolean }>
  /** One row of cells per run, in the order asked. */
  cells(refs: readonly number[], fields: readonly Field[]): Promise<readonly (readonly CellValue[])[]>
  /** Names logged in the experiments that contain a text, in any case; by code point. */
  keys(query: {
    readonly experiments: readonly number[]
    readonly kind: 'params' | 'metrics' | 'tags'
    readonly contains: string
    readonly limit: number
  }): Promise<readonly string[]>
  /** Names of a run's metrics that contain a text, in any case; by code point, after a name. `total` of all pages. */
  metricNames(query: {
    readonly ref: number
    readonly contains: string
    readonly after?: string
    readonly limit: number
  }): Promise<{ readonly names: readonly string[]; readonly total: number }>
  experiments(
    query: RowQuery & { readonly deleted: readonly boolean[] },
  ): Promise<readonly (StoredExperiment & { readonly place: Place })[]>
  loggedModels(
    query: RowQuery & ModelMetricRules & { readonly experiments: readonly number[] },
  ): Promise<readonly { readonly id: string; readonly place: Place }[]>
  /** What cursors are signed with; undefined before the first. */
  secret(): Promise<string | undefined>
  /** Keeps the first one given. */
  keepSecret(secret: string): Promise<void>
}

/** Datasets of a name, of a digest, or of both. */
export interface DatasetRef {
  readonly name?: string
  readonly digest?: string
}

/** Which measurements of a logged model count. */
export interface ModelMetricRules {
  /** Metrics of a filter are of one of these; any when empty. */
  readonly datasets: readonly DatasetRef[]
  /** Per order term the dataset its metric is of. */
  readonly orderDatasets: readonly (DatasetRef | undefined)[]
}
