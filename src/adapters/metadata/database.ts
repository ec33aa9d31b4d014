import { AsyncLocalStorage } from 'node:async_hooks'
import type { Kysely, Transaction } from 'kysely'
import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import type { DatabaseKind } from './columns.ts'
import { migrateDatabase } from './migrate.ts'
import type { Migration } from './migrations/index.ts'
import type { Schema } from './schema.ts'
import { createStores, type Stores } from './stores/index.ts'
import { createKeyCache, type TransactionKeys, transactionKeys } from './stores/tracking/keys.ts'

/** What the server decides; everything else comes from here. */
export interface MetadataDatabase extends UnitOfWork<Stores> {
  readonly kind: DatabaseKind
  /**
   * Brings the schema up to this program's. Safe to call from several processes at once, and again; resolves to the ids
   * of the migrations it applied. Throws MIGRATION_CHANGED, METADATA_TOO_NEW.
   */
  migrate(): Promise<readonly string[]>
  /** Leaves no former content behind in files beside the database, where the database keeps such. */
  compact(): Promise<void>
  close(): Promise<void>
}

export interface DatabaseParts {
  readonly kind: DatabaseKind
  readonly migrations: readonly Migration[]
  readonly writer: Kysely<Schema>
  readonly reader: Kysely<Schema>
  /** First statement of every transaction: makes this process the only writer until it ends. */
  begin(transaction: Transaction<Schema>): Promise<void>
  /** Whether the transaction was refused before it was committed and may be tried again as a whole. */
  shouldRetry(error: unknown): boolean
  translate(error: unknown): unknown
  compact?(): Promise<void>
}

const attempts = 10

export function createDatabase(parts: DatabaseParts): MetadataDatabase {
  const { kind, migrations, writer, reader } = parts
  const inside = new AsyncLocalStorage<true>()
  const committed = createKeyCache()

  async function once<Result>(work: (transaction: Transaction<Schema>) => Promise<Result>): Promise<Result> {
    return writer.transaction().execute(async transaction => {
      await parts.begin(transaction)
      return inside.run(true, () => work(transaction))
    })
  }

  async function transact<Result>(
    work: (transaction: Transaction<Schema>) => Promise<Result>,
  ): Promise<Result> {
    if (inside.getStore()) throw new Error('a transaction was opened inside a transaction')
    for (let attempt = 1; ; attempt++) {
      try {
        return await once(work)
      } catch (error) {
        if (attempt >= attempts || !parts.shouldRetry(error)) throw parts.translate(error)
        await new Promise(resolve => setTimeout(resolve, Math.random() * 5 * 2 ** attempt))
      }
    }
  }

  return {
    kind,
    read: createStores(reader, { kind, keys: committed }),
    async transaction(work) {
      let keys: TransactionKeys | undefined
      const result = await transact(transaction => {
        keys = transactionKeys(committed)
        return work(createStores(transaction, { kind, keys }))
      })
      keys?.keep()
      return result
    },
    migrate: () => migrateDatabase({ kind, migrations, transact }),
    compact: async () => parts.compact?.(),
    close: async () => {
      await reader.destroy()
      if (writer !== reader) await writer.destroy()
    },
  }
}
