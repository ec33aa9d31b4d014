/** What an MLflow store holds, in words of its own; times are milliseconds since 1970, as MLflow keeps them. */
export type Facts = Readonly<Record<string, string>>

export interface SourceExperiment {
  readonly id: string
  readonly name: string
  readonly deleted: boolean
  readonly createdMs: number | null
  readonly updatedMs: number | null
  readonly tags: Facts
}

export interface SourceDataset {
  readonly name: string
  readonly digest: string
  readonly sourceType: string
  readonly source: string
  readonly schema: string | null
  readonly profile: string | null
  readonly tags: Facts
}

export const runStatuses = ['running', 'scheduled', 'finished', 'failed', 'killed'] as const

export interface SourceRun {
  readonly id: string
  readonly experiment: string
  readonly name: string
  readonly user: string
  readonly status: (typeof runStatuses)[number]
  readonly startedMs: number | null
  readonly endedMs: number | null
  readonly deleted: boolean
  /** Where its files are, as the store says it. */
  readonly artifacts: string
  readonly tags: Facts
  readonly params: Facts
  readonly metricKeys: readonly string[]
  /** Changes when points were added, as far as the store tells without reading them. */
  readonly metricState: string
  readonly datasets: readonly SourceDataset[]
  readonly modelInputs: readonly string[]
  readonly modelOutputs: readonly { readonly modelId: string; readonly step: number }[]
}

/** null for NaN, which JSON has no word for; infinities as the greatest numbers, which is how MLflow's databases keep them. */
export function metricValue(value: number): number | null {
  return Number.isNaN(value) ? null : Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE)
}

/** Key, step, milliseconds, value as {@link metricValue} has it. */
export type SourcePoint = readonly [key: string, step: number, ms: number, value: number | null]

export interface SourceModelMetric {
  readonly key: string
  readonly value: number | null
  readonly step: number
  readonly ms: number
  readonly run: string
  readonly datasetName: string | null
  readonly datasetDigest: string | null
}

export interface SourceLoggedModel {
  readonly id: string
  readonly experiment: string
  readonly name: string
  readonly modelType: string
  readonly sourceRun: string | null
  readonly status: 'pending' | 'ready' | 'upload_failed'
  readonly deleted: boolean
  readonly createdMs: number
  readonly updatedMs: number
  readonly artifacts: string
  readonly params: Facts
  readonly tags: Facts
  readonly metrics: readonly SourceModelMetric[]
}

export interface SourceVersion {
  readonly version: number
  readonly createdMs: number
  readonly updatedMs: number
  readonly description: string
  readonly source: string
  readonly run: string | null
  readonly loggedModel: string | null
  readonly runLink: string | null
  readonly status: 'pending' | 'failed' | 'ready'
  readonly stage: string
  readonly tags: Facts
}

export interface SourceModel {
  readonly name: string
  readonly description: string
  readonly createdMs: number
  readonly updatedMs: number
  readonly tags: Facts
  readonly aliases: Readonly<Record<string, number>>
  /** Oldest first; numbers of deleted ones are missing. */
  readonly versions: readonly SourceVersion[]
}

/** One file below a run or logged model. */
export interface SourceFile {
  readonly path: string
  readonly bytes: number
  /** What tells another content of the same size, where the store knows: time of change. */
  readonly mark: string
  open(): AsyncIterable<Uint8Array>
}

export interface FileOwner {
  readonly kind: 'run' | 'loggedModel'
  readonly id: string
  readonly artifacts: string
}

/** An MLflow store that is read from: another server, a database, a folder. Nothing is ever written to it. */
export interface MlflowSource {
  readonly label: string
  /** Whether its files are on this machine, so that listing them costs nothing. */
  readonly filesAreNear: boolean
  experiments(): Promise<readonly SourceExperiment[]>
  runs(experiment: SourceExperiment): AsyncIterable<SourceRun>
  /** Models that the run read and wrote, of which a search may tell a part. */
  links(run: SourceRun): Promise<Pick<SourceRun, 'modelInputs' | 'modelOutputs'>>
  /** In batches of at most 1 000. */
  points(run: SourceRun): AsyncIterable<readonly SourcePoint[]>
  loggedModels(experiment: SourceExperiment): AsyncIterable<SourceLoggedModel>
  models(): AsyncIterable<SourceModel>
  /** Throws UnreadableFiles when the files are where this source cannot read. */
  files(owner: FileOwner): AsyncIterable<SourceFile>
  /** Kinds of rows that have no place here, with their counts. */
  notMapped(): Promise<Readonly<Record<string, number>>>
  close(): Promise<void>
}

/** Why the files of an owner cannot be read; the rest of it can. */
export class UnreadableFiles extends Error {}

/** `items` cut into lists of at most `size`. */
export function* slices<Item>(items: readonly Item[], size: number): Iterable<readonly Item[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size)
}
