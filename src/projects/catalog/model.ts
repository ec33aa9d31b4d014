import type { DefinitionRef } from '../../definitions/index.ts'
import type { Micros } from '../../kernel/time.ts'

/** A release that answers under a deployment, with what it was made from. It keeps that, whatever is applied later. */
export interface LiveRelease {
  readonly deployment: string
  readonly number: number
  readonly state: string
  readonly model: string
  readonly modelVersion: number
  /** Identity of the stored set its model was trained on. */
  readonly trainingSet: string | null
  readonly views: readonly { readonly name: string; readonly features: readonly string[] }[]
  readonly entities: readonly string[]
  readonly sources: readonly string[]
  readonly onDemand: readonly string[]
}

/** A registered model version, as far as it says where it is from and what it is for. */
export interface TrainedVersion {
  readonly model: string
  readonly version: number
  readonly aliases: readonly string[]
  readonly trainingSet: string | null
}

/** What stands downstream of the definitions. */
export interface LiveFacts {
  readonly releases: readonly LiveRelease[]
  readonly versions: readonly TrainedVersion[]
}

/** A column of a source, a feature of a view, a column of a set; or with `column` null the whole definition. */
export interface ColumnNode {
  /** `featureView:origin_delays.delay_mean` */
  readonly id: string
  readonly definition: DefinitionRef
  readonly column: string | null
  readonly type: string | null
}

/** `value`: the second is computed from the first. `rows`: the first decides which rows there are. */
export interface ColumnEdge {
  readonly from: string
  readonly to: string
  readonly how: string
  readonly decides: 'value' | 'rows'
}

export interface ColumnGraph {
  readonly nodes: ReadonlyMap<string, ColumnNode>
  readonly edges: readonly ColumnEdge[]
  /** Definitions whose columns cannot be followed, and why. */
  readonly unknown: readonly { readonly definition: DefinitionRef; readonly reason: string }[]
}

export type CatalogMark = 'stale' | 'unused' | 'idle' | 'unsafe'
export type UsageState = 'unused' | 'collected' | 'trained' | 'live'

/** Who uses something, by name. */
export interface Usage {
  readonly state: UsageState
  readonly views: readonly string[]
  readonly trainingSets: readonly string[]
  readonly models: readonly string[]
  readonly live: readonly string[]
}

export interface Freshness {
  readonly state: 'fresh' | 'late' | 'never' | 'undeclared'
  readonly newestKnown: Micros | null
  readonly ageSeconds: number | null
  readonly limit: string | null
}
