import type { Json } from '../../kernel/canonical.ts'
import type { Micros } from '../../kernel/time.ts'
import type { KeptEvaluation } from '../evaluations/model.ts'
import type { AliasEvent, ModelVersion } from '../model.ts'
import type { SignatureVerification } from '../signing/service.ts'

/** Fields that people write; everything else comes from facts. */
export const cardFields = ['intended-use', 'kpi', 'limits', 'fairness', 'known-gaps'] as const
export type CardField = (typeof cardFields)[number]

export interface CardNote {
  readonly field: CardField
  readonly text: string
  readonly by: string
  readonly at: Micros
}

export interface CardRow {
  readonly name: string
  /** null: not known, and `missing` says why. */
  readonly value: string | null
  /** `not measured`, `not recorded`; null where there is a value. */
  readonly missing: string | null
  /** Who wrote it; null for what comes from facts. */
  readonly writtenBy: string | null
}

export interface CardSection {
  readonly key: string
  readonly title: string
  readonly rows: readonly CardRow[]
  readonly table: { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] } | null
}

/** What is known of a version, for people who were not there when it was made. */
export interface ModelCard {
  readonly schema: 1
  readonly model: string
  readonly version: number
  readonly digest: string
  /** RFC 3339; null while it is computed anew each time, until the version is released. */
  readonly frozenAt: string | null
  readonly sections: readonly CardSection[]
}

/** What other rooms know of a version; absent: not known. */
export interface CardFacts {
  /** Of the definition that is applied. */
  readonly description?: string
  readonly owner?: string
  readonly task?: string
  readonly chosenBy?: string
  /** Deployments with what they do at which score. */
  readonly actions: readonly {
    readonly deployment: string
    readonly action: string
    readonly threshold: number
    /** Of what serves, where its release has thresholds by segment; `threshold` is then that of any other. */
    readonly segments?: {
      readonly per: string
      readonly count: number
      readonly lowest: number
      readonly highest: number
    } | null
  }[]
  readonly data?: {
    readonly asOf: string
    readonly label: Json
    readonly splits: Json
    readonly sources: readonly string[]
    readonly views: readonly string[]
  }
  readonly environment: readonly (readonly [name: string, value: string])[]
  readonly code: readonly (readonly [name: string, value: string])[]
  readonly manifest?: string
  /** Evaluations kept with the version, newest first, and the report of the newest. */
  readonly kept?: readonly KeptEvaluation[]
  readonly evaluation?: Json
  /** FairnessReport and ImportanceReport, as last judged for a release, else as last kept. */
  readonly fairness?: Json
  readonly importance?: Json
  readonly reproduction?: { readonly class: string; readonly reason: string; readonly at: string }
}

export interface CardSources {
  readonly version: ModelVersion
  readonly facts: CardFacts
  readonly notes: readonly CardNote[]
  readonly aliasHistory: readonly AliasEvent[]
  readonly signed: SignatureVerification
  /** Files that run code when they are loaded. */
  readonly executesCode: readonly string[]
}
