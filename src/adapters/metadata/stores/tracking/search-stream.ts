import type { Kysely } from 'kysely'
import type { OrderTerm, Place } from '../../../../experiments/index.ts'
import type { Schema } from '../../schema.ts'
import type { Truth } from './search-condition.ts'

/** Runs of one experiment, deleted or not: what the indexes are ordered within. */
export interface RunStream {
  readonly experiment: number
  readonly deleted: number
}

export interface StreamSearch {
  readonly db: Kysely<Schema>
  readonly stream: RunStream
  /** Over run `r`. */
  readonly where: Truth
  readonly order: readonly OrderTerm[]
  readonly keys: ReadonlyMap<string, number>
  readonly after: Place | undefined
  readonly limit: number
}
