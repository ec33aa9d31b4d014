import type { SourceData } from '../../definitions/index.ts'
import type { HeldOutCount } from '../../deployments/index.ts'
import type { CellHistory } from '../../evaluation/index.ts'
import type { RowExplanation, TrainingSetClosure, ViewClosure } from '../../features/index.ts'
import type { Json } from '../../kernel/canonical.ts'
import type { Field } from '../../kernel/values/index.ts'

/** Rows as text; a null is a null. */
export interface TextRows {
  readonly fields: readonly Field[]
  readonly rows: readonly (readonly (string | null)[])[]
}

interface Reading {
  /** Most rows. */
  readonly limit: number
  /** Where relative paths of sources start. */
  readonly directory: string
}

/** What a short-lived process of its own reads, so that the server never does. Every call throws DEADLINE after 20 s. */
export interface Preview {
  /** Parse trees of SELECT statements, by the names they are given under. */
  parse(statements: Readonly<Record<string, string>>): Promise<Readonly<Record<string, Json>>>
  /** Some rows of a source, only these columns. `sources`: all it leads to, in dependency order. */
  source(
    request: Reading & {
      readonly sources: readonly SourceData[]
      readonly source: string
      readonly columns: readonly string[]
    },
  ): Promise<TextRows>
  /** Features of keys as of an instant; without keys, of the first that its source holds. Key components come first. */
  view(
    request: Reading & {
      readonly closure: ViewClosure
      readonly view: string
      readonly features: readonly string[]
      /** RFC 3339 */
      readonly asOf: string
      readonly keys: readonly Readonly<Record<string, Json>>[] | null
    },
  ): Promise<TextRows>
  /** The first rows of a stored training set. */
  stored(request: {
    readonly path: string
    readonly fields: readonly Field[]
    readonly limit: number
  }): Promise<TextRows>
  /** Where the values of a training row come from. Throws ROW_UNKNOWN. */
  explain(request: {
    readonly closure: TrainingSetClosure
    readonly row: number
    readonly asOf: string
    readonly directory: string
  }): Promise<RowExplanation>
  /** Held-out rows of a stored training set, counted by the cells a deployment declares. */
  heldOut(request: HeldOutCount): Promise<readonly CellHistory[]>
}

/** What is known of the data of a source without reading them through an engine. */
export interface SourceState {
  /** Identity of its content; null where it has none. */
  readonly version: string | null
  readonly rows: number | null
  readonly bytes: number | null
  /** Why something of this is not known. */
  readonly problem: string | null
}
